import { describe, expect, it } from "vitest";
import type { AccountId } from "../../src/domain/ids.ts";
import type { PayableAccount } from "../../src/domain/payments/choice.ts";
import { placeOrder, type OrderRequest } from "../../src/flows/orders/place-order.ts";
import { MERCHANT, PRICE_MINOR, VARIANTS } from "../store/fixtures.ts";
import { listing, memoryShop } from "../support/node/memory-shop.ts";
import { payable } from "../support/node/payable.ts";

const request: OrderRequest = {
  merchantId: MERCHANT,
  product: "starter-key",
  variantId: null,
  quantity: 1,
  email: "buyer@example.com",
  locale: "en",
  paymentMethod: "epay",
  fields: {},
  lookupPassword: null,
  coupon: null,
  expectedAmountMinor: null,
  idempotencyKey: "a-key-of-this-page-0001",
  ticket: null,
  challenge: null,
  caller: { network: "192.0.2.1", country: null, asn: null, device: null },
  surface: "desktop",
};

describe("an order is placed once", () => {
  it("the same key and body again is the same order, and holds nothing more", async () => {
    const shop = memoryShop();
    const first = await placeOrder(shop, request);
    const second = await placeOrder(shop, request);
    expect(first).toMatchObject({ ok: true, value: { repeated: false } });
    expect(second).toMatchObject({ ok: true, value: { repeated: true } });
    expect(second.ok && second.value.order.id).toBe(first.ok && first.value.order.id);
    expect(shop.store.stock()).toMatchObject({ free: 4, held: 1 });
  });

  it("a wire that breaks after the commit leaves one order for the retry to find", async () => {
    const shop = memoryShop();
    shop.wire.failAfter = 1;
    await expect(placeOrder(shop, request)).rejects.toThrow("after the commit");
    expect(await placeOrder(shop, request)).toMatchObject({ ok: true, value: { repeated: true } });
    expect(shop.store.stock()).toMatchObject({ free: 4, held: 1 });
  });

  it("a wire that breaks before the call leaves nothing", async () => {
    const shop = memoryShop();
    shop.wire.failBefore = 1;
    await expect(placeOrder(shop, request)).rejects.toThrow("before the call");
    expect(shop.store.stock()).toMatchObject({ free: 5, held: 0 });
  });

  it("another body under the same key is refused and changes nothing", async () => {
    const shop = memoryShop();
    await placeOrder(shop, request);
    const other = await placeOrder(shop, { ...request, quantity: 2 });
    expect(other).toEqual({ ok: false, error: { reason: "idempotency_key_reused" } });
    expect(shop.store.stock()).toMatchObject({ free: 4, held: 1 });
  });

  it("the same key of another buyer is another order", async () => {
    const shop = memoryShop();
    const first = await placeOrder(shop, request);
    const second = await placeOrder(shop, { ...request, email: "other@example.com" });
    expect(second.ok && first.ok && second.value.order.id !== first.value.order.id).toBe(true);
  });

  it("a look-up password is part of the body, and never of the record", async () => {
    const shop = memoryShop();
    const placed = await placeOrder(shop, { ...request, lookupPassword: "swordfish" });
    expect(JSON.stringify(placed)).not.toContain("swordfish");
    const again = await placeOrder(shop, { ...request, lookupPassword: "another" });
    expect(again).toMatchObject({ ok: false, error: { reason: "idempotency_key_reused" } });
  });
});

