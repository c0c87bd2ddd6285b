import { describe, expect, test } from "vitest";
import { ARCHIVED_CHARACTERS_MAX } from "../../durable-objects/product-stock/archive-contract.ts";
import { ProductStockStore } from "../../durable-objects/product-stock/store.ts";
import { sqliteSql } from "../support/node/sqlite-sql.ts";
import {
  batch,
  fulfilment,
  key,
  keys,
  order,
  OTHER_MERCHANT,
  payment,
  request,
} from "./fixtures.ts";
import { Shop } from "./shop.ts";

function soldShop(changes: ConstructorParameters<typeof Shop>[0] = {}): Shop {
  const shop = new Shop(changes, 5);
  shop.reserve(1);
  shop.pay(1);
  return shop;
}

describe("an order leaves", () => {
  test("with all that the object knew of it, its payments and the text of its keys", () => {
    const shop = soldShop();
    const before = shop.order(1);
    const record = shop.archive(1);
    expect(record).toEqual({ order: before, bodyHash: "body-1", fulfilRequest: null });
    expect(shop.store.order(order(1))).toBeNull();
    const { orders, payments, outbox, keys: rows } = shop.dump();
    expect([orders, payments, outbox]).toEqual([[], [], []]);
    expect(rows?.[0]).toMatchObject({ row: 1, state: "sold", order_id: order(1), sealed: "" });
  });

  test.each([
    ["pending", (shop: Shop) => shop.reserve(2)],
    ["unfilled", (shop: Shop) => unfilled(shop)],
  ])("never while it is %s", (_, make) => {
    const shop = new Shop({}, 1);
    make(shop);
    const { version } = shop.order(2);
    shop.store.acknowledge([{ id: order(2), version }]);
    expect(shop.store.readForArchive([order(2)])).toEqual({ orders: [], gone: [] });
    expect(shop.store.prune([{ id: order(2), version }])).toEqual([]);
  });

  test("never before the order book has said that it holds it", () => {
    const shop = soldShop();
    const { version } = shop.order(1);
    expect(shop.store.readForArchive([order(1)]).orders).toEqual([]);
    expect(shop.store.prune([{ id: order(1), version }])).toEqual([]);
    expect(shop.order(1).state).toBe("delivered");
  });

  test("never as of another version than the archive holds", () => {
    const shop = soldShop();
    const { version } = shop.order(1);
    shop.store.acknowledge([{ id: order(1), version }]);
    expect(shop.store.prune([{ id: order(1), version: version - 1 }])).toEqual([]);
    shop.pay(1, { tradeNo: "a second one" });
    shop.store.acknowledge([{ id: order(1), version: version + 1 }]);
    expect(shop.store.prune([{ id: order(1), version }])).toEqual([]);
    expect(shop.order(1).payments).toHaveLength(2);
  });

  test("never with a change that the same commit has yet to tell the order book of", () => {
    const shop = soldShop();
    const { id, version } = shop.order(1);
    shop.store.acknowledge([{ id, version }]);
    const gone = shop.store.transaction(() => {
      shop.pay(1, { tradeNo: "a-second-one" });
      return shop.store.prune([{ id, version: version + 1 }]);
    });
    expect(gone).toEqual([]);
    expect(shop.store.claimDueMessages(shop.nowMs)).toEqual([
      { orderId: id, version: version + 1 },
    ]);
  });

  test("never if it is larger than the archive takes", () => {
    const shop = new Shop({ delivery: "manual" });
    shop.reserve(1, { quantity: 10, amountMinor: 10_000 });
    shop.pay(1, { money: { amountMinor: 10_000, currency: "CNY" } });
    const size = ARCHIVED_CHARACTERS_MAX / 10;
    const large = Array.from({ length: 10 }, (_, n) => key(n, { sealed: "s".repeat(size) }));
    shop.store.fulfil(fulfilment(1, large), shop.nowMs);
    const { version } = shop.order(1);
    shop.store.acknowledge([{ id: order(1), version }]);
    expect(shop.store.readForArchive([order(1)])).toEqual({ orders: [], gone: [] });
  });

  test("once: asked again, it is gone, at that version", () => {
    const shop = soldShop();
    const { version } = shop.archive(1).order;
    const before = shop.dump();
    expect(shop.store.prune([{ id: order(1), version }])).toEqual([{ id: order(1), version }]);
    expect(shop.store.prune([{ id: order(1), version: version + 1 }])).toEqual([]);
    const gone = [{ id: order(1), version }];
    expect(shop.store.readForArchive([order(1)])).toEqual({ orders: [], gone });
    expect(shop.dump()).toEqual(before);
  });
});

