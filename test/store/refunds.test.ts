import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BeginRefund } from "../../durable-objects/product-stock/refund-contract.ts";
import type { RefundId } from "../../src/domain/ids.ts";
import { ACCOUNT, batch, keys, MERCHANT, order, OTHER_MERCHANT, PRICE_MINOR } from "./fixtures.ts";
import { Shop } from "./shop.ts";

const id = (n: number) => `rfd_${String(n).padStart(20, "0")}` as RefundId;

function begin(shop: Shop, n: number, changes: Partial<BeginRefund> = {}) {
  const request: BeginRefund = {
    orderId: order(n),
    merchantId: MERCHANT,
    refundId: id(n),
    payment: null,
    amountMinor: null,
    keys: "void",
    method: "gateway",
    reason: "asked for",
    refundNo: null,
    ...changes,
  };
  return shop.store.beginRefund(request, shop.nowMs);
}

const done = (shop: Shop, n: number, refundId = id(n)) =>
  shop.store.settleRefund(
    { orderId: order(n), refundId, end: { kind: "done", refundNo: "R-1" } },
    shop.nowMs,
  );
const refused = (shop: Shop, n: number, refundId = id(n)) =>
  shop.store.settleRefund(
    { orderId: order(n), refundId, end: { kind: "refused", reason: "NOT_ENOUGH" } },
    shop.nowMs,
  );

function soldShop(keyCount = 3): Shop {
  const shop = new Shop({}, keyCount);
  shop.reserve(1);
  shop.pay(1);
  return shop;
}

const stockOf = ({ store }: Shop) => {
  const { free, held, sold, void: voided } = store.stock();
  return { free, held, sold, void: voided };
};
const findings = (shop: Shop) => [
  ...shop.store.checkOrders("", 100, shop.nowMs).findings,
  ...shop.store.checkKeys(null, 7).findings,
];

describe("all of an order's money", () => {
  test("goes back once: the order is refunded, its keys are nobody's, and the same words change nothing", () => {
    const shop = soldShop();
    const begun = begin(shop, 1);
    expect(begun).toMatchObject({
      kind: "refund",
      isNew: true,
      refund: { state: "asked", money: { amountMinor: PRICE_MINOR }, orderWas: "delivered" },
      order: { state: "refunded", keys: [] },
    });
    expect(stockOf(shop)).toEqual({ free: 2, held: 0, sold: 0, void: 1 });
    const before = shop.dump();
    expect(begin(shop, 1)).toMatchObject({ kind: "refund", isNew: false });
    expect(shop.dump()).toEqual(before);
    expect(begin(shop, 1, { refundId: id(9) })).toEqual({ kind: "too_much", leftMinor: 0 });

    expect(done(shop, 1)).toMatchObject({ refund: { state: "done", refundNo: "R-1" } });
    const after = shop.dump();
    expect(refused(shop, 1)).toMatchObject({ isNew: false, refund: { state: "done" } });
    expect(shop.dump()).toEqual(after);
    expect(findings(shop)).toEqual([]);
  });

  test("leaves the keys with the buyer where that is the wish", () => {
    const shop = soldShop();
    begin(shop, 1, { keys: "keep" });
    expect(shop.order(1)).toMatchObject({ state: "refunded" });
    expect(shop.order(1).keys).toHaveLength(1);
    expect(stockOf(shop)).toEqual({ free: 2, held: 0, sold: 1, void: 0 });
    expect(findings(shop)).toEqual([]);
  });

  test("that the gateway will not give back leaves order and keys as they were", () => {
    const shop = soldShop();
    const { keys: mine } = shop.order(1);
    begin(shop, 1);
    expect(refused(shop, 1)).toMatchObject({
      refund: { state: "refused", refusal: "NOT_ENOUGH" },
      order: { state: "delivered" },
    });
    expect(shop.order(1).keys).toEqual(mine);
    expect(stockOf(shop)).toEqual({ free: 2, held: 0, sold: 1, void: 0 });
    expect(findings(shop)).toEqual([]);
    expect(begin(shop, 1, { refundId: id(2), method: "hand" })).toMatchObject({
      refund: { state: "done", method: "hand" },
      order: { state: "refunded" },
    });
  });

  test("of an order that is owed keys: none is delivered any more, however many come", () => {
    const shop = new Shop({}, 1);
    shop.reserve(1);
    shop.pastDeadline();
    shop.store.tick(shop.nowMs);
    shop.reserve(2);
    shop.pay(2);
    expect(shop.pay(1).verdict).toBe("unfilled");
    begin(shop, 1);
    shop.store.importKeys(batch("later", keys(5, "later")), shop.nowMs);
    expect(shop.order(1)).toMatchObject({ state: "refunded", keys: [] });
    expect(stockOf(shop)).toMatchObject({ free: 5, sold: 1 });
    // The gateway will not: it is owed keys again, and some have come.
    refused(shop, 1);
    expect(shop.order(1).state).toBe("delivered");
    expect(findings(shop)).toEqual([]);
  });

  test("of an order that waits for a look rejects it, and its keys are anyone's", () => {
    const shop = new Shop({}, 1);
    shop.reserve(1, { risk: { outcome: "review", score: 80, reasons: [] } });
    shop.pay(1);
    begin(shop, 1);
    expect(shop.order(1)).toMatchObject({ state: "refunded", review: "rejected" });
    expect(stockOf(shop)).toMatchObject({ free: 1, held: 0 });
    expect(findings(shop)).toEqual([]);
  });

  test("of an order in the archive comes back with it, and leaves with it once it has ended", () => {
    const shop = soldShop();
    shop.archive(1);
    expect(begin(shop, 1)).toEqual({ kind: "unknown", archived: true });
    const other = soldShop();
    begin(other, 1);
    const { version } = other.order(1);
    other.store.acknowledge([{ id: order(1), version }]);
    expect(other.store.readForArchive([order(1)]).orders).toEqual([]);
    done(other, 1);
    const before = other.dump();
    const archived = other.archive(1);
    expect(archived.order.refunds).toMatchObject([{ id: id(1), state: "done" }]);
    expect(other.store.restore(archived)).toEqual({ kind: "restored" });
    other.store.announce([order(1)], other.nowMs);
    expect(other.order(1)).toEqual(archived.order);
    expect(other.dump()["refunds"]).toEqual(before["refunds"]);
    expect(findings(other)).toEqual([]);
  });
});

