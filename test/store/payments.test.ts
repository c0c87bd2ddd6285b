import type { Terms } from "../../src/domain/product/terms.ts";
import { describe, expect, test } from "vitest";
import { Ledger } from "../../durable-objects/product-stock/ledger.ts";
import { changeOrder, findOrder } from "../../durable-objects/product-stock/orders.ts";
import type { AccountId, RefundId } from "../../src/domain/ids.ts";
import { sqliteSql } from "../support/node/sqlite-sql.ts";
import {
  ACCOUNT,
  batch,
  fulfilment,
  key,
  keys,
  MERCHANT,
  order,
  OTHER_MERCHANT,
  payment,
  PRICE_MINOR,
} from "./fixtures.ts";
import { Shop } from "./shop.ts";

const OTHER_ACCOUNT = "acct_00000000000000000002" as AccountId;

describe("a payment is applied once", () => {
  test("it delivers the keys that were held, with the facts in one answer", () => {
    const shop = new Shop({}, 3);
    shop.reserve(1, { quantity: 2 });
    const held = shop.store.keys({ state: "held", afterRow: 0, limit: 10 }).keys;
    const paid = shop.pay(1, { money: { amountMinor: 2 * PRICE_MINOR, currency: "CNY" } });
    expect(paid).toMatchObject({
      verdict: "delivered",
      order: {
        state: "delivered",
        paidAtMs: shop.nowMs,
        deliveredAtMs: shop.nowMs,
        expiresAtMs: null,
        payments: [{ tradeNo: "trade-1", verdict: "delivered" }],
      },
    });
    expect(paid.order?.keys.map((sold) => sold.id)).toEqual(held.map((row) => row.id));
  });

  test("a second notice for the same payment delivers nothing new and keeps the first verdict", () => {
    const shop = new Shop({}, 3);
    shop.reserve(1);
    const first = shop.pay(1);
    const before = shop.dump();
    for (let times = 0; times < 3; times++) {
      expect(shop.pay(1)).toEqual({ verdict: "already", order: first.order });
    }
    expect(shop.dump()).toEqual(before);
  });

  test("what a gateway tells after a person has vouched for it is that money, once, and a second one is surplus", () => {
    const shop = new Shop({}, 3);
    shop.reserve(1);
    const word = { tradeNo: `manual:${order(1)}`, source: "merchant" } as const;
    expect(shop.pay(1, word).verdict).toBe("delivered");
    const told = shop.pay(1, { tradeNo: "trade-a" });
    expect(told).toMatchObject({ verdict: "delivered", order: { state: "delivered" } });
    expect(told.order?.payments).toMatchObject([
      { tradeNo: "trade-a", verdict: "delivered", source: "notice" },
    ]);
    expect(told.order?.history.at(-1)).toMatchObject({ event: "confirm", by: "gateway" });
    expect(shop.pay(1, { tradeNo: "trade-a" }).verdict).toBe("already");
    expect(shop.pay(1, word).verdict).toBe("already");
    expect(shop.pay(1, { tradeNo: "trade-b" }).verdict).toBe("surplus");
    expect(shop.store.stock()).toMatchObject({ free: 2, sold: 1 });
  });

  test("what was given back of vouched money has gone back of what the gateway then tells", () => {
    const shop = new Shop({}, 1);
    shop.reserve(1);
    shop.pay(1, { tradeNo: `manual:${order(1)}`, source: "merchant" });
    const refund = {
      orderId: order(1),
      merchantId: MERCHANT,
      refundId: "re_00000000000000000001" as RefundId,
      payment: null,
      amountMinor: null,
      keys: "keep",
      method: "hand",
      reason: "cash",
      refundNo: null,
    } as const;
    shop.store.beginRefund(refund, shop.nowMs);
    const { order: after } = shop.pay(1, { tradeNo: "trade-a" });
    expect(after).toMatchObject({ state: "refunded", refunds: [{ tradeNo: "trade-a" }] });
    const again = { ...refund, refundId: "re_00000000000000000002" as RefundId };
    expect(shop.store.beginRefund(again, shop.nowMs)).toEqual({ kind: "too_much", leftMinor: 0 });
  });

  test("a second, different payment of a paid order is recorded as surplus", () => {
    const shop = new Shop({}, 3);
    shop.reserve(1);
    shop.pay(1);
    expect(shop.pay(1, { tradeNo: "trade-b" })).toMatchObject({
      verdict: "surplus",
      order: { state: "delivered", version: 3, payments: [{}, { verdict: "surplus" }] },
    });
    expect(shop.store.stock()).toMatchObject({ free: 2, sold: 1 });
  });

  test("the same number at another account is another payment", () => {
    const shop = new Shop({}, 3);
    shop.reserve(1);
    shop.reserve(2);
    shop.pay(1, { tradeNo: "t" });
    expect(shop.pay(2, { tradeNo: "t", accountId: OTHER_ACCOUNT }).verdict).toBe("delivered");
  });

  test("a number that paid one order cannot pay another", () => {
    const shop = new Shop({}, 3);
    shop.reserve(1);
    shop.reserve(2);
    shop.pay(1, { tradeNo: "t" });
    expect(shop.pay(2, { tradeNo: "t" })).toMatchObject({
      verdict: "trade_reused",
      order: { state: "pending", payments: [{ verdict: "trade_reused" }] },
    });
    expect(shop.pay(2, { tradeNo: "t" }).verdict).toBe("already");
    expect(shop.pay(2, { tradeNo: "its own" }).verdict).toBe("delivered");
  });
});

