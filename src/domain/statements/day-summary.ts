import { CURRENCIES, formatDecimal, type Currency, type Money } from "../money.ts";
import type { StatementFindingKind } from "./judge.ts";
import type { FetchState } from "./nightly.ts";

/** Of what was found of one kind in one currency: how much of it nobody has settled. */
export interface OpenOfKind {
  readonly kind: StatementFindingKind;
  /** Null of rows that could not be read. */
  readonly currency: Currency | null;
  readonly open: number;
  readonly unexplainedMinor: number;
  readonly unexplainedKeys: number;
}

export interface Unexplained {
  /** None where it is explained. */
  readonly amounts: readonly Money[];
  readonly keys: number;
}

/** One account's day: what was compared of it, and what was not. */
export interface AccountDay {
  readonly id: string;
  readonly title: string;
  readonly gateway: string;
  readonly report: {
    readonly id: string;
    readonly isDone: boolean;
    readonly rows: number;
    readonly matched: number;
  } | null;
  readonly fetch: {
    readonly state: FetchState;
    readonly dueAtMs: number | null;
    readonly answer: string | null;
  } | null;
  readonly open: readonly OpenOfKind[];
  /** Payments and refunds of ours of the day that no statement has had, where there is no report of it. */
  readonly uncompared: number;
}

export interface DaySummary {
  readonly day: string;
  readonly accounts: readonly AccountDay[];
  readonly unexplained: Unexplained;
  readonly uncompared: number;
  /** On the calendar of every account's gateway. */
  readonly isOver: boolean;
  /** The day is over, whatever the accounts were paid that day was compared, and nothing of it is open. */
  readonly explained: boolean;
}

export function unexplainedOf(open: readonly OpenOfKind[]): Unexplained {
  const amounts = CURRENCIES.flatMap((currency) => {
    const amountMinor = open
      .filter((each) => each.currency === currency)
      .reduce((sum, { unexplainedMinor }) => sum + unexplainedMinor, 0);
    return amountMinor === 0 ? [] : [{ amountMinor, currency }];
  });
  return { amounts, keys: open.reduce((sum, { unexplainedKeys }) => sum + unexplainedKeys, 0) };
}

export function summarize(day: string, accounts: readonly AccountDay[], isOver = true): DaySummary {
  const uncompared = accounts.reduce((sum, account) => sum + account.uncompared, 0);
  const isDone = accounts.every(({ report }) => report === null || report.isDone);
  const isOpen = accounts.some(({ open }) => open.some((each) => each.open > 0));
  return {
    day,
    accounts,
    unexplained: unexplainedOf(accounts.flatMap(({ open }) => open)),
    uncompared,
    isOver,
    explained: isOver && isDone && !isOpen && uncompared === 0,
  };
}

/** "0 unexplained cents, 0 unexplained keys": what a day aims at. */
export function sentenceOf({ amounts, keys }: Unexplained, uncompared: number): string {
  const sums = amounts.map((sum) => `${formatDecimal(sum)} ${sum.currency}`).join(" + ");
  const money = sums === "" ? "0 unexplained cents" : `${sums} unexplained`;
  const others = uncompared === 0 ? "" : `; ${counted(uncompared, "movement")} not compared yet`;
  return `${money}, ${counted(keys, "unexplained key")}${others}`;
}

/** For people at a terminal, in English: a line for the day, some for each account. */
export function daySummaryText({ day, accounts, isOver, ...sums }: DaySummary): string {
  const lines = accounts.flatMap((account) => ["", ...accountLines(account)]);
  const first = `${day}: ${sentenceOf(sums.unexplained, sums.uncompared)}`;
  return [first, ...(isOver ? [] : ["The day is not over."]), ...lines, ""].join("\n");
}

function accountLines(account: AccountDay): string[] {
  const { id, title, gateway, report, open, uncompared } = account;
  const kinds = open.filter((each) => each.open > 0);
  return [
    `${title} (${gateway}, ${id})`,
    report === null
      ? `  no report${fetchWords(account.fetch)}`
      : `  ${report.isDone ? "compared" : "comparing"}: ${counted(report.rows, "row")}, ${report.matched} matched (${report.id})`,
    ...(uncompared === 0 ? [] : [`  ${counted(uncompared, "movement")} of ours not compared yet`]),
    ...kinds.map(({ kind, open: number, currency, ...sums }) => {
      const of = currency === null ? [] : [{ amountMinor: sums.unexplainedMinor, currency }];
      const amounts = of.filter(({ amountMinor }) => amountMinor > 0);
      const words = sentenceOf({ amounts, keys: sums.unexplainedKeys }, 0);
      return `  ${kind}: ${number} open, ${words}`;
    }),
  ];
}

function fetchWords(fetch: AccountDay["fetch"]): string {
  if (fetch === null) return "";
  const { state, dueAtMs, answer } = fetch;
  const due = dueAtMs === null ? "" : `, asked for at ${new Date(dueAtMs).toISOString()}`;
  return `: ${state}${due}${answer === null ? "" : ` (${answer})`}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