describe("what the way to pay costs", () => {
  const dear = payable({ fee: { fixedMinor: 30, basisPoints: 100 }, feeBorneBy: "buyer" });
  const total = PRICE_MINOR + 30 + PRICE_MINOR / 100;
  const shopWith = (...accounts: PayableAccount[]) =>
    memoryShop({ remembered: { ...listing(), accounts } });

  it("is added to what the buyer pays, and the order says how much of it that is", async () => {
    const placed = await placeOrder(shopWith(dear), { ...request, expectedAmountMinor: total });
    const order = { amountMinor: total, feeMinor: total - PRICE_MINOR, paymentAccountId: dear.id };
    expect(placed).toMatchObject({ ok: true, value: { order } });
  });

  it("a buyer who was shown another sum is asked first", async () => {
    const shop = shopWith(dear);
    const placed = await placeOrder(shop, { ...request, expectedAmountMinor: PRICE_MINOR });
    const money = { amountMinor: total, currency: "CNY" };
    expect(placed).toEqual({ ok: false, error: { reason: "price_changed", money } });
    expect(shop.store.stock()).toMatchObject({ free: 5, held: 0 });
  });

  it("is the merchant's own matter where the merchant bears it", async () => {
    const placed = await placeOrder(shopWith({ ...dear, feeBorneBy: "merchant" }), request);
    const order = { amountMinor: PRICE_MINOR, feeMinor: 0 };
    expect(placed).toMatchObject({ ok: true, value: { order } });
  });

  it("a way to pay that does not take the sum, or does not work here, is refused with those that do", async () => {
    const other = payable({ id: "acct_other" as AccountId, slug: "other", method: "other" });
    const small = { ...dear, maxMinor: total - 1 };
    const refused = { reason: "payment_method_unavailable", methods: ["other"] };
    expect(await placeOrder(shopWith(small, other), request)).toEqual({
      ok: false,
      error: refused,
    });
    const phones = { ...dear, surfaces: ["phone" as const] };
    expect(await placeOrder(shopWith(phones, other), request)).toEqual({
      ok: false,
      error: refused,
    });
    const onPhone = { ...request, surface: "phone" } as const;
    expect(await placeOrder(shopWith(phones, other), onPhone)).toMatchObject({ ok: true });
  });

  it("the same request finds its order at its account, whoever else takes that method by then", async () => {
    const accounts = ["a", "b", "c"].map((name) => payable({ id: `acct_${name}` as AccountId }));
    const shop = shopWith(...accounts);
    const first = await placeOrder(shop, request);
    const account = first.ok ? first.value.order.paymentAccountId : null;
    const again = await placeOrder(shopWith(...accounts.toReversed()), request);
    expect(again).toMatchObject({ ok: true, value: { order: { paymentAccountId: account } } });
    shop.book.remembered = { ...listing(), accounts: [payable({ id: "acct_d" as AccountId })] };
    expect(await placeOrder(shop, request)).toEqual({
      ok: true,
      value: first.ok ? { ...first.value, repeated: true } : null,
    });
  });
});

describe("the price is the shop's", () => {
  it("an order under terms that the edge has not read yet is quoted anew", async () => {
    const held = listing({ version: 3 });
    const shop = memoryShop({ held });
    expect(await placeOrder(shop, request)).toMatchObject({ ok: true });
  });

  it("a price that rose meanwhile is asked about, with the new sum", async () => {
    const held = listing({ version: 2, priceMinor: PRICE_MINOR + 1 });
    const shop = memoryShop({ held });
    expect(await placeOrder(shop, request)).toEqual({
      ok: false,
      error: {
        reason: "price_changed",
        money: { amountMinor: PRICE_MINOR + 1, currency: "CNY" },
      },
    });
    expect(shop.store.stock()).toMatchObject({ held: 0 });
  });

  it("a buyer who has seen the new sum gets the order at once", async () => {
    const held = listing({ version: 2, priceMinor: PRICE_MINOR + 1 });
    const shop = memoryShop({ remembered: held, held });
    const expected = { ...request, expectedAmountMinor: PRICE_MINOR + 1 };
    expect(await placeOrder(shop, expected)).toMatchObject({
      ok: true,
      value: { order: { amountMinor: PRICE_MINOR + 1 } },
    });
  });

  it("a buyer who agrees to the new sum is served by an edge that still remembers the old one", async () => {
    const held = listing({ version: 2, priceMinor: PRICE_MINOR + 1 });
    const shop = memoryShop({ held });
    const agreed = { ...request, expectedAmountMinor: PRICE_MINOR + 1 };
    expect(await placeOrder(shop, agreed)).toMatchObject({
      ok: true,
      value: { order: { amountMinor: PRICE_MINOR + 1 } },
    });
  });

  it("a choice that the edge has not read yet is no wrong one", async () => {
    const held = listing({ version: 2, variants: [...VARIANTS] });
    const shop = memoryShop({ held });
    expect(await placeOrder(shop, { ...request, variantId: "m" })).toMatchObject({ ok: true });
  });

  it("an object that missed an edit is told the terms by the order that finds out", async () => {
    const shop = memoryShop({ held: listing({ version: 1 }) });
    const edited = listing({ version: 2, title: "Edited" });
    shop.book.remembered = edited;
    shop.book.held = edited;
    expect(await placeOrder(shop, request)).toMatchObject({
      ok: true,
      value: { order: { productTitle: "Edited" } },
    });
  });

  it("an order that was placed is given back though its price has changed since", async () => {
    const shop = memoryShop();
    const first = await placeOrder(shop, { ...request, expectedAmountMinor: PRICE_MINOR });
    const dearer = listing({ version: 2, priceMinor: 2 * PRICE_MINOR });
    shop.store.configure(dearer.product.terms);
    shop.book.remembered = dearer;
    shop.book.held = dearer;
    const again = await placeOrder(shop, { ...request, expectedAmountMinor: PRICE_MINOR });
    expect(again).toMatchObject({ ok: true, value: { repeated: true } });
    expect(first.ok && again.ok && again.value.order.amountMinor).toBe(PRICE_MINOR);
  });
});