describe("what does not fit is recorded, and blocks nothing", () => {
  test.each([
    ["a cent less", { amountMinor: PRICE_MINOR - 1, currency: "CNY" }],
    ["a cent more", { amountMinor: PRICE_MINOR + 1, currency: "CNY" }],
    ["another currency", { amountMinor: PRICE_MINOR, currency: "USD" }],
  ] as const)("%s is a mismatch; the order stays pending and its keys held", (_, money) => {
    const shop = new Shop({}, 1);
    shop.reserve(1);
    expect(shop.pay(1, { tradeNo: "wrong", money })).toMatchObject({
      verdict: "mismatch",
      order: { state: "pending", version: 2, payments: [{ verdict: "mismatch", money }] },
    });
    expect(shop.store.stock()).toMatchObject({ held: 1 });
    expect(shop.pay(1, { tradeNo: "wrong", money }).verdict).toBe("already");
    expect(shop.pay(1).verdict).toBe("delivered");
  });

  test("a gateway that corrects the sum of one transaction is believed", () => {
    const shop = new Shop({}, 1);
    shop.reserve(1);
    shop.pay(1, { money: { amountMinor: 1, currency: "CNY" } });
    expect(shop.pay(1)).toMatchObject({
      verdict: "delivered",
      order: { payments: [{ verdict: "delivered", money: { amountMinor: PRICE_MINOR } }] },
    });
  });

  test("and the correction stands in the books with its own words: sum, source and time", () => {
    const shop = new Shop({}, 1);
    shop.reserve(1);
    shop.pay(1, { money: { amountMinor: 1, currency: "USD" } });
    shop.nowMs += 5_000;
    expect(shop.pay(1, { source: "query" }).order?.payments).toEqual([
      {
        accountId: ACCOUNT,
        tradeNo: "trade-1",
        money: { amountMinor: PRICE_MINOR, currency: "CNY" },
        verdict: "delivered",
        source: "query",
        atMs: shop.nowMs,
      },
    ]);
  });

  test("payments are listed as they came; of one moment, by account and number", () => {
    const shop = new Shop({}, 1);
    shop.reserve(1);
    shop.pay(1, { tradeNo: "z" });
    shop.nowMs += 1;
    for (const tradeNo of ["y", "x"]) shop.pay(1, { tradeNo });
    shop.pay(1, { tradeNo: "w", accountId: OTHER_ACCOUNT });
    const listed = shop.order(1).payments.map(({ tradeNo }) => tradeNo);
    expect(listed).toEqual(["z", "x", "y", "w"]);
  });

  test("a mismatch on one order does not use the number up for the order it was meant for", () => {
    const shop = new Shop({}, 2);
    shop.reserve(1, { quantity: 2 });
    shop.store.importKeys(batch("more", [key("more")]), shop.nowMs);
    shop.reserve(2);
    expect(shop.pay(1, { tradeNo: "t" }).verdict).toBe("mismatch");
    expect(shop.pay(2, { tradeNo: "t" }).verdict).toBe("delivered");
  });

  test("an order that does not exist, or is another merchant's, is unknown and nothing is written", () => {
    const shop = new Shop({}, 1);
    shop.reserve(1);
    const before = shop.dump();
    expect(shop.pay(9)).toEqual({ verdict: "unknown_order", order: null });
    expect(shop.store.recordPayment(payment(1), OTHER_MERCHANT, shop.nowMs)).toEqual({
      verdict: "unknown_order",
      order: null,
    });
    expect(shop.dump()).toEqual(before);
  });
});

