import { drizzle } from "drizzle-orm/d1";
import { makeStatements } from "../../../src/db/statements/statements.ts";
import { newId, type AccountId, type MerchantId } from "../../../src/domain/ids.ts";
import { sameMoney } from "../../../src/domain/money.ts";
import { dayWindow } from "../../../src/domain/statements/day.ts";
import { compareStatement } from "../../../src/flows/statements/compare-statement.ts";
import type { StatementRun } from "../../../src/flows/statements/statement-ports.ts";
import type { Auditor } from "../auditor.ts";
import { mixed } from "../platform-crypto.ts";
import type { Random } from "../random.ts";
import { accountOf, merchantOf, PRODUCTS } from "../shop.ts";
import type { World } from "../world.ts";
import type { GatewayBooks } from "./gateway-books.ts";
import type { MoneyWorld } from "./money-world.ts";
import { chinaDay, tradeBill, type StatedMoney } from "./statement-file.ts";

const DAY_MS = 86_400_000;
/** As bookedMoney of src/db/statements: no order took it. */
const UNTAKEN: ReadonlySet<string> = new Set(["surplus", "mismatch", "trade_reused"]);

/** Money of ours, by the rows of the objects and the archive. */
type Booked = StatedMoney & {
  readonly untaken: boolean;
  readonly refundId: string;
  readonly keys: number;
};

/** What a comparison must find, and what of it nothing explains. */
interface Expected {
  readonly found: Map<string, number>;
  minor: number;
  keys: number;
}

/**
 * The statements of all days of all accounts against the shop's books: what is found is what the gateways' own
 * books and the objects' rows differ in, with what was put into the files on purpose, and nothing else.
 */
export async function auditStatements(
  auditor: Auditor,
  world: World,
  money: MoneyWorld,
): Promise<void> {
  for (const merchantId of new Set(PRODUCTS.map(merchantOf))) {
    const accountId = accountOf(merchantId);
    const { books } = money.gateway(accountId);
    const stated = spoiled(statedBy(books), world.random.fork(`statement-${accountId}`));
    const run = { merchantId, accountId };
    // One day after the other: what a day lacks the next may have.
    const refused = await compareDays(world, money, run, stated);
    auditor.law(refused === null, "R3 a statement is compared", () => String(refused));
    judgeFindings(auditor, money, accountId, expectedOf(stated, bookedBy(auditor, accountId)));
  }
}

function statedBy({ charges, givenBack }: GatewayBooks): StatedMoney[] {
  const paid = [...charges.values()].map((charge) => ({
    ...charge,
    kind: "payment" as const,
    refundNo: "",
  }));
  return [...paid, ...givenBack.map((back) => ({ ...back, kind: "refund" as const }))];
}

/** A row in twenty is left out, doubled, or off by a cent; and there is one of which nobody has heard. */
function spoiled(rows: readonly StatedMoney[], luck: Random): StatedMoney[] {
  const kept = rows.flatMap((row) => {
    if (!luck.chance(0.05)) return [row];
    const { money } = row;
    const other = { ...money, amountMinor: money.amountMinor + 1 };
    return luck.pick<StatedMoney[]>([[], [row, row], [{ ...row, money: other }]]);
  });
  const [first] = rows;
  return first === undefined || luck.chance(0.5)
    ? kept
    : [...kept, { ...first, kind: "payment", tradeNo: "t-alien", refundNo: "" }];
}

async function compareDays(
  world: World,
  money: MoneyWorld,
  { merchantId, accountId }: { readonly merchantId: MerchantId; readonly accountId: AccountId },
  stated: readonly StatedMoney[],
): Promise<string | null> {
  const { startMs, nowMs } = world.timeline;
  const statements = makeStatements(drizzle(money.d1.over(async (work) => work())));
  const byDay = Map.groupBy(stated, ({ atMs }) => chinaDay(atMs));
  for (let atMs = startMs - DAY_MS; atMs <= nowMs + DAY_MS; atMs += DAY_MS) {
    const day = chinaDay(atMs);
    const window = dayWindow("china", day);
    if (window === null) return day;
    const run: StatementRun = {
      id: newId("statement", mixed(`${accountId} ${day}`)),
      merchantId,
      accountId,
      currency: "CNY",
      fee: null,
      day,
      format: "wechat",
      ...window,
      startedAtMs: nowMs,
      accountNumber: null,
      origin: "fetched",
      accountChecked: true,
    };
    const author = { merchantId, actor: "operator", atMs: nowMs };
    const ports = { statements, clock: { nowMs: () => nowMs }, digest: () => digestOf(day) };
    const file = pieces(tradeBill(byDay.get(day) ?? []));
    const compared = await compareStatement(ports, author, run, file);
    if (!compared.ok) return `${day}: ${JSON.stringify(compared.error)}`;
  }
  return null;
}