describe("what an order leaves behind keeps every promise", () => {
  test("no key comes from nowhere or goes nowhere, and the stock's copies stay good", () => {
    const shop = soldShop();
    const before = shop.store.stock();
    shop.archive(1);
    expect(shop.store.stock()).toEqual(before);
    expect(shop.store.keys({ state: null, afterRow: 0, limit: 10 }).keys).toHaveLength(5);
  });

  test("a key that was sold is a duplicate when it is imported again", () => {
    const shop = soldShop();
    shop.archive(1);
    const again = shop.store.importKeys(batch("again", keys(5)), shop.nowMs);
    expect(again).toMatchObject({ accepted: 0, duplicates: [0, 1, 2, 3, 4] });
  });

  test("its idempotency key makes no second order, however late", () => {
    const shop = soldShop();
    shop.archive(1);
    shop.nowMs += 10 * 365 * 24 * 3600_000;
    expect(shop.reserve(1)).toEqual({ kind: "reused", archived: true });
    expect(shop.reserve(1, { bodyHash: "other" })).toEqual({ kind: "reused" });
    expect(shop.store.stock()).toMatchObject({ sold: 1, held: 0 });
  });

  test("the buyer's limit counts what was bought, and not what was given back", () => {
    const shop = new Shop({ limits: { perOrder: 10, perBuyer: 3 } }, 10);
    const buyer = { email: "one@example.com" };
    shop.reserve(1, { ...buyer, quantity: 2 });
    shop.pay(1, { money: { amountMinor: 2_000, currency: "CNY" } });
    shop.reserve(2, buyer);
    shop.store.cancel({ orderId: order(2), by: "buyer" }, shop.nowMs);
    shop.archive(1);
    shop.archive(2);
    expect(shop.reserve(3, { ...buyer, quantity: 2 })).toMatchObject({ kind: "limit_reached" });
    expect(shop.reserve(4, buyer)).toMatchObject({ kind: "reserved" });
  });

  test("a transaction number that paid it pays no other order", () => {
    const shop = soldShop();
    shop.archive(1);
    shop.reserve(2);
    expect(shop.pay(2, { tradeNo: "trade-1" })).toMatchObject({ verdict: "trade_reused" });
    expect(shop.order(2).state).toBe("pending");
  });

  test("a number whose sum it did not take may still pay another", () => {
    const shop = new Shop({}, 2);
    shop.reserve(1);
    shop.pay(1, { money: { amountMinor: 1, currency: "CNY" } });
    shop.store.cancel({ orderId: order(1), by: "buyer" }, shop.nowMs);
    shop.archive(1);
    shop.reserve(2);
    expect(shop.pay(2, { tradeNo: "trade-1" })).toMatchObject({ verdict: "delivered" });
  });

  test("another merchant's payment does not learn that it ever was", () => {
    const shop = soldShop();
    shop.archive(1);
    const other = shop.store.recordPayment(payment(1), OTHER_MERCHANT, shop.nowMs);
    expect(other).toEqual({ verdict: "unknown_order", order: null });
  });

  test("a new instance over the same rows knows it as well", () => {
    const shop = soldShop();
    shop.archive(1);
    const again = new ProductStockStore(sqliteSql(shop.database));
    expect(again.reserve([request(1)], shop.nowMs)).toEqual([{ kind: "reused", archived: true }]);
  });
});