test("of many payments in one call each is judged by what those before it have left", () => {
  const shop = new Shop({}, 2);
  shop.reserve(1);
  shop.reserve(2);
  const reports = [payment(1), payment(1), payment(2, { tradeNo: "trade-1" }), payment(2)].map(
    (each) => ({ payment: each, merchantId: MERCHANT }),
  );
  const records = shop.store.recordPayments(reports, shop.nowMs);
  expect(records.map(({ verdict }) => verdict)).toEqual([
    "delivered",
    "already",
    "trade_reused",
    "delivered",
  ]);
  for (const record of records) expect(record).not.toHaveProperty("order");
});

describe("an order whose money was taken takes no other", () => {
  test("a second payment of one that a person delivers is surplus, before and after", () => {
    const shop = new Shop({ delivery: "manual" });
    shop.reserve(1);
    expect(shop.pay(1)).toMatchObject({ verdict: "paid", order: { paidAtMs: shop.nowMs } });
    expect(shop.pay(1, { tradeNo: "b" })).toMatchObject({
      verdict: "surplus",
      order: { state: "paid" },
    });
    shop.store.fulfil(fulfilment(1, [key("hand")]), shop.nowMs);
    expect(shop.pay(1, { tradeNo: "c" })).toMatchObject({
      verdict: "surplus",
      order: { state: "delivered" },
    });
  });

  test("nor does one whose money went back, which keeps when it was paid and delivered", () => {
    const shop = new Shop({ delivery: "manual" });
    shop.reserve(1);
    shop.pay(1);
    shop.nowMs += 1_000;
    shop.store.fulfil(fulfilment(1, [key("hand")]), shop.nowMs);
    const { paidAtMs, deliveredAtMs, keys: delivered } = shop.order(1);
    const ledger = new Ledger(sqliteSql(shop.database));
    const row = findOrder(ledger, order(1));
    if (row === null) throw new Error("there is no order");
    const refunded = changeOrder(ledger, row, "refund", { by: "merchant", nowMs: shop.nowMs + 1 });
    expect(refunded.fulfil_request).toBe("act-1");
    expect(shop.order(1)).toMatchObject({ paidAtMs, deliveredAtMs, keys: delivered });
    expect(shop.pay(1, { tradeNo: "b" })).toMatchObject({
      verdict: "surplus",
      order: { state: "refunded" },
    });
  });

  test("an owed order keeps when it was paid when it is delivered at last", () => {
    const shop = new Shop({}, 1);
    giveUp(shop, "cancelled");
    shop.reserve(2);
    const paidAtMs = shop.nowMs;
    shop.pay(1);
    shop.nowMs += 1_000;
    shop.store.cancel({ orderId: order(2), by: "buyer" }, shop.nowMs);
    expect(shop.order(1)).toMatchObject({
      state: "delivered",
      paidAtMs,
      deliveredAtMs: shop.nowMs,
      version: 4,
    });
    expect(shop.order(1).history.at(-1)).toEqual({
      atMs: shop.nowMs,
      event: "restock",
      state: "delivered",
      by: "clock",
    });
  });

  test.each([
    ["a key that is missing", "UPDATE keys SET state = 'free', order_id = NULL WHERE row = 1"],
    ["no key at all", "UPDATE keys SET state = 'free', order_id = NULL"],
  ])("an order that holds %s is a bug: it is not paid short, and nothing is written", (_, sql) => {
    const shop = new Shop({}, 2);
    shop.reserve(1, { quantity: 2 });
    shop.database.exec(sql);
    const before = shop.dump();
    const money = { amountMinor: 2 * PRICE_MINOR, currency: "CNY" } as const;
    expect(() => shop.pay(1, { money })).toThrow(/holds [01] keys/);
    expect(shop.dump()).toEqual(before);
  });
});

