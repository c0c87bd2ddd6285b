import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BeginRefund } from "../../durable-objects/product-stock/refund-contract.ts";
import type { RefundId } from "../../src/domain/ids.ts";
import { batch, fulfilment, keys, MERCHANT, order } from "./fixtures.ts";
import { Shop } from "./shop.ts";

/** Orders 1 to `count`, each paid too late for the one key that another has: all are owed keys. */
function waiting(count: number): Shop {
  const shop = new Shop({}, 1);
  for (let n = 1; n <= count; n++) {
    shop.reserve(n);
    shop.store.cancel({ orderId: order(n), by: "buyer" }, shop.nowMs);
  }
  shop.reserve(100);
  shop.pay(100);
  for (let n = 1; n <= count; n++) {
    shop.pay(n);
    shop.nowMs++;
  }
  return shop;
}

const stop = (shop: Shop, n: number) => shop.store.stopWaiting({ orderId: order(n) }, shop.nowMs);

function restock(shop: Shop, count: number, name = "more"): void {
  shop.store.importKeys(batch(name, keys(count, name)), shop.nowMs);
}

const refundOf = (n: number): BeginRefund => ({
  orderId: order(n),
  merchantId: MERCHANT,
  refundId: `re_0000000000000000000${n}` as RefundId,
  payment: null,
  amountMinor: null,
  keys: "void",
  method: "gateway",
  reason: "the buyer did not want to wait",
  refundNo: null,
  onlyWhile: "unfilled",
});

describe("a buyer who stops waiting", () => {
  it("gets no keys any more: those that come go to the next who waits, and nobody can hand any over", () => {
    const shop = waiting(2);
    expect(stop(shop, 1)).toMatchObject({
      kind: "changed",
      order: { state: "unfilled", stoppedAtMs: shop.nowMs },
    });
    restock(shop, 5);
    expect(shop.order(1)).toMatchObject({ state: "unfilled", keys: [] });
    expect(shop.order(2).state).toBe("delivered");
    expect(shop.store.stock().free).toBe(4);
    const handed = shop.store.fulfil(fulfilment(1, keys(1, "hand")), shop.nowMs);
    expect(handed).toMatchObject({ kind: "refused", state: "unfilled" });
    expect(shop.store.owedWants()).toEqual([]);
    expect(shop.store.owedSinceMs()).toBeNull();
  });

  it("changes nothing by saying it again, not after the money has gone back either", () => {
    const shop = waiting(1);
    stop(shop, 1);
    const { version, stoppedAtMs, history } = shop.order(1);
    shop.nowMs += 5_000;
    expect(stop(shop, 1)).toMatchObject({ kind: "unchanged", order: { version, stoppedAtMs } });
    expect(history.at(-1)).toMatchObject({ event: "stop_waiting", by: "buyer", state: "unfilled" });
    shop.store.beginRefund(refundOf(1), shop.nowMs);
    expect(stop(shop, 1)).toMatchObject({ kind: "unchanged", order: { state: "refunded" } });
  });

  it.each(["pending", "delivered", "cancelled"])(
    "is told the state where the order is %s",
    (state) => {
      const shop = new Shop({}, 1);
      shop.reserve(1);
      if (state === "delivered") shop.pay(1);
      if (state === "cancelled") shop.store.cancel({ orderId: order(1), by: "buyer" }, shop.nowMs);
      const before = shop.order(1);
      expect(stop(shop, 1)).toMatchObject({ kind: "refused", state });
      expect(shop.order(1)).toEqual(before);
      expect(shop.store.stopWaiting({ orderId: order(9) }, shop.nowMs).kind).toBe("unknown");
    },
  );

  it("still wants the money where the gateway refuses it: no import fills the order", () => {
    const shop = waiting(1);
    stop(shop, 1);
    const { refundId } = refundOf(1);
    shop.store.beginRefund(refundOf(1), shop.nowMs);
    const end = { kind: "refused", reason: "too_old" } as const;
    shop.store.settleRefund({ orderId: order(1), refundId, end }, shop.nowMs);
    restock(shop, 3);
    expect(shop.order(1)).toMatchObject({ state: "unfilled", keys: [] });
    expect(shop.order(1).stoppedAtMs).not.toBeNull();
  });

  it("is remembered by the archive", () => {
    const shop = waiting(1);
    stop(shop, 1);
    const { refundId } = refundOf(1);
    shop.store.beginRefund(refundOf(1), shop.nowMs);
    const end = { kind: "done", refundNo: "R" } as const;
    shop.store.settleRefund({ orderId: order(1), refundId, end }, shop.nowMs);
    const before = shop.order(1);
    shop.store.restore(shop.archive(1));
    expect(shop.order(1)).toEqual(before);
  });
});

it("has either the keys or the money, in whatever order the stop, the refund and the imports come", () => {
  const step = fc.constantFrom("stop", "import", "refund", "fulfil");
  fc.assert(
    fc.property(fc.array(step, { minLength: 2, maxLength: 8 }), (steps) => {
      const shop = waiting(1);
      for (const [at, act] of steps.entries()) {
        if (act === "stop") stop(shop, 1);
        if (act === "import") restock(shop, 1, `batch-${at}`);
        if (act === "refund") shop.store.beginRefund(refundOf(1), shop.nowMs);
        if (act === "fulfil") {
          shop.store.fulfil(fulfilment(1, keys(1, `hand-${at}`), `act-${at}`), shop.nowMs);
        }
        const { state, keys: had, refunds = [], stoppedAtMs } = shop.order(1);
        expect(had.length > 0 && refunds.length > 0).toBe(false);
        if (had.length > 0) expect(stoppedAtMs).toBeNull();
        if (refunds.length > 0) expect(state).toBe("refunded");
      }
      // Who came first has it: a stop before any key, or a key before any stop.
      const first = steps.find((act) => act !== "refund") ?? null;
      if (first === "stop") expect(shop.order(1).keys).toEqual([]);
    }),
  );
});
