import { describe, expect, test } from "vitest";
import { fulfilment, HOLD_SECONDS, key, keys, NOW_MS, order } from "./fixtures.ts";
import { Shop } from "./shop.ts";

describe("cancel", () => {
  test("gives a pending order up and its keys back; again, it changes nothing", () => {
    const shop = new Shop({}, 2);
    shop.reserve(1, { quantity: 2 });
    const act = { orderId: order(1), by: "buyer" } as const;
    expect(shop.store.cancel(act, shop.nowMs)).toMatchObject({
      kind: "changed",
      order: { state: "cancelled", version: 2, expiresAtMs: null },
    });
    expect(shop.store.stock()).toMatchObject({ free: 2, held: 0 });
    expect(shop.store.cancel(act, shop.nowMs)).toEqual({ kind: "unchanged", order: shop.order(1) });
    expect(shop.order(1).history.map((entry) => [entry.event, entry.by])).toEqual([
      ["place", "buyer"],
      ["cancel", "buyer"],
    ]);
  });

  test("an order that is paid for is not cancelled", () => {
    const shop = new Shop({}, 2);
    shop.reserve(1);
    shop.pay(1);
    expect(shop.store.cancel({ orderId: order(1), by: "merchant" }, shop.nowMs)).toMatchObject({
      kind: "refused",
      state: "delivered",
    });
    expect(shop.store.stock()).toMatchObject({ sold: 1 });
  });

  test("an order that does not exist is unknown", () => {
    const shop = new Shop();
    expect(shop.store.cancel({ orderId: order(1), by: "buyer" }, 0)).toEqual({ kind: "unknown" });
  });
});

describe("fulfil", () => {
  const owed = (quantity = 1): Shop => {
    const shop = new Shop({ delivery: "manual" });
    shop.reserve(1, { quantity });
    shop.pay(1, { money: { amountMinor: 1_000 * quantity, currency: "CNY" } });
    return shop;
  };

  test("hands the keys over once per act", () => {
    const shop = owed(2);
    const act = fulfilment(1, keys(2, "hand"));
    expect(shop.store.fulfil(act, shop.nowMs)).toMatchObject({
      kind: "changed",
      order: { state: "delivered", keys: [{ fingerprint: "print-hand-0" }, {}] },
    });
    expect(shop.store.fulfil(act, shop.nowMs)).toEqual({ kind: "unchanged", order: shop.order(1) });
    expect(shop.store.stock()).toMatchObject({ sold: 2 });
  });

  test("another act on an order that was delivered is refused", () => {
    const shop = owed();
    shop.store.fulfil(fulfilment(1, [key("a")]), shop.nowMs);
    const other = fulfilment(1, [key("b")], "act-2");
    expect(shop.store.fulfil(other, shop.nowMs)).toMatchObject({
      kind: "refused",
      state: "delivered",
    });
    expect(shop.store.stock()).toMatchObject({ sold: 1 });
  });

  test("a number of keys that is not the quantity is refused", () => {
    const shop = owed(2);
    expect(shop.store.fulfil(fulfilment(1, [key("a")]), shop.nowMs)).toEqual({
      kind: "wrong_quantity",
      quantity: 2,
    });
  });

  test("a key that exists already, or comes twice, is named", () => {
    const shop = owed(2);
    expect(shop.store.fulfil(fulfilment(1, [key("a"), key("a")]), shop.nowMs)).toEqual({
      kind: "duplicate_key",
      index: 1,
    });
    shop.store.fulfil(fulfilment(1, [key("a"), key("b")]), shop.nowMs);
    shop.reserve(2);
    shop.pay(2);
    expect(shop.store.fulfil(fulfilment(2, [key("b")], "act-2"), shop.nowMs)).toEqual({
      kind: "duplicate_key",
      index: 0,
    });
  });

  test("an order that nobody paid for is not fulfilled", () => {
    const shop = new Shop({ delivery: "manual" });
    shop.reserve(1);
    expect(shop.store.fulfil(fulfilment(1, [key("a")]), shop.nowMs)).toMatchObject({
      kind: "refused",
      state: "pending",
    });
  });

  test("an unfilled order may be fulfilled by hand", () => {
    const shop = new Shop({}, 1);
    shop.reserve(1);
    shop.store.cancel({ orderId: order(1), by: "buyer" }, shop.nowMs);
    shop.reserve(2);
    shop.pay(1);
    expect(shop.store.fulfil(fulfilment(1, [key("by hand")]), shop.nowMs)).toMatchObject({
      kind: "changed",
      order: { state: "delivered", keys: [{ fingerprint: "print-by hand" }] },
    });
  });
});