describe("late money", () => {
  test("past the deadline but not lapsed, the keys are still held and are the buyer's", () => {
    const shop = new Shop({}, 1);
    shop.reserve(1);
    shop.pastDeadline();
    expect(shop.pay(1).verdict).toBe("delivered");
  });

  test.each(["expired", "cancelled"] as const)(
    "an %s order takes other keys if any are left",
    (end) => {
      const shop = new Shop({}, 2);
      giveUp(shop, end);
      expect(shop.pay(1)).toMatchObject({
        verdict: "late_delivered",
        order: { state: "delivered" },
      });
      expect(shop.store.stock()).toMatchObject({ free: 1, held: 0, sold: 1 });
    },
  );

  test.each(["expired", "cancelled"] as const)("an %s order is unfilled if none are", (end) => {
    const shop = new Shop({}, 1);
    giveUp(shop, end);
    shop.reserve(2);
    expect(shop.pay(1)).toMatchObject({
      verdict: "unfilled",
      order: { state: "unfilled", keys: [], paidAtMs: shop.nowMs, deliveredAtMs: null },
    });
    expect(shop.pay(1).verdict).toBe("already");
    expect(shop.pay(1, { tradeNo: "again" }).verdict).toBe("surplus");
  });

  test("other holds that are due lapse before the money is told that nothing is left", () => {
    const shop = new Shop({}, 1);
    giveUp(shop, "cancelled");
    shop.reserve(2);
    shop.pastDeadline();
    expect(shop.pay(1).verdict).toBe("late_delivered");
    expect(shop.order(2).state).toBe("expired");
  });

  test("a quantity is delivered whole or not at all; what is left of it is set aside", () => {
    const shop = new Shop({}, 3);
    shop.reserve(1, { quantity: 3 });
    shop.store.cancel({ orderId: order(1), by: "buyer" }, shop.nowMs);
    shop.reserve(2);
    const three = { amountMinor: 3 * PRICE_MINOR, currency: "CNY" } as const;
    expect(shop.pay(1, { money: three }).verdict).toBe("unfilled");
    expect(shop.store.stock()).toMatchObject({ free: 0, held: 3, sold: 0 });
    expect(shop.order(1)).toMatchObject({ keys: [], setAside: 2 });
  });

  test("40 late payments for 3 keys deliver 3 distinct keys, and 37 orders are owed", () => {
    const shop = new Shop({}, 3);
    for (let n = 1; n <= 40; n++) {
      shop.reserve(n);
      shop.store.cancel({ orderId: order(n), by: "buyer" }, shop.nowMs);
    }
    const paid = Array.from({ length: 40 }, (_, n) => shop.pay(n + 1));
    const delivered = paid.flatMap((outcome) => outcome.order?.keys ?? []);
    expect(new Set(delivered.map((sold) => sold.id)).size).toBe(3);
    expect(delivered).toHaveLength(3);
    expect(paid.filter((outcome) => outcome.verdict === "unfilled")).toHaveLength(37);
  });
});

