import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compareBooks,
  moneyKey,
  type BookedMoney,
  type Comparison,
} from "../../../src/domain/statements/compare.ts";
import type { StatementRow } from "../../../src/domain/statements/statement.ts";

async function* each<T>(list: readonly T[]) {
  yield* list;
}

const sorted = <T extends StatementRow | BookedMoney>(list: readonly T[]) =>
  list.toSorted((a, b) => (moneyKey(a) < moneyKey(b) ? -1 : moneyKey(a) > moneyKey(b) ? 1 : 0));

async function compare(theirs: readonly StatementRow[], ours: readonly BookedMoney[]) {
  const found: Comparison[] = [];
  for await (const one of compareBooks(each(sorted(theirs)), each(sorted(ours)))) found.push(one);
  return found;
}

const there = (tradeNo: string, changes: Partial<StatementRow> = {}): StatementRow => ({
  kind: "payment",
  tradeNo,
  orderRef: `order-${tradeNo}`,
  refundRef: null,
  money: { amountMinor: 1000, currency: "CNY" },
  feeMinor: 6,
  atMs: 0,
  ...changes,
});

const here = (tradeNo: string, changes: Partial<BookedMoney> = {}): BookedMoney => ({
  kind: "payment",
  tradeNo,
  orderRef: `order-${tradeNo}`,
  refundRef: null,
  money: { amountMinor: 1000, currency: "CNY" },
  explained: true,
  nearMidnight: false,
  ...changes,
});

describe("two books side by side", () => {
  it.each<[string, StatementRow[], BookedMoney[], Comparison["kind"][]]>([
    ["the same in both", [there("a")], [here("a")], ["matched"]],
    [
      "a payment whose notice never came",
      [there("a"), there("b")],
      [here("b")],
      ["missing_here", "matched"],
    ],
    ["a payment the gateway does not know", [], [here("a")], ["missing_there"]],
    ["one of the other day's", [], [here("a", { nearMidnight: true })], []],
    [
      "a cent less",
      [there("a", { money: { amountMinor: 999, currency: "CNY" } })],
      [here("a")],
      ["other_sum"],
    ],
    [
      "another currency",
      [there("a", { money: { amountMinor: 1000, currency: "USD" } })],
      [here("a")],
      ["other_sum"],
    ],
    ["another order's number", [there("a", { orderRef: "x" })], [here("a")], ["other_order"]],
    ["no order's number", [there("a", { orderRef: null })], [here("a")], ["matched"]],
    ["money that no order took", [there("a")], [here("a", { explained: false })], ["unexplained"]],
    ["one line twice", [there("a"), there("a")], [here("a")], ["matched", "twice_there"]],
    ["one line twice and none here", [there("a"), there("a")], [], ["missing_here", "twice_there"]],
    [
      "a payment and its refund",
      [there("a"), there("a", { kind: "refund", refundRef: "r" })],
      [here("a"), here("a", { kind: "refund", refundRef: "r" })],
      ["matched", "matched"],
    ],
    [
      "two refunds of one payment",
      [
        there("a", { kind: "refund", refundRef: "1" }),
        there("a", { kind: "refund", refundRef: "2" }),
      ],
      [here("a", { kind: "refund", refundRef: "2" })],
      ["missing_here", "matched"],
    ],
  ])("%s", async (_name, theirs, ours, kinds) => {
    expect((await compare(theirs, ours)).map(({ kind }) => kind)).toEqual(kinds);
  });

  it("every line of both is told of exactly once, whatever they are", async () => {
    const number = fc.constantFrom("a", "b", "c", "d", "e", "f");
    await fc.assert(
      fc.asyncProperty(
        fc.array(number, { maxLength: 12 }),
        fc.uniqueArray(number),
        async (theirNumbers, ourNumbers) => {
          const found = await compare(
            theirNumbers.map((no) => there(no)),
            ourNumbers.map((no) => here(no)),
          );
          const theirs = found.flatMap((one) => (one.theirs === null ? [] : [one.theirs.tradeNo]));
          const ours = found.flatMap((one) => (one.ours === null ? [] : [one.ours.tradeNo]));
          expect(theirs).toEqual(theirNumbers.toSorted());
          expect(ours).toEqual(ourNumbers.toSorted());
        },
      ),
    );
  });
});
