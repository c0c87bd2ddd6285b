import { describe, expect, test } from "vitest";
import { ProductStockStore } from "../../durable-objects/product-stock/store.ts";
import { feeOf } from "../../src/domain/payments/fee.ts";
import { sqliteSql } from "../support/node/sqlite-sql.ts";
import {
  ACCOUNT,
  batch,
  HOLD_SECONDS,
  key,
  keys,
  MERCHANT,
  NOW_MS,
  order,
  OTHER_MERCHANT,
  PRICE_MINOR,
  request,
  terms,
  VARIANTS,
} from "./fixtures.ts";
import { Shop } from "./shop.ts";

describe("an order is placed once", () => {
  test("reserving again with the same body answers the order as it is now, and holds nothing more", () => {
    const shop = new Shop({}, 3);
    const first = shop.reserve(1);
    expect(first).toMatchObject({ kind: "reserved", order: { state: "pending", version: 1 } });
    expect(shop.reserve(1)).toEqual({ kind: "repeated", order: shop.order(1) });
    shop.pay(1);
    expect(shop.reserve(1)).toMatchObject({ kind: "repeated", order: { state: "delivered" } });
    expect(shop.store.stock()).toMatchObject({ free: 2, held: 0, sold: 1 });
  });

  test("the same id with another body is refused, and the order stays", () => {
    const shop = new Shop({}, 3);
    shop.reserve(1);
    const before = shop.dump();
    expect(shop.reserve(1, { bodyHash: "other" })).toEqual({ kind: "reused" });
    expect(shop.dump()).toEqual(before);
  });

  test("twice in one batch is one order", () => {
    const shop = new Shop({}, 3);
    const outcomes = shop.store.reserve([request(1), request(1)], NOW_MS);
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(["reserved", "repeated"]);
    expect(shop.store.stock()).toMatchObject({ free: 2, held: 1 });
  });

  test("a repetition is answered by what was sold, not by the terms of today", () => {
    const shop = new Shop({}, 1);
    shop.reserve(1);
    shop.store.configure({ ...terms(), version: 2, status: "closed" });
    expect(shop.reserve(1).kind).toBe("repeated");
  });
});

describe("the fee of the way to pay", () => {
  const fee = { fixedMinor: 7, basisPoints: 50 };
  const total = PRICE_MINOR + feeOf(fee, PRICE_MINOR);

  test("is a part of what is paid, and only that sum pays the order", () => {
    const shop = new Shop({}, 2);
    const placed = shop.reserve(1, { fee, amountMinor: total });
    expect(placed).toMatchObject({
      kind: "reserved",
      order: { amountMinor: total, feeMinor: total - PRICE_MINOR, unitPriceMinor: PRICE_MINOR },
    });
    expect(shop.pay(1)).toMatchObject({ verdict: "mismatch" });
    const money = { amountMinor: total, currency: "CNY" } as const;
    expect(shop.pay(1, { tradeNo: "all", money })).toMatchObject({ verdict: "delivered" });
  });

  test.each([total - 1, total + 1, PRICE_MINOR])(
    "a sum of %i that is not price and fee together places nothing",
    (amountMinor) => {
      const shop = new Shop({}, 1);
      expect(shop.reserve(1, { fee, amountMinor })).toMatchObject({ kind: "terms_changed" });
      expect(shop.store.stock()).toMatchObject({ free: 1, held: 0 });
    },
  );

  test("a fee that no account may ask stops at the door", () => {
    const shop = new Shop({}, 1);
    for (const wrong of [
      { fixedMinor: -1, basisPoints: 0 },
      { fixedMinor: 0, basisPoints: 10_001 },
    ]) {
      const amountMinor = PRICE_MINOR + feeOf(wrong, PRICE_MINOR);
      expect(() => shop.reserve(1, { fee: wrong, amountMinor })).toThrow("fee");
    }
  });
});