describe("what is refused", () => {
  const cases: [string, Partial<OrderRequest>, object][] = [
    ["more than is left", { quantity: 6 }, { reason: "sold_out", available: 5 }],
    ["more than an order may have", { quantity: 101 }, { reason: "limit_reached", limit: 100 }],
    ["a coupon nobody issued", { coupon: "FREE" }, { reason: "coupon_invalid" }],
    [
      "a method that is not offered",
      { paymentMethod: "cash" },
      { reason: "payment_method_unavailable" },
    ],
    [
      "no method for what costs money",
      { paymentMethod: null },
      { reason: "payment_method_unavailable" },
    ],
    ["a variant of a product without any", { variantId: "m" }, { reason: "variant_invalid" }],
    ["a field that is not asked for", { fields: { uid: "7" } }, { reason: "fields_invalid" }],
  ];
  it.each(cases)("%s, and nothing is held", async (_title, changes, error) => {
    const shop = memoryShop();
    expect(await placeOrder(shop, { ...request, ...changes })).toMatchObject({ ok: false, error });
    expect(shop.store.stock()).toMatchObject({ free: 5, held: 0 });
  });

  it("an unknown product", async () => {
    const shop = memoryShop();
    shop.book.remembered = null;
    expect(await placeOrder(shop, request)).toMatchObject({ error: { reason: "product_unknown" } });
  });

  it("a product with variants sells none without a choice", async () => {
    const shop = memoryShop({ remembered: listing({ variants: VARIANTS }) });
    expect(await placeOrder(shop, request)).toMatchObject({
      error: { reason: "variant_invalid", variants: ["m", "y"] },
    });
  });
});

describe("what costs nothing", () => {
  it("is delivered with its keys in the same answer, whatever method is named", async () => {
    const shop = memoryShop({ remembered: listing({ priceMinor: 0 }) });
    const placed = await placeOrder(shop, { ...request, paymentMethod: "cash" });
    expect(placed).toMatchObject({
      ok: true,
      value: { order: { state: "delivered", amountMinor: 0, paymentMethod: null } },
    });
    expect(placed.ok && placed.value.order.keys).toHaveLength(1);
  });

  it("generated keys are distinct, open for their product, and are not made twice", async () => {
    const remembered = listing({ priceMinor: 0, keySource: "generated" });
    const shop = memoryShop({ stocked: 0, remembered });
    const placed = await placeOrder(shop, { ...request, quantity: 3 });
    await placeOrder(shop, { ...request, quantity: 3 });
    if (!placed.ok) throw new Error(placed.error.reason);
    const { order } = placed.value;
    const secrets = await Promise.all(
      order.keys.map((key) => shop.vault.openKey(order.productId, key)),
    );
    expect(new Set(secrets).size).toBe(3);
    for (const secret of secrets) expect(secret).toMatch(/^([0-9A-Z]{5}-){4}[0-9A-Z]{5}$/);
    expect(shop.store.stock()).toMatchObject({ sold: 3, free: 0, held: 0 });
  });
});