test("what went back at the desk before its payment was told of is remembered in the archive too", () => {
  const shop = new Shop({}, 1);
  shop.reserve(1);
  shop.pastDeadline();
  shop.store.tick(shop.nowMs);
  const desk = { method: "desk", refundNo: "R-1", amountMinor: PRICE_MINOR } as const;
  const paid = { accountId: ACCOUNT, tradeNo: "late" };
  expect(begin(shop, 1, { ...desk, payment: paid })).toMatchObject({ order: { state: "expired" } });
  // Whoever tells of it again, under whatever name of ours, tells of the same.
  const again = begin(shop, 1, { ...desk, payment: paid, refundId: id(2) });
  expect(again).toMatchObject({ isNew: false, refund: { id: id(1) } });
  const archived = shop.archive(1);
  expect(shop.store.restore(archived)).toEqual({ kind: "restored" });
  expect(shop.pay(1, { tradeNo: "late" }).verdict).toBe("went_back");
  expect(shop.order(1)).toMatchObject({ state: "refunded", keys: [] });
  expect(stockOf(shop)).toMatchObject({ free: 1, sold: 0 });
  expect(findings(shop)).toEqual([]);
});

describe("a part of it", () => {
  test("goes back and the order stays; the last part makes it refunded", () => {
    const shop = soldShop();
    expect(begin(shop, 1, { amountMinor: 400 })).toMatchObject({ order: { state: "delivered" } });
    expect(begin(shop, 1, { refundId: id(2), amountMinor: 601 })).toEqual({
      kind: "too_much",
      leftMinor: 600,
    });
    expect(shop.order(1).keys).toHaveLength(1);
    const last = begin(shop, 1, { refundId: id(3) });
    expect(last).toMatchObject({
      refund: { money: { amountMinor: 600 } },
      order: { state: "refunded", keys: [] },
    });
  });

  test("of a second payment leaves the order delivered", () => {
    const shop = soldShop();
    shop.pay(1, { tradeNo: "twice" });
    const surplus = { accountId: ACCOUNT, tradeNo: "twice" };
    const back = begin(shop, 1, { payment: surplus });
    expect(back).toMatchObject({ order: { state: "delivered" }, refund: { orderWas: null } });
    expect(shop.order(1).keys).toHaveLength(1);
  });
});