async function* pieces(text: string) {
  yield new TextEncoder().encode(text);
}

function digestOf(day: string) {
  return { push: () => Promise.resolve(), end: () => Promise.resolve(day) };
}

function bookedBy(auditor: Auditor, accountId: AccountId): Booked[] {
  return [...auditor.known.values()].flatMap(({ standing, payments, refunds }) => {
    const { id: orderRef, sold } = standing;
    const paid = payments
      .filter((row) => row.account_id === accountId && !row.trade_no.startsWith("manual:"))
      .map(
        (row) =>
          ({
            row,
            kind: "payment",
            refundNo: "",
            refundId: "",
            untaken: UNTAKEN.has(row.verdict),
          }) as const,
      );
    const back = refunds
      .filter(
        (row) => row.account_id === accountId && row.state === "done" && row.method !== "hand",
      )
      .map(
        (row) =>
          ({
            row,
            kind: "refund",
            refundNo: row.refund_no ?? "",
            refundId: row.id,
            untaken: false,
          }) as const,
      );
    return [...paid, ...back].map(({ row, ...of }) => ({
      ...of,
      orderRef,
      tradeNo: row.trade_no,
      money: { amountMinor: row.amount_minor, currency: row.currency } as StatedMoney["money"],
      atMs: 0,
      keys: sold,
    }));
  });
}

/** Movement by movement, in the words of docs/statements.md. */
function expectedOf(stated: readonly StatedMoney[], booked: readonly Booked[]): Expected {
  const expected: Expected = { found: new Map(), minor: 0, keys: 0 };
  const find = (kind: string, row: StatedMoney, minor: number, keys = 0) => {
    const name = `${kind} ${row.kind} ${row.tradeNo}`;
    expected.found.set(name, (expected.found.get(name) ?? 0) + 1);
    expected.minor += minor;
    expected.keys += keys;
  };
  const matched = new Set<Booked>();
  const seen = new Set<string>();
  for (const row of stated) {
    const { kind, tradeNo, refundNo, money } = row;
    const key = `${kind} ${tradeNo} ${refundNo}`;
    const ours = booked.filter((each) => each.kind === kind && each.tradeNo === tradeNo);
    const own = ours.find((each) => [each.refundNo, each.refundId].includes(refundNo));
    if (seen.has(key)) find("twice_there", row, money.amountMinor);
    else if (own === undefined) find("missing_here", row, money.amountMinor, keysLost(row, booked));
    else {
      matched.add(own);
      const isSame = sameMoney(own.money, money);
      if (own.untaken) find(isSame ? "other_state" : "other_sum", row, money.amountMinor);
      else if (!isSame) find("other_sum", row, 1);
    }
    seen.add(key);
  }
  for (const own of booked)
    if (!matched.has(own))
      find("missing_there", own, own.money.amountMinor, own.kind === "payment" ? own.keys : 0);
  return expected;
}

/** All of a payment went back and nobody here knows: its keys were handed over for nothing. */
function keysLost({ kind, tradeNo, money }: StatedMoney, booked: readonly Booked[]): number {
  const paid = booked.find(
    (own) => own.kind === "payment" && own.tradeNo === tradeNo && !own.untaken,
  );
  return kind === "refund" && paid !== undefined && sameMoney(money, paid.money) ? paid.keys : 0;
}

function judgeFindings(
  auditor: Auditor,
  { d1 }: MoneyWorld,
  accountId: AccountId,
  expected: Expected,
): void {
  const rows = d1.rows<{ kind: string; movement: string; no: string; minor: number; keys: number }>(
    `SELECT kind, movement, trade_no AS no, unexplained_minor AS minor, unexplained_keys AS keys
      FROM statement_findings WHERE account_id = ?1 AND settled_at_ms IS NULL`,
    accountId,
  );
  const found = new Map<string, number>();
  for (const { kind, movement, no } of rows) {
    const name = `${kind} ${movement} ${no}`;
    found.set(name, (found.get(name) ?? 0) + 1);
  }
  const names = [...new Set([...found.keys(), ...expected.found.keys()])];
  const wrong = names.filter((name) => found.get(name) !== expected.found.get(name));
  auditor.law(wrong.length === 0, "R3 a comparison finds what is apart, and nothing else", () =>
    JSON.stringify(
      wrong.map((name) => [name, { found: found.get(name), expected: expected.found.get(name) }]),
    ),
  );
  const sum = (of: (row: (typeof rows)[number]) => number) =>
    rows.reduce((all, row) => all + of(row), 0);
  const [minor, keys] = [sum((row) => row.minor), sum((row) => row.keys)];
  const agrees = minor === expected.minor && keys === expected.keys;
  auditor.law(
    agrees,
    "R3 no cent and no key of a comparison is left unexplained, or explained twice",
    () => JSON.stringify({ minor, keys, expected: { minor: expected.minor, keys: expected.keys } }),
  );
}
