import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RefundId } from "../../src/domain/ids.ts";
import type { Terms } from "../../src/domain/product/terms.ts";
import { batch, fulfilment, key, keys, MERCHANT, order, PRICE_MINOR, terms } from "./fixtures.ts";
import { Shop } from "./shop.ts";

const AS_THEY_FIT: Partial<Terms> = { money: { waitList: "as_they_fit" } };

/** Orders 1, 2, … of those quantities, paid in this order, long after their holds; nothing is left for them. */
function line(quantities: readonly number[], changes: Partial<Terms> = {}, left = 0): Shop {
  const shop = new Shop(changes, 100);
  for (const [place, quantity] of quantities.entries()) {
    shop.reserve(place + 1, { quantity });
    shop.store.cancel({ orderId: order(place + 1), by: "buyer" }, shop.nowMs);
  }
  shop.reserve(1_000, { quantity: 100 - left });
  for (const [place, quantity] of quantities.entries()) {
    shop.nowMs++;
    shop.pay(place + 1, { money: { amountMinor: quantity * PRICE_MINOR, currency: "CNY" } });
  }
  return shop;
}

let batches = 0;
function restock(shop: Shop, count: number): void {
  const name = `more-${++batches}`;
  shop.store.importKeys(batch(name, keys(count, name)), shop.nowMs);
}

const states = (shop: Shop, count: number) =>
  Array.from({ length: count }, (_, place) => shop.order(place + 1).state);

describe("a large order that waits for keys", () => {
  it("has them set aside as they come, and no later order nor new buyer overtakes it", () => {
    const shop = line([5, 1, 1]);
    restock(shop, 3);
    expect(shop.order(1)).toMatchObject({ state: "unfilled", setAside: 3, keys: [] });
    expect(states(shop, 3)).toEqual(["unfilled", "unfilled", "unfilled"]);
    expect(shop.reserve(9)).toMatchObject({ kind: "sold_out", available: 0 });
    const before = shop.order(1).version;
    restock(shop, 3);
    expect(shop.order(1).version).toBeGreaterThan(before);
    expect(shop.order(1).keys).toHaveLength(5);
    expect(states(shop, 3)).toEqual(["delivered", "delivered", "unfilled"]);
    expect(shop.store.stock()).toMatchObject({ free: 0, sold: 6 });
  });

  it("has what is left set aside at the moment of its payment", () => {
    const shop = line([5], {}, 3);
    expect(shop.order(1)).toMatchObject({ state: "unfilled", setAside: 3 });
    expect(shop.store.stock()).toMatchObject({ free: 0, held: 100 });
  });

  it("is passed by those that fit where its product says so", () => {
    const shop = line([5, 1, 1], AS_THEY_FIT);
    restock(shop, 3);
    expect(shop.order(1)).toMatchObject({ state: "unfilled", setAside: 0 });
    expect(states(shop, 3)).toEqual(["unfilled", "delivered", "delivered"]);
    expect(shop.store.stock().free).toBe(1);
  });

  it("keeps what was set aside when its product changes its mind, and is whole with the rest", () => {
    const shop = line([5, 4]);
    restock(shop, 3);
    shop.store.configure(terms({ version: 2, ...AS_THEY_FIT }));
    restock(shop, 2);
    expect(states(shop, 2)).toEqual(["delivered", "unfilled"]);
  });

  it("gives them to the next when its buyer stops, is given other keys, or has the money back", () => {
    const leave = {
      stops: (shop: Shop) => shop.store.stopWaiting({ orderId: order(1) }, shop.nowMs),
      fulfilled: (shop: Shop) => shop.store.fulfil(fulfilment(1, keys(5, "by hand")), shop.nowMs),
      refunded: (shop: Shop) =>
        shop.store.beginRefund(
          {
            orderId: order(1),
            merchantId: MERCHANT,
            refundId: "re_00000000000000000001" as RefundId,
            payment: null,
            amountMinor: null,
            keys: "void",
            method: "hand",
            reason: "",
            refundNo: null,
          },
          shop.nowMs,
        ),
    };
    for (const leaves of Object.values(leave)) {
      const shop = line([5, 2, 1]);
      restock(shop, 4);
      expect(shop.order(1).setAside).toBe(4);
      leaves(shop);
      expect(shop.order(1).setAside).toBe(0);
      expect(states(shop, 3).slice(1)).toEqual(["delivered", "delivered"]);
      expect(shop.store.stock()).toMatchObject({ free: 1 });
    }
  });

  it("is back in its place when the gateway refuses to give the money back", () => {
    const shop = line([2, 2]);
    restock(shop, 1);
    const refundId = "re_00000000000000000002" as RefundId;
    const asked = { payment: null, amountMinor: null, keys: "void", reason: "" } as const;
    const named = { orderId: order(1), refundId };
    shop.store.beginRefund(
      { ...named, ...asked, merchantId: MERCHANT, method: "gateway", refundNo: null },
      shop.nowMs,
    );
    expect(shop.order(2).setAside).toBe(1);
    const end = { kind: "refused", reason: "too old" } as const;
    shop.store.settleRefund({ ...named, end }, shop.nowMs);
    restock(shop, 2);
    expect(states(shop, 2)).toEqual(["delivered", "unfilled"]);
    restock(shop, 1);
    expect(states(shop, 2)).toEqual(["delivered", "delivered"]);
  });

  it("is not given keys that came to the end of their life while they were set aside", () => {
    const shop = line([2]);
    const dying = key("dying", { expiresAtMs: shop.nowMs + 1_000 });
    shop.store.importKeys(batch("dying", [dying]), shop.nowMs);
    expect(shop.order(1).setAside).toBe(1);
    shop.nowMs += 2_000;
    restock(shop, 1);
    expect(shop.order(1)).toMatchObject({ state: "unfilled", setAside: 1 });
    restock(shop, 1);
    const names = shop.order(1).keys.map(({ fingerprint }) => fingerprint);
    expect(names).toHaveLength(2);
    expect(names).not.toContain("print-dying");
  });
});

it("orders are filled in the order of their payment, whatever their quantities and however keys trickle in", () => {
  const quantities = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 8 });
  const restocks = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 12 });
  fc.assert(
    fc.property(quantities, restocks, (wanted, counts) => {
      const shop = line(wanted);
      let given = 0;
      for (const count of counts) {
        restock(shop, count);
        given += count;
        let left = given;
        for (const [place, quantity] of wanted.entries()) {
          const { state, setAside } = shop.order(place + 1);
          const served = Math.min(left, quantity);
          left -= served;
          expect(state).toBe(served === quantity ? "delivered" : "unfilled");
          expect(setAside).toBe(served === quantity ? 0 : served);
        }
        expect(shop.store.stock().free).toBe(left);
        expect(shop.store.checkOrders("", 100, shop.nowMs).findings).toEqual([]);
      }
    }),
  );
});
