import { describe, expect, test } from "vitest";
import type { Standing } from "../../src/domain/limits/limit-rules.ts";
import { placeOrder, type OrderRequest } from "../../src/flows/orders/place-order.ts";
import { MERCHANT } from "../store/fixtures.ts";
import { memoryShop } from "../support/node/memory-shop.ts";

const request: OrderRequest = {
  merchantId: MERCHANT,
  product: "starter-key",
  variantId: null,
  quantity: 1,
  email: "a.b+c@gmail.com",
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

/** A shop whose limits let through those keys that the test lets. */
function limitedShop(allows: (key: string) => boolean) {
  const shop = memoryShop();
  const asked: string[] = [];
  const limits = {
    ...shop.limits,
    take: async (questions: Parameters<typeof shop.limits.take>[0]) => {
      const standings: Standing[] = [];
      for (const { rule, key } of questions) {
        asked.push(`${rule.name} ${key}`);
        const allowed = allows(key);
        const wait = { arrivalMs: 0, remaining: 0, resetMs: 0, retryAfterMs: allowed ? 0 : 3_000 };
        standings.push({ rule, allowed, ...wait });
        if (!allowed) break;
      }
      return standings;
    },
  };
  return { ...shop, limits, asked };
}

describe("the limit before an order", () => {
  test("asks about the network and the mailbox, by the shop's settings", async () => {
    const shop = limitedShop(() => true);
    expect((await placeOrder(shop, request)).ok).toBe(true);
    expect(shop.asked).toEqual([
      `order-network ${MERCHANT} 192.0.2.1`,
      `order-email ${MERCHANT} ab@gmail.com`,
    ]);
  });

  test.each(["192.0.2.1", "ab@gmail.com"])(
    "refuses for %s, tells when to come back, and the object is asked nothing",
    async (refused) => {
      const shop = limitedShop((key) => !key.endsWith(refused));
      const placed = await placeOrder(shop, request);
      expect(placed).toMatchObject({
        ok: false,
        error: { reason: "too_many_requests", standing: { allowed: false, retryAfterMs: 3_000 } },
      });
      expect(shop.wire.calls).toBe(0);
    },
  );

  test("the order that was placed is found again once the limit lets through", async () => {
    let open = true;
    const shop = limitedShop(() => open);
    const first = await placeOrder(shop, request);
    open = false;
    expect((await placeOrder(shop, request)).ok).toBe(false);
    open = true;
    const again = await placeOrder(shop, request);
    expect(again).toMatchObject({ ok: true, value: { repeated: true } });
    expect(again.ok && first.ok && again.value.order.id === first.value.order.id).toBe(true);
  });
});
