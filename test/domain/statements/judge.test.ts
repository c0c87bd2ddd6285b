import { describe, expect, it } from "vitest";
import {
  judge,
  missingThere,
  type BookedMoney,
  type Pair,
  type StatementFindingKind,
} from "../../../src/domain/statements/judge.ts";
import type { Currency } from "../../../src/domain/money.ts";
import type { StatementRow } from "../../../src/domain/statements/statement.ts";

const sum = (amountMinor: number, currency: Currency = "CNY") => ({ amountMinor, currency });

const there = (changes: Partial<StatementRow> = {}): StatementRow => ({
  kind: "payment",
  tradeNo: "T",
  orderRef: "order-1",
  refundRef: null,
  money: sum(1000),
  receivedMinor: 1000,
  feeMinor: 6,
  atMs: 0,
  ...changes,
});

const here = (changes: Partial<BookedMoney> = {}): BookedMoney => ({
  kind: "payment",
  tradeNo: "T",
  refundRef: "",
  refundNo: null,
  orderRef: "order-1",
  money: sum(1000),
  untaken: null,
  keysDelivered: 2,
  ...changes,
});

const refund = { kind: "refund", refundRef: "r1" } as const;

type Found = readonly [StatementFindingKind, cents: number, keys: number];

describe("one row of a statement beside what we have under its number", () => {
  it.each<[string, StatementRow, BookedMoney[], Partial<Pair>, Found[]]>([
    ["the same in both", there(), [here()], {}, []],
    ["a number alone is enough", there({ orderRef: null }), [here()], {}, []],
    ["nothing of it", there(), [], {}, [["missing_here", 1000, 0]]],
    ["only a refund of it", there(), [here(refund)], {}, [["missing_here", 1000, 0]]],
    ["a cent less", there({ money: sum(999) }), [here()], {}, [["other_sum", 1, 0]]],
    ["another currency", there({ money: sum(700, "USD") }), [here()], {}, [["other_sum", 700, 0]]],
    ["another order", there({ orderRef: "x" }), [here()], {}, [["other_order", 1000, 2]]],
    ["that no order took", there(), [here({ untaken: "surplus" })], {}, [["other_state", 1000, 0]]],
    [
      "that no order took, of another sum",
      there(),
      [here({ untaken: "mismatch", money: sum(900) })],
      {},
      [["other_sum", 1000, 0]],
    ],
    ["a second row of it", there(), [here()], { again: true }, [["twice_there", 1000, 0]]],
    [
      "two orders by one number",
      there(),
      [here({ orderRef: "order-2", money: sum(500) }), here()],
      {},
      [["twice_here", 500, 2]],
    ],
    [
      "two orders, of which one could not take it",
      there(),
      [here({ orderRef: "order-2", untaken: "trade_reused" }), here()],
      {},
      [],
    ],
    ["the fee that was agreed on", there(), [here()], { expectedFeeMinor: 6 }, []],
    ["a fee that was rounded otherwise", there(), [here()], { expectedFeeMinor: 7 }, []],
    ["another fee", there(), [here()], { expectedFeeMinor: 8 }, [["fee", 2, 0]]],
    ["a fee given", there({ feeMinor: -6 }), [here()], { expectedFeeMinor: 6 }, [["fee", 12, 0]]],
    [
      "another fee of a payment that differs already",
      there({ money: sum(999) }),
      [here()],
      { expectedFeeMinor: 60 },
      [["other_sum", 1, 0]],
    ],
    ["a refund that both have", there(refund), [here(refund), here()], {}, []],
    [
      "another refund of that payment, of all of it",
      there(refund),
      [here({ ...refund, refundRef: "r2" }), here()],
      {},
      [["missing_here", 1000, 2]],
    ],
    [
      "a refund of a part, that we know nothing of",
      there({ ...refund, money: sum(400) }),
      [here()],
      {},
      [["missing_here", 400, 0]],
    ],
    [
      "a refund of what no order took",
      there(refund),
      [here({ untaken: "surplus" })],
      {},
      [["missing_here", 1000, 0]],
    ],
    [
      "a refund by the gateway's own name",
      there({ ...refund, refundRef: "re_1" }),
      [here({ ...refund, refundNo: "re_1" }), here({ ...refund, refundRef: "r2" })],
      {},
      [],
    ],
    [
      "two refunds of one payment, where the gateway names none",
      there({ ...refund, refundRef: null }),
      [here(refund), here({ ...refund, refundRef: "r2" })],
      {},
      [],
    ],
    [
      "a refund whose number the gateway does not tell",
      there({ ...refund, refundRef: null }),
      [here({ ...refund, refundRef: "r9" })],
      {},
      [],
    ],
  ])("%s", (_name, theirs, ours, changes, expected) => {
    const pair = {
      line: 2,
      theirs,
      ours,
      again: false,
      noticed: null,
      expectedFeeMinor: null,
      ...changes,
    };
    const found = judge(pair);
    expect(
      found.map(({ kind, unexplainedMinor, unexplainedKeys }) => [
        kind,
        unexplainedMinor,
        unexplainedKeys,
      ]),
    ).toEqual(expected);
  });

  it("that only the gateway has is told with what the inbox made of its notice", () => {
    const pair = {
      line: 2,
      theirs: there(refund),
      ours: [here()],
      again: false,
      expectedFeeMinor: null,
    };
    expect(judge({ ...pair, noticed: "refunded" })).toMatchObject([{ detail: "refunded" }]);
    expect(judge({ ...pair, noticed: null })).toMatchObject([{ detail: "" }]);
  });
});

describe("what no statement has", () => {
  it("leaves its sum unexplained, and of a payment the keys", () => {
    expect(missingThere(here())).toMatchObject({ unexplainedMinor: 1000, unexplainedKeys: 2 });
    expect(missingThere(here(refund))).toMatchObject({
      unexplainedMinor: 1000,
      unexplainedKeys: 0,
    });
  });
});