describe("owed orders come first", () => {
  const owed = (quantities: readonly number[], changes: Partial<Terms> = {}): Shop => {
    const shop = new Shop(changes, 10);
    for (const [place, quantity] of quantities.entries()) {
      shop.reserve(place + 1, { quantity });
      shop.store.cancel({ orderId: order(place + 1), by: "buyer" }, shop.nowMs);
    }
    shop.reserve(99, { quantity: 10 });
    for (const [place, quantity] of quantities.entries()) {
      shop.nowMs += 1;
      shop.pay(place + 1, { money: { amountMinor: quantity * PRICE_MINOR, currency: "CNY" } });
    }
    return shop;
  };
  const states = (shop: Shop, count: number): string[] =>
    Array.from({ length: count }, (_, place) => shop.order(place + 1).state);

  test("an import fills the one that has waited longest, in its own transaction", () => {
    const shop = owed([1, 1]);
    const outcome = shop.store.importKeys(batch("one", [key("new")]), shop.nowMs);
    expect(outcome).toMatchObject({ accepted: 1, available: 0 });
    expect(states(shop, 2)).toEqual(["delivered", "unfilled"]);
    expect(shop.order(1).history.at(-1)).toMatchObject({ event: "restock", by: "merchant" });
  });

  test("one that is too large keeps its place and holds nobody up, where its product serves as they fit", () => {
    const shop = owed([3, 1], { money: { waitList: "as_they_fit" } });
    shop.store.importKeys(batch("two", keys(2, "two")), shop.nowMs);
    expect(states(shop, 2)).toEqual(["unfilled", "delivered"]);
    expect(shop.store.stock().free).toBe(1);
    shop.store.importKeys(batch("three", keys(2, "three")), shop.nowMs);
    expect(states(shop, 2)).toEqual(["delivered", "delivered"]);
    expect(shop.store.stock().free).toBe(0);
  });

  test("keys that a hold gives back go to who has paid, before anyone who might buy", () => {
    const shop = owed([1, 1]);
    shop.pastDeadline();
    shop.store.tick(shop.nowMs);
    expect(shop.order(1).history.at(-1)).toMatchObject({ event: "restock", by: "clock" });
    expect(states(shop, 2)).toEqual(["delivered", "delivered"]);
    expect(shop.store.stock()).toMatchObject({ free: 8, held: 0, sold: 2 });
  });

  test("a cancelled order's keys go to who has paid", () => {
    const shop = owed([1]);
    shop.store.cancel({ orderId: order(99), by: "merchant" }, shop.nowMs);
    expect(states(shop, 1)).toEqual(["delivered"]);
  });
});

test.each([
  ["notice", "gateway"],
  ["query", "gateway"],
  ["merchant", "merchant"],
] as const)("the history tells who said that it was paid: a %s is the %s's word", (source, by) => {
  const shop = new Shop({}, 1);
  shop.reserve(1);
  expect(shop.pay(1, { source }).order?.history.at(-1)).toMatchObject({ event: "pay", by });
});

test("a payment that is no number of minor units is a bug, not a verdict", () => {
  const shop = new Shop({}, 1);
  shop.reserve(1);
  const money = { amountMinor: 10.5, currency: "CNY" } as const;
  expect(() => shop.pay(1, { money })).toThrow(TypeError);
  expect(() => shop.store.recordPayment({ ...payment(1), money }, MERCHANT, 0)).toThrow(TypeError);
});

function giveUp(shop: Shop, end: "expired" | "cancelled"): void {
  shop.reserve(1);
  if (end === "cancelled") {
    shop.store.cancel({ orderId: order(1), by: "buyer" }, shop.nowMs);
  } else {
    shop.pastDeadline();
    shop.store.tick(shop.nowMs);
  }
  expect(shop.order(1).state).toBe(end);
}

describe("late money of a shop that gives it back", () => {
  const late = (shop: Shop, n: number) =>
    shop.store.recordPayments(
      [{ payment: payment(n), merchantId: MERCHANT, late: "refund" }],
      shop.nowMs,
    )[0]?.verdict;

  test("buys nothing, is recorded, and leaves the order as it was; in time it buys as ever", () => {
    const shop = new Shop({}, 2);
    shop.reserve(1);
    shop.pastDeadline();
    shop.store.tick(shop.nowMs);
    expect(late(shop, 1)).toBe("too_late");
    expect(late(shop, 1)).toBe("already");
    expect(shop.order(1)).toMatchObject({ state: "expired", keys: [] });
    expect(shop.order(1).payments).toMatchObject([{ verdict: "too_late" }]);
    expect(shop.store.stock()).toMatchObject({ free: 2, sold: 0 });
    shop.reserve(2);
    expect(late(shop, 2)).toBe("delivered");
  });
});