describe("lapse", () => {
  test("the first deadline is when the clock is due", () => {
    const shop = new Shop({}, 2);
    expect(shop.store.tickDueAtMs()).toBeNull();
    shop.reserve(1);
    shop.nowMs += 5;
    shop.reserve(2);
    expect(shop.store.tickDueAtMs()).toBe(NOW_MS + HOLD_SECONDS * 1_000);
    shop.pay(1);
    expect(shop.store.tickDueAtMs()).toBe(NOW_MS + 5 + HOLD_SECONDS * 1_000);
    shop.pay(2);
    expect(shop.store.tickDueAtMs()).toBeNull();
  });

  test("a clock that rings early or twice changes nothing", () => {
    const shop = new Shop({}, 1);
    shop.reserve(1);
    const before = shop.dump();
    shop.store.tick(shop.nowMs);
    expect(shop.dump()).toEqual(before);
    shop.pastDeadline();
    shop.store.tick(shop.nowMs);
    const after = shop.dump();
    shop.store.tick(shop.nowMs);
    expect(shop.dump()).toEqual(after);
    expect(shop.order(1)).toMatchObject({ state: "expired", version: 2 });
  });

  test("more than one run can take lapse in several, and every key comes back", () => {
    const shop = new Shop({}, 1_200);
    for (let n = 0; n < 1_200; n++) shop.reserve(n);
    shop.pastDeadline();
    expect(shop.store.tick(shop.nowMs)).toBe(true);
    expect(shop.store.stock()).toMatchObject({ free: 500, held: 700 });
    expect(shop.store.tickDueAtMs()).toBeLessThanOrEqual(shop.nowMs);
    expect(shop.store.tick(shop.nowMs)).toBe(true);
    expect(shop.store.tick(shop.nowMs)).toBe(false);
    expect(shop.store.stock()).toMatchObject({ free: 1_200, held: 0 });
    expect(shop.store.tickDueAtMs()).toBeNull();
  });

  test("the hold that ended first lapses first, where not all can at once", () => {
    const shop = new Shop({}, 501);
    for (let n = 501; n > 0; n--) {
      shop.reserve(n);
      shop.nowMs += 1;
    }
    shop.pastDeadline();
    expect(shop.store.tick(shop.nowMs)).toBe(true);
    expect([shop.order(501).state, shop.order(2).state]).toEqual(["expired", "expired"]);
    expect(shop.order(1).state).toBe("pending");
  });

  test("a late clock takes nothing from an order that was paid meanwhile", () => {
    const shop = new Shop({}, 1);
    shop.reserve(1);
    shop.pastDeadline();
    shop.pay(1);
    shop.store.tick(shop.nowMs);
    expect(shop.order(1).state).toBe("delivered");
  });
});

test("the version grows by one at each change, and the history tells each", () => {
  const shop = new Shop({}, 1);
  shop.reserve(1);
  shop.pastDeadline();
  shop.store.tick(shop.nowMs);
  shop.pay(1);
  const { version, history } = shop.order(1);
  expect(version).toBe(3);
  expect(history.map((entry) => [entry.event, entry.state, entry.by])).toEqual([
    ["place", "pending", "buyer"],
    ["lapse", "expired", "clock"],
    ["pay", "delivered", "gateway"],
  ]);
});

test("an order that nobody paid was never paid: not when it lapses, and not when it is cancelled", () => {
  const shop = new Shop({}, 2);
  shop.reserve(1);
  shop.store.cancel({ orderId: order(1), by: "buyer" }, shop.nowMs);
  shop.reserve(2);
  shop.pastDeadline();
  shop.store.tick(shop.nowMs);
  expect(shop.order(1)).toMatchObject({ state: "cancelled", paidAtMs: null });
  expect(shop.order(2)).toMatchObject({ state: "expired", paidAtMs: null });
});