test("an order shows what was asked, by which terms, and until when it is held", () => {
  const shop = new Shop({ variants: VARIANTS, limits: { perOrder: 2, perBuyer: 2 } });
  const given = [key("a", { note: "EU" }), key("b")];
  shop.store.importKeys(batch("two", given), NOW_MS);
  const asked = {
    variantId: "y",
    quantity: 2,
    amountMinor: 6 * PRICE_MINOR,
    locale: "zh-CN",
    fields: { account: "p" },
    lookupHash: "look-up",
    paymentMethod: "wechat",
  } as const;
  const placed = {
    id: order(1),
    version: 1,
    merchantId: MERCHANT,
    productId: terms().productId,
    productTitle: "Starter key",
    delivery: "auto",
    variantId: "y",
    variantTitle: "A year",
    quantity: 2,
    unitPriceMinor: 3 * PRICE_MINOR,
    amountMinor: 6 * PRICE_MINOR,
    discountMinor: 0,
    currency: "CNY",
    email: "buyer-1@example.com",
    locale: "zh-CN",
    fields: { account: "p" },
    lookupHash: "look-up",
    paymentAccountId: ACCOUNT,
    paymentMethod: "wechat",
    state: "pending",
    placedAtMs: NOW_MS,
    expiresAtMs: NOW_MS + HOLD_SECONDS * 1_000,
    paidAtMs: null,
    deliveredAtMs: null,
    keys: [],
    history: [{ atMs: NOW_MS, event: "place", state: "pending", by: "buyer" }],
    payments: [],
    review: null,
    risk: null,
    feeMinor: 0,
    refunds: [],
    reroutable: false,
    stoppedAtMs: null,
    setAside: 0,
    disputes: [],
  };
  expect(shop.reserve(1, asked)).toEqual({ kind: "reserved", order: placed });
  expect(shop.order(1)).toEqual(placed);
  shop.pay(1, { money: { amountMinor: 6 * PRICE_MINOR, currency: "CNY" } });
  expect(shop.order(1).keys).toEqual([
    { id: "key_0000071", sealed: "1.sealed-a", fingerprint: "print-a", note: "EU" },
    { id: "key_0000072", sealed: "1.sealed-b", fingerprint: "print-b", note: null },
  ]);
});

describe("what was quoted is what is sold", () => {
  test("terms of another version are refused with the version that holds", () => {
    const shop = new Shop({ version: 5 }, 1);
    expect(shop.reserve(1, { termsVersion: 4 })).toEqual({ kind: "terms_changed", version: 5 });
    expect(shop.reserve(1, { termsVersion: 6 })).toEqual({ kind: "terms_changed", version: 5 });
    expect(shop.reserve(1, { termsVersion: 5 }).kind).toBe("reserved");
  });

  test("a sum that the object would not ask is refused", () => {
    const shop = new Shop({}, 1);
    expect(shop.reserve(1, { amountMinor: PRICE_MINOR - 1 }).kind).toBe("terms_changed");
    expect(shop.reserve(1, { variantId: "none" }).kind).toBe("terms_changed");
    expect(shop.store.stock()).toMatchObject({ free: 1, held: 0 });
  });

  test("tiers and variants are priced by the object's own terms", () => {
    const tiers = [{ minQuantity: 3, unitPriceMinor: 800 }];
    const shop = new Shop({ priceTiers: tiers }, 3);
    expect(shop.reserve(1, { quantity: 3, amountMinor: 2_400 })).toMatchObject({
      kind: "reserved",
      order: { unitPriceMinor: 800, amountMinor: 2_400, discountMinor: 600 },
    });
  });

  test("older terms than the object's change nothing; another product's are a bug", () => {
    const shop = new Shop({ version: 5 }, 1);
    expect(shop.store.configure({ ...terms(), version: 4, title: "old" })).toEqual({ version: 5 });
    expect(shop.reserve(1, { termsVersion: 5 })).toMatchObject({
      order: { productTitle: "Starter key" },
    });
    for (const other of [{ productNumber: 8 }, { merchantId: OTHER_MERCHANT }]) {
      expect(() => shop.store.configure({ ...terms(), version: 9, ...other })).toThrow(TypeError);
    }
    expect(shop.store.configure({ ...terms(), version: 5, title: "other" })).toEqual({
      version: 5,
    });
    expect(shop.reserve(2, { termsVersion: 5 })).toMatchObject({ kind: "sold_out" });
    expect(shop.store.configure({ ...terms(), version: 6, title: "new" })).toEqual({ version: 6 });
    expect(shop.store.health().termsVersion).toBe(6);
  });
});

describe("the sale window", () => {
  const window = { opensAtMs: NOW_MS + 1_000, closesAtMs: NOW_MS + 2_000 };

  test("nothing is sold before it opens, nor from the moment it closes", () => {
    const shop = new Shop({ saleWindow: window }, 3);
    expect(shop.reserve(1)).toEqual({ kind: "not_on_sale", opensAtMs: window.opensAtMs });
    shop.nowMs = window.opensAtMs;
    expect(shop.reserve(1).kind).toBe("reserved");
    shop.nowMs = window.closesAtMs;
    expect(shop.reserve(2)).toEqual({ kind: "not_on_sale", opensAtMs: null });
  });

  test.each(["closed", "archived"] as const)("a product that is %s sells nothing", (status) => {
    const shop = new Shop({ status }, 3);
    expect(shop.reserve(1)).toEqual({ kind: "not_on_sale", opensAtMs: null });
  });
});

