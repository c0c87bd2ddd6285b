import type { Currency } from "../money.ts";
import type { StatementFinding } from "./judge.ts";
import type { OtherAccount } from "./other-account.ts";
import { NO_TOTALS, type StatementRow, type StatementTotals } from "./statement.ts";

/** What a comparison amounts to. Sums are minor units of the account's currency. */
export interface StatementSummary {
  readonly rows: number;
  readonly payments: number;
  readonly refunds: number;
  readonly badRows: number;
  /** Rows of other days: compared like all others. */
  readonly otherDayRows: number;
  /** Rows in another currency than the account's: compared, and in none of the sums. */
  readonly otherCurrencyRows: number;
  readonly grossMinor: number;
  readonly refundedMinor: number;
  readonly feeMinor: number;
  /** What the account's rule makes of the payments; absent where it has none. */
  readonly expectedFeeMinor?: number;
  /** What both books have alike, and an order took. */
  readonly matched: number;
  readonly matchedMinor: number;
}

/** Why a file is no statement to compare with; a file that was cut would accuse honest orders. */
export type StatementFlaw =
  | { readonly reason: "not_a_statement" }
  | { readonly reason: "incomplete"; readonly total: keyof StatementTotals | null }
  /** Nothing but headings: whether nobody paid or a list was filtered, it does not say. */
  | { readonly reason: "no_rows" }
  /** More rows cannot be read than can: those whose payments they are would be accused. */
  | { readonly reason: "unreadable"; readonly rows: number; readonly unreadable: number }
  | { readonly reason: "other_day" }
  | OtherAccount
  | { readonly reason: "too_long"; readonly rowsMax: number }
  | { readonly reason: "too_many_missing"; readonly missingMax: number };

interface Expected {
  /** Whether the account has a rule for them: null, where it has none. */
  readonly fee: object | null;
  readonly currency: Currency;
  readonly fromMs: number;
  readonly toMs: number;
}

const NOTHING_COUNTED = {
  payments: 0,
  refunds: 0,
  badRows: 0,
  otherDayRows: 0,
  otherCurrencyRows: 0,
  grossMinor: 0,
  refundedMinor: 0,
  feeMinor: 0,
  matched: 0,
  matchedMinor: 0,
};

/** A count as it is kept, to go on from in another invocation. */
export interface TallyState {
  readonly sums: Readonly<Record<keyof typeof NOTHING_COUNTED, number>>;
  readonly unknown: number;
  readonly expectedFeeMinor: number | null;
  readonly receivedMinor: Readonly<Record<StatementRow["kind"], number>>;
}

/** What is known of where a file ends. */
interface FileEnd {
  readonly endsWithTotals: boolean;
  /** It is all that there is, though it may not say so: the gateway itself has answered it. */
  readonly isWhole: boolean;
}

/** What of a statement was is read and compared: numbers only, however long it is. */
export class StatementTally {
  readonly #expected: Expected;
  #sums: Record<keyof typeof NOTHING_COUNTED, number>;
  #unknown: number;
  #expectedFeeMinor: number | null;
  /** As the gateway's own totals count. */
  #receivedMinor: Record<StatementRow["kind"], number>;
  #declared: StatementTotals | null = null;

  /** `counted`: by who has read the statement as far as this; null at its beginning. */
  constructor(expected: Expected, counted: TallyState | null = null) {
    this.#expected = expected;
    this.#sums = { ...(counted?.sums ?? NOTHING_COUNTED) };
    this.#unknown = counted?.unknown ?? 0;
    this.#receivedMinor = { ...(counted?.receivedMinor ?? { payment: 0, refund: 0 }) };
    this.#expectedFeeMinor = counted?.expectedFeeMinor ?? (expected.fee === null ? null : 0);
  }

  state(): TallyState {
    return {
      sums: { ...this.#sums },
      unknown: this.#unknown,
      expectedFeeMinor: this.#expectedFeeMinor,
      receivedMinor: { ...this.#receivedMinor },
    };
  }

  /** `expectedFeeMinor`: by the account's rule; null where it has none. */
  row(row: StatementRow, expectedFeeMinor: number | null): void {
    const { kind, money, receivedMinor, feeMinor, atMs } = row;
    const { currency, fromMs, toMs } = this.#expected;
    const sums = this.#sums;
    if (kind === "payment") sums.payments++;
    else sums.refunds++;
    if (atMs < fromMs || atMs >= toMs) sums.otherDayRows++;
    this.#receivedMinor[kind] += receivedMinor;
    if (money.currency !== currency) {
      sums.otherCurrencyRows++;
      return;
    }
    sums.feeMinor += feeMinor;
    if (kind === "payment") {
      sums.grossMinor += money.amountMinor;
      if (expectedFeeMinor !== null) {
        this.#expectedFeeMinor = (this.#expectedFeeMinor ?? 0) + expectedFeeMinor;
      }
    } else sums.refundedMinor += money.amountMinor;
  }

  badRow(): void {
    this.#sums.badRows++;
  }

  /** Some gateways tell payments and refunds in two lines. */
  totals(totals: Partial<StatementTotals>): void {
    this.#declared = { ...(this.#declared ?? NO_TOTALS), ...totals };
  }

  judged({ money }: StatementRow, findings: readonly StatementFinding[]): void {
    if (findings.some(({ kind }) => kind === "missing_here")) this.#unknown++;
    // A second order of a number does not take from the one that it paid, nor does a fee.
    if (findings.some(({ kind, theirs }) => theirs !== null && kind !== "fee")) return;
    this.#sums.matched++;
    if (money.currency === this.#expected.currency) {
      this.#sums.matchedMinor += money.amountMinor;
    }
  }

  rows(): number {
    return this.#sums.payments + this.#sums.refunds;
  }

  badRows(): number {
    return this.#sums.badRows;
  }

  /** Rows of money that our books do not have. */
  unknownRows(): number {
    return this.#unknown;
  }

  /** Why the file, wholly read, cannot be believed to be this day's; null where it can. */
  flaw({ endsWithTotals, isWhole }: FileEnd): StatementFlaw | null {
    if (endsWithTotals && this.#declared === null) return { reason: "incomplete", total: null };
    const total = this.#disagreeing();
    if (total !== null) return { reason: "incomplete", total };
    const rows = this.rows();
    const { badRows } = this.#sums;
    if (badRows > rows) return { reason: "unreadable", rows, unreadable: badRows };
    if (rows + badRows === 0 && this.#declared === null && !isWhole) return { reason: "no_rows" };
    return rows > 0 && this.#sums.otherDayRows === rows ? { reason: "other_day" } : null;
  }

  #disagreeing(): keyof StatementTotals | null {
    const { payments, refunds, badRows, feeMinor } = this.#sums;
    const found: StatementTotals = {
      rows: payments + refunds + badRows,
      payments,
      refunds,
      paidMinor: this.#receivedMinor.payment,
      refundedMinor: this.#receivedMinor.refund,
      feeMinor,
    };
    const names = Object.keys(found) as (keyof StatementTotals)[];
    const wrong = names.find((name) => {
      const declared = this.#declared?.[name] ?? null;
      // What a row that cannot be read would have added is not known.
      const known = badRows === 0 || name === "rows";
      return declared !== null && known && declared !== found[name];
    });
    return wrong ?? null;
  }

  summary(): StatementSummary {
    const expectedFeeMinor = this.#expectedFeeMinor;
    const expected = expectedFeeMinor === null ? {} : { expectedFeeMinor };
    return { rows: this.rows(), ...this.#sums, ...expected };
  }
}