describe("a sum that was told wrongly, and has gone back", () => {
  test("buys nothing when the right one is told under the same number", () => {
    const shop = new Shop({}, 1);
    shop.reserve(1);
    const short = { amountMinor: PRICE_MINOR - 1, currency: "CNY" } as const;
    expect(shop.pay(1, { money: short }).verdict).toBe("mismatch");
    const [wrong] = shop.order(1).payments;
    if (wrong === undefined) throw new Error("nothing was recorded");
    begin(shop, 1, { payment: wrong });
    expect(shop.pay(1).verdict).toBe("already");
    expect(shop.order(1)).toMatchObject({ state: "pending", keys: [] });
    refused(shop, 1);
    expect(shop.pay(1).verdict).toBe("delivered");
  });
});

describe("nothing goes back", () => {
  test.each<[string, Partial<BeginRefund>, object]>([
    ["of another merchant's order", { merchantId: OTHER_MERCHANT }, { kind: "unknown" }],
    ["of no order", { orderId: order(8) }, { kind: "unknown" }],
    ["of no payment", { payment: { accountId: ACCOUNT, tradeNo: "none" } }, { kind: "not_found" }],
    [
      "above what came",
      { amountMinor: PRICE_MINOR + 1 },
      { kind: "too_much", leftMinor: PRICE_MINOR },
    ],
  ])("%s", (_, changes, outcome) => {
    const shop = soldShop();
    const before = shop.dump();
    expect(begin(shop, 1, changes)).toEqual(outcome);
    expect(shop.dump()).toEqual(before);
  });

  test("of an order that nobody has paid", () => {
    const shop = new Shop({}, 1);
    shop.reserve(1);
    expect(begin(shop, 1)).toEqual({ kind: "not_found" });
    expect(() => begin(shop, 1, { amountMinor: 0 })).toThrow();
  });
});

test("whatever is asked for, refused and asked again, no payment gives back more than it brought", () => {
  const act = fc.record({
    refund: fc.integer({ min: 1, max: 6 }),
    sum: fc.option(fc.integer({ min: 1, max: PRICE_MINOR }), { nil: null }),
    end: fc.constantFrom("done", "refused", "wait"),
    keys: fc.constantFrom("void" as const, "keep" as const),
  });
  fc.assert(
    fc.property(fc.array(act, { maxLength: 12, size: "max" }), (acts) => {
      const shop = soldShop(2);
      for (const { refund, sum, end, keys: fate } of acts) {
        begin(shop, 1, { refundId: id(refund), amountMinor: sum, keys: fate });
        if (end === "done") done(shop, 1, id(refund));
        if (end === "refused") refused(shop, 1, id(refund));
        const { refunds = [], state, keys: mine } = shop.order(1);
        const out = refunds.filter((one) => one.state !== "refused");
        const total = out.reduce((all, { money }) => all + money.amountMinor, 0);
        expect(total).toBeLessThanOrEqual(PRICE_MINOR);
        expect(state).toBe(total === PRICE_MINOR ? "refunded" : "delivered");
        if (state === "delivered") expect(mine).toHaveLength(1);
        expect(findings(shop)).toEqual([]);
      }
    }),
  );
});

test("a policy's refund is for an order that is owed keys: one that an import filled first keeps them, one that was refunded first is not filled", () => {
  const owedShop = () => {
    const shop = new Shop({}, 1);
    shop.reserve(1);
    shop.nowMs += 3_600_000;
    shop.store.tick(shop.nowMs);
    shop.reserve(2);
    shop.pay(2);
    expect(shop.pay(1)).toMatchObject({ verdict: "unfilled" });
    return shop;
  };
  const stateOf = (shop: Shop) => shop.store.order(order(1))?.state;
  const restock = (shop: Shop) => shop.store.importKeys(batch("more", keys(1, "more")), shop.nowMs);

  const filled = owedShop();
  restock(filled);
  expect(stateOf(filled)).toBe("delivered");
  expect(begin(filled, 1, { onlyWhile: "unfilled" })).toEqual({ kind: "not_found" });
  expect(stateOf(filled)).toBe("delivered");

  const refundedFirst = owedShop();
  expect(begin(refundedFirst, 1, { onlyWhile: "unfilled" })).toMatchObject({ isNew: true });
  restock(refundedFirst);
  expect(stateOf(refundedFirst)).toBe("refunded");
  expect(stockOf(refundedFirst)).toMatchObject({ free: 1, sold: 1 });
});