describe("limits", () => {
  test("an order above the per-order limit is refused, one at the limit is not", () => {
    const shop = new Shop({ limits: { perOrder: 2, perBuyer: null } }, 5);
    expect(shop.reserve(2, { quantity: 2 }).kind).toBe("reserved");
    expect(shop.reserve(1, { quantity: 3 })).toEqual({
      kind: "limit_reached",
      limit: 2,
      scope: "order",
    });
  });

  test("what a buyer holds, bought or is owed counts; what lapsed or was cancelled does not", () => {
    const shop = new Shop({ limits: { perOrder: 5, perBuyer: 2 } }, 9);
    const mine = { email: "a@example.com" };
    const refused = { kind: "limit_reached", limit: 2, scope: "buyer" };
    expect(shop.reserve(1, mine).kind).toBe("reserved");
    shop.pay(1);
    expect(shop.reserve(2, mine).kind).toBe("reserved");
    expect(shop.reserve(3, mine)).toEqual(refused);
    shop.store.cancel({ orderId: shop.order(2).id, by: "buyer" }, shop.nowMs);
    expect(shop.reserve(4, mine).kind).toBe("reserved");
    expect(shop.reserve(5, mine)).toEqual(refused);
    expect(shop.reserve(6, { email: "b@example.com" }).kind).toBe("reserved");
  });

  test("a buyer's limit is of keys, not of orders", () => {
    const shop = new Shop({ limits: { perOrder: 5, perBuyer: 3 } }, 9);
    const mine = { email: "a@example.com" };
    expect(shop.reserve(1, { ...mine, quantity: 2 }).kind).toBe("reserved");
    expect(shop.reserve(2, { ...mine, quantity: 2 }).kind).toBe("limit_reached");
    expect(shop.reserve(3, mine).kind).toBe("reserved");
    expect(shop.reserve(4, mine).kind).toBe("limit_reached");
  });

  test("a hold past its deadline no longer counts, though the alarm is late", () => {
    const shop = new Shop({ limits: { perOrder: 5, perBuyer: 1 } }, 9);
    const mine = { email: "a@example.com" };
    shop.reserve(1, mine);
    shop.pastDeadline();
    expect(shop.reserve(2, mine).kind).toBe("reserved");
    expect(shop.order(1).state).toBe("expired");
  });

  test("a buyer at their limit waits for no other's holds to lapse, however many are due", () => {
    const shop = new Shop({ limits: { perOrder: 5, perBuyer: 1 } }, 9);
    const mine = { email: "a@example.com" };
    for (const n of [1, 2, 3]) shop.reserve(n);
    shop.reserve(4, mine);
    shop.pastDeadline();
    expect(shop.reserve(5, mine).kind).toBe("reserved");
    expect(shop.reserve(6, mine)).toMatchObject({ kind: "limit_reached", scope: "buyer" });
    expect(shop.order(4).state).toBe("expired");
    expect([1, 2, 3].map((n) => shop.order(n).state)).toEqual(["pending", "pending", "pending"]);
  });
});

