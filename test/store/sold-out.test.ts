import { describe, expect, test } from "vitest";
import type { SoldOutReport } from "../../durable-objects/product-stock/sold-out-contract.ts";
import { ProductStockStore } from "../../durable-objects/product-stock/store.ts";
import { BloomFilter } from "../../src/domain/memory/bloom-filter.ts";
import { fromBase64 } from "../../src/domain/encoding.ts";
import { sqliteSql } from "../support/node/sqlite-sql.ts";
import { batch, keys, NOW_MS, order, request, VARIANTS } from "./fixtures.ts";
import { Shop } from "./shop.ts";

const THERE = 7 + 2 ** 24;

function filterOf({ knownOrders }: SoldOutReport): BloomFilter {
  const bytes = fromBase64(knownOrders?.bits ?? "");
  if (knownOrders === null || bytes === null) throw new Error("there is no filter");
  return new BloomFilter(bytes, knownOrders.hashes);
}

const report = (shop: Shop) => shop.store.soldOut(shop.nowMs);

describe("what an object says of being sold out", () => {
  test("counts what is free, and names the terms that it sells by", () => {
    const shop = new Shop({ version: 4 }, 3);
    shop.reserve(1, { termsVersion: 4 });
    expect(report(shop)).toMatchObject({ termsVersion: 4, free: { "": 2 }, isMoving: false });
  });

  test("counts for each variant what an order for it could get", () => {
    const shop = new Shop({ variants: VARIANTS });
    const ofMonth = keys(2, "m").map((key) => ({ ...key, variantId: "m" }));
    shop.store.importKeys(batch("m", ofMonth), NOW_MS);
    expect(report(shop).free).toEqual({ m: 2, y: 0 });
    shop.store.importKeys(batch("any", keys(1, "any")), NOW_MS);
    expect(report(shop).free).toEqual({ m: 3, y: 1 });
  });

  test("is said after the holds that are due have lapsed, however late the alarm is", () => {
    const shop = new Shop({}, 1);
    shop.reserve(1);
    expect(report(shop).free).toEqual({ "": 0 });
    shop.pastDeadline();
    expect(report(shop).free).toEqual({ "": 1 });
    expect(shop.order(1).state).toBe("expired");
  });

  test("knows every order, whatever became of it and wherever it is", () => {
    const shop = new Shop({}, 5);
    for (const n of [1, 2, 3]) shop.reserve(n);
    const before = filterOf(report(shop));
    shop.store.cancel({ orderId: order(2), by: "buyer" }, shop.nowMs);
    shop.pay(3);
    shop.archive(3);
    for (const n of [4, 5]) shop.reserve(n);
    const after = filterOf(report(shop));
    expect([1, 2, 3, 4].map((n) => before.mayHave(order(n)))).toEqual([true, true, true, false]);
    expect([1, 2, 3, 4, 5].every((n) => after.mayHave(order(n)))).toBe(true);
    // An instance that begins anew reads it from the rows.
    const again = new ProductStockStore(sqliteSql(shop.database));
    expect(filterOf(again.soldOut(shop.nowMs))).toEqual(after);
  });

  test("knows an order of its own transaction, and does not deny one that was undone", () => {
    const shop = new Shop({}, 2);
    filterOf(report(shop));
    const within = shop.store.transaction(() => {
      shop.store.reserve([request(1)], shop.nowMs);
      return shop.store.soldOut(shop.nowMs);
    });
    expect(filterOf(within).mayHave(order(1))).toBe(true);
    expect(() =>
      shop.store.transaction(() => {
        shop.store.reserve([request(2)], shop.nowMs);
        throw new Error("undone");
      }),
    ).toThrow("undone");
    expect(filterOf(report(shop)).mayHave(order(1))).toBe(true);
  });

  test("goes on knowing them as they become many", () => {
    const shop = new Shop({}, 3_000);
    for (let n = 1; n <= 2_999; n++) {
      shop.reserve(n);
      if (n % 1_000 === 999) shop.store.soldOut(shop.nowMs);
    }
    const filter = filterOf(report(shop));
    let denied = 0;
    for (let n = 1; n <= 2_999; n++) if (!filter.mayHave(order(n))) denied++;
    expect(denied).toBe(0);
    let taken = 0;
    for (let n = 10_001; n <= 20_000; n++) if (filter.mayHave(order(n))) taken++;
    expect(taken).toBeLessThan(300);
  });

  test("sends no filter where there is enough for everyone", () => {
    expect(report(new Shop({}, 20)).knownOrders).toBeNull();
    expect(report(new Shop({}, 19)).knownOrders).not.toBeNull();
  });

  test("is not to be relied on while keys are on their way to another shard", () => {
    const shop = new Shop({ shards: 2 }, 1);
    const transfer = shop.store.lend({ to: THERE, variantId: null, quantity: 1 }, shop.nowMs);
    expect(report(shop)).toMatchObject({ free: { "": 0 }, isMoving: true, knownOrders: null });
    shop.store.settle(transfer?.number ?? 0);
    expect(report(shop)).toMatchObject({ free: { "": 0 }, isMoving: false });
  });

  test("is nothing where no terms have come", () => {
    const store = new ProductStockStore(sqliteSql());
    expect(store.soldOut(NOW_MS)).toEqual({
      termsVersion: null,
      free: {},
      isMoving: true,
      knownOrders: null,
    });
  });
});