describe("an order comes back", () => {
  test("exactly as it left: every row, and nothing for the order book to learn", () => {
    const shop = new Shop({}, 5);
    shop.store.importKeys(batch("noted", [key("n", { note: "EU" })]), shop.nowMs);
    shop.reserve(1, { quantity: 6 });
    shop.pay(1, { money: { amountMinor: 1, currency: "CNY" }, tradeNo: "wrong" });
    shop.pay(1, { money: { amountMinor: 6_000, currency: "CNY" } });
    shop.pay(1, { money: { amountMinor: 6_000, currency: "CNY" }, tradeNo: "surplus" });
    shop.store.acknowledge([{ id: order(1), version: shop.order(1).version }]);
    const before = shop.dump();
    const record = shop.archive(1);
    expect(shop.store.restore(record)).toEqual({ kind: "restored" });
    expect(shop.dump()).toEqual(before);
  });

  test("for late money, which is judged as ever", () => {
    const shop = new Shop({}, 1);
    shop.reserve(1);
    shop.pastDeadline();
    shop.store.tick(shop.nowMs);
    const record = shop.archive(1);
    expect(shop.pay(1)).toEqual({ verdict: "unknown_order", order: null, archived: true });
    shop.store.restore(record);
    expect(shop.pay(1)).toMatchObject({ verdict: "late_delivered", order: { version: 3 } });
  });

  test("once: who comes second finds it there, and undoes nothing", () => {
    const shop = soldShop();
    const record = shop.archive(1);
    shop.store.restore(record);
    shop.pay(1, { tradeNo: "since then" });
    const before = shop.dump();
    expect(shop.store.restore(record)).toEqual({ kind: "present" });
    expect(shop.dump()).toEqual(before);
  });

  test("only onto its own tombstone", () => {
    const shop = soldShop();
    const record = shop.archive(1);
    const before = shop.dump();
    const older = { ...record, order: { ...record.order, version: 1 } };
    const stranger = { ...record, order: { ...record.order, id: order(2) } };
    for (const wrong of [older, stranger, { ...record, bodyHash: "other" }]) {
      expect(shop.store.restore(wrong)).toEqual({ kind: "refused" });
    }
    expect(shop.dump()).toEqual(before);
  });

  test("with every key, or not at all", () => {
    const shop = soldShop();
    const record = shop.archive(1);
    const before = shop.dump();
    const mended = record.order.keys.map((sold) => ({ ...sold, fingerprint: "another" }));
    const wrong = { ...record, order: { ...record.order, keys: mended } };
    expect(() => shop.store.restore(wrong)).toThrow(/came back/);
    expect(shop.dump()).toEqual(before);
  });

  test("and what asked for it in vain learns where it is", () => {
    const shop = soldShop();
    shop.archive(1);
    const unknown = { kind: "unknown", archived: true };
    expect(shop.store.cancel({ orderId: order(1), by: "buyer" }, shop.nowMs)).toEqual(unknown);
    expect(shop.store.fulfil(fulfilment(1, []), shop.nowMs)).toEqual(unknown);
  });
});

describe("however long a shop sells", () => {
  const ORDERS = 800;

  function bytesOf(shop: Shop): number {
    shop.database.exec("DELETE FROM batches; VACUUM");
    return Number(shop.database.prepare("PRAGMA page_count").get()?.["page_count"]) * 4096;
  }

  /** What a shop keeps for each order, with names as long as real ones. */
  function bytesEach({ sold, left }: { sold: boolean; left: boolean }): number {
    const shop = new Shop({}, 1);
    const empty = bytesOf(shop);
    for (let n = 0; n < ORDERS; n++) {
      const bought = key(n, {
        sealed: "x".repeat(120),
        fingerprint: String(n).padStart(43, "f"),
      });
      if (sold) shop.store.importKeys(batch(`b-${n}`, [bought]), shop.nowMs);
      shop.reserve(n, { bodyHash: "0".repeat(64) });
      if (sold) shop.pay(n, { tradeNo: String(n).padStart(28, "t") });
      else shop.store.cancel({ orderId: order(n), by: "buyer" }, shop.nowMs);
      shop.store.acknowledge([{ id: order(n), version: 2 }]);
      if (left) shop.archive(n);
    }
    return (bytesOf(shop) - empty) / ORDERS;
  }

  test.each([
    ["sold", true, 0.6],
    ["never paid", false, 0.3],
  ])("an order that was %s costs a fraction of itself once it has left", (_, sold, fraction) => {
    const whole = bytesEach({ sold, left: false });
    expect(bytesEach({ sold, left: true })).toBeLessThan(fraction * whole);
  });

  test("its orders, payments and outbox stay as small as what is not settled", () => {
    const shop = new Shop({}, 4);
    const sizes = [];
    for (let cycle = 0; cycle < 5; cycle++) {
      for (let n = 20 * cycle; n < 20 * (cycle + 1); n++) {
        shop.reserve(n);
        shop.store.cancel({ orderId: order(n), by: "buyer" }, shop.nowMs);
        shop.archive(n);
      }
      shop.reserve(10_000 + cycle);
      const { orders, payments, outbox } = shop.dump();
      sizes.push([orders?.length, payments?.length, outbox?.length]);
      shop.store.cancel({ orderId: order(10_000 + cycle), by: "buyer" }, shop.nowMs);
      shop.archive(10_000 + cycle);
    }
    expect(new Set(sizes.map(String))).toEqual(new Set(["1,0,1"]));
  });
});

/** Order 2, paid for a key that order 3 was sold meanwhile. */
function unfilled(shop: Shop): void {
  shop.reserve(2);
  shop.pastDeadline();
  shop.reserve(3);
  shop.pay(2);
}