describe("whole or nothing", () => {
  test("a quantity beyond the stock takes nothing and says what there is", () => {
    const shop = new Shop({}, 2);
    expect(shop.reserve(1, { quantity: 3 })).toEqual({ kind: "sold_out", available: 2 });
    expect(shop.store.stock()).toMatchObject({ free: 2, held: 0 });
    expect(shop.store.order(request(1).orderId)).toBeNull();
  });

  test("a buyer who was refused may use the same order id when there is stock again", () => {
    const shop = new Shop({}, 0);
    expect(shop.reserve(1).kind).toBe("sold_out");
    shop.store.importKeys(batch("later", [key("new")]), shop.nowMs);
    expect(shop.reserve(1).kind).toBe("reserved");
  });

  test("keys are sold in the order in which they came", () => {
    const shop = new Shop({}, 5);
    shop.reserve(1);
    shop.reserve(2, { quantity: 3 });
    shop.reserve(3);
    const sold = (n: number, quantity = 1) =>
      shop
        .pay(n, { money: { amountMinor: quantity * PRICE_MINOR, currency: "CNY" } })
        .order?.keys.map(({ fingerprint }) => fingerprint);
    expect(sold(3)).toEqual(["print-key-4"]);
    expect(sold(2, 3)).toEqual(["print-key-1", "print-key-2", "print-key-3"]);
    expect(sold(1)).toEqual(["print-key-0"]);
  });

  test("holds that are due lapse before anyone is told that there is nothing", () => {
    const shop = new Shop({}, 2);
    shop.reserve(1, { quantity: 2 });
    expect(shop.reserve(2)).toEqual({ kind: "sold_out", available: 0 });
    shop.pastDeadline();
    expect(shop.reserve(2).kind).toBe("reserved");
    expect(shop.order(1).state).toBe("expired");
  });

  test("a hold that stands until this very millisecond has lapsed", () => {
    const shop = new Shop({}, 1);
    shop.reserve(1);
    shop.nowMs += HOLD_SECONDS * 1_000 - 1;
    expect(shop.reserve(2).kind).toBe("sold_out");
    shop.nowMs += 1;
    expect(shop.reserve(2).kind).toBe("reserved");
  });

  test("an expired key is void, never sold", () => {
    const shop = new Shop();
    const expiring = [key("old", { expiresAtMs: NOW_MS + 10 }), key("new")];
    shop.store.importKeys(batch("mixed", expiring), NOW_MS);
    shop.nowMs = NOW_MS + 10;
    expect(shop.reserve(1, { quantity: 2 })).toEqual({ kind: "sold_out", available: 1 });
    expect(shop.reserve(1)).toMatchObject({ kind: "reserved" });
    expect(shop.pay(1).order?.keys.map((sold) => sold.fingerprint)).toEqual(["print-new"]);
    expect(shop.store.stock()).toMatchObject({ free: 0, sold: 1, void: 1 });
  });

  test("the clock is due when the first key expires, and voids a thousand at a time", () => {
    const shop = new Shop();
    const old = keys(1_001).map((each) => ({ ...each, expiresAtMs: NOW_MS + 10 }));
    const later = key("later", { expiresAtMs: NOW_MS + 20 });
    shop.store.importKeys(batch("old", [later, ...old, key("for ever")]), NOW_MS);
    expect(shop.store.tickDueAtMs()).toBe(NOW_MS + 10);
    expect(shop.store.tick(NOW_MS + 9)).toBe(false);
    expect(shop.store.tick(NOW_MS + 10)).toBe(true);
    expect(shop.store.stock()).toMatchObject({ free: 3, void: 1_000 });
    expect(shop.store.tick(NOW_MS + 10)).toBe(false);
    expect(shop.store.stock()).toMatchObject({ free: 2, void: 1_001 });
    expect(shop.store.tickDueAtMs()).toBe(NOW_MS + 20);
  });
});

describe("variants", () => {
  const pool = (): Shop => {
    const shop = new Shop({ variants: VARIANTS });
    const sealed = [
      key("shared-1"),
      key("m-1", { variantId: "m" }),
      key("y-1", { variantId: "y" }),
      key("m-2", { variantId: "m" }),
    ];
    shop.store.importKeys(batch("variants", sealed), NOW_MS);
    return shop;
  };

  test("an order draws from its own variant first and then from what belongs to none", () => {
    const shop = pool();
    shop.reserve(1, { variantId: "m", quantity: 3 });
    const paid = shop.pay(1, { money: { amountMinor: 3 * PRICE_MINOR, currency: "CNY" } });
    const prints = paid.order?.keys.map((sold) => sold.fingerprint).toSorted();
    expect(prints).toEqual(["print-m-1", "print-m-2", "print-shared-1"]);
    expect(shop.store.stock().freeByVariant).toEqual({ y: 1 });
  });

  test("another variant's keys are never given", () => {
    const shop = pool();
    expect(shop.reserve(1, { variantId: "m", quantity: 4 })).toEqual({
      kind: "sold_out",
      available: 3,
    });
    expect(shop.store.stock()).toMatchObject({ free: 4, held: 0 });
  });
});

describe("other kinds of product", () => {
  test("a free order is delivered in the same transaction and cannot lapse", () => {
    const shop = new Shop({ priceMinor: 0 }, 2);
    const free = { paymentAccountId: null, paymentMethod: null, amountMinor: 0 };
    const outcome = shop.reserve(1, free);
    expect(outcome).toMatchObject({
      kind: "reserved",
      order: {
        state: "delivered",
        expiresAtMs: null,
        paidAtMs: NOW_MS,
        deliveredAtMs: NOW_MS,
        keys: [{ fingerprint: "print-key-0" }],
        history: [
          { event: "place", state: "pending", by: "buyer" },
          { atMs: NOW_MS, event: "free", state: "delivered", by: "clock" },
        ],
      },
    });
    shop.pastDeadline();
    shop.store.tick(shop.nowMs);
    expect(shop.order(1).state).toBe("delivered");
    expect(shop.store.stock()).toMatchObject({ free: 1, sold: 1 });
  });

  test("a free order of a manual product is owed at once", () => {
    const shop = new Shop({ priceMinor: 0, delivery: "manual" });
    expect(shop.reserve(1, { amountMinor: 0 })).toMatchObject({
      order: { state: "paid", expiresAtMs: null, paidAtMs: NOW_MS, deliveredAtMs: null, keys: [] },
    });
  });

  test("an order of a manual product is reserved like any other", () => {
    const shop = new Shop({ delivery: "manual" });
    expect(shop.reserve(1)).toMatchObject({ kind: "reserved", order: { state: "pending" } });
  });

  test("a manual product holds no keys, is never sold out, and lapses unpaid", () => {
    const shop = new Shop({ delivery: "manual" });
    expect(shop.reserve(1)).toMatchObject({ order: { state: "pending" } });
    shop.pastDeadline();
    shop.store.tick(shop.nowMs);
    expect(shop.order(1).state).toBe("expired");
    expect(shop.pay(1).verdict).toBe("paid");
  });

  test("generated keys are stored with the order they were made for, as its own", () => {
    const shop = new Shop({ keySource: "generated" });
    const minted = [key("g-1"), key("g-2")];
    shop.reserve(1, { quantity: 2, minted });
    expect(shop.store.stock()).toMatchObject({ free: 0, held: 2 });
    shop.reserve(1, { quantity: 2, minted: [key("g-3"), key("g-4")] });
    expect(shop.store.stock()).toMatchObject({ free: 0, held: 2 });
    const paid = shop.pay(1, { money: { amountMinor: 2 * PRICE_MINOR, currency: "CNY" } });
    expect(paid.order?.keys.map((sold) => sold.fingerprint)).toEqual(["print-g-1", "print-g-2"]);
  });

  test("generated keys of a free order are the buyer's at once, and of its variant", () => {
    const variants = VARIANTS.map((each) => ({ ...each, priceMinor: 0 }));
    const shop = new Shop({ keySource: "generated", variants });
    const minted = [key("g-1", { variantId: "y" })];
    expect(shop.reserve(1, { variantId: "m", amountMinor: 0, minted })).toMatchObject({
      kind: "reserved",
      order: { state: "delivered", keys: [{ fingerprint: "print-g-1" }] },
    });
    const [row] = shop.store.keys({ state: "sold", afterRow: 0, limit: 1 }).keys;
    expect(row).toMatchObject({ variantId: "m", orderId: order(1), batchId: null });
  });

  test("a late payment of a generated product finds the keys that its order gave back", () => {
    const shop = new Shop({ keySource: "generated" });
    shop.reserve(1, { minted: [key("g-1")] });
    shop.pastDeadline();
    shop.store.tick(shop.nowMs);
    expect(shop.pay(1).verdict).toBe("late_delivered");
  });

  test("fewer minted keys than the quantity are a caller's bug and place nothing", () => {
    const shop = new Shop({ keySource: "generated" });
    expect(() => shop.reserve(1, { quantity: 2, minted: [key("g-1")] })).toThrow(/minted/);
    expect(shop.store.order(request(1).orderId)).toBeNull();
  });
});

describe("the door", () => {
  test.each([
    ["a fraction", { quantity: 1.5 }],
    ["none", { quantity: 0 }],
    ["a negative sum", { amountMinor: -1 }],
    ["no e-mail", { email: "" }],
    ["no body hash", { bodyHash: "" }],
  ])("%s is an error, not a refusal, and nothing is written", (_, changes) => {
    const shop = new Shop({}, 2);
    const before = shop.dump();
    expect(() => shop.reserve(1, changes)).toThrow(TypeError);
    expect(shop.dump()).toEqual(before);
  });

  test("more requests than a batch may have are refused whole", () => {
    const shop = new Shop({}, 2);
    const many = Array.from({ length: 201 }, (_, n) => request(n));
    expect(() => shop.store.reserve(many, NOW_MS)).toThrow(TypeError);
  });
});

test("an object that has no terms yet sells nothing and says so", () => {
  const store = new ProductStockStore(sqliteSql());
  expect(store.reserve([request(1)], NOW_MS)).toEqual([{ kind: "terms_changed", version: null }]);
});
