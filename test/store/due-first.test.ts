import { describe, expect, test } from "vitest";
import type { Transfer } from "../../durable-objects/product-stock/shard-contract.ts";
import { ProductStockStore } from "../../durable-objects/product-stock/store.ts";
import { sqliteSql } from "../support/node/sqlite-sql.ts";
import { batch, key, NOW_MS, order } from "./fixtures.ts";
import { Shop } from "./shop.ts";

const THERE = 7 + 2 ** 24;

function lend(shop: Shop, quantity = 1): Transfer {
  const transfer = shop.store.lend({ to: THERE, variantId: null, quantity }, shop.nowMs);
  if (transfer === null) throw new Error("nothing was lent");
  return transfer;
}

describe("what has waited longest comes first", () => {
  test("keys are owed since the first of the orders that wait was paid", () => {
    const shop = new Shop({}, 2);
    for (const n of [1, 2]) {
      shop.reserve(n);
      shop.store.cancel({ orderId: order(n), by: "buyer" }, shop.nowMs);
    }
    shop.reserve(3, { quantity: 2 });
    const sinceMs = shop.nowMs;
    for (const n of [1, 2]) {
      shop.pay(n);
      shop.nowMs += 1_000;
    }
    expect(shop.store.owedSinceMs()).toBe(sinceMs);
  });

  test("transfers are due when the first of them is", () => {
    const shop = new Shop({ shards: 2 }, 2);
    const firstMs = shop.nowMs;
    lend(shop);
    shop.nowMs += 1_000;
    lend(shop);
    expect(shop.store.transfersDueAtMs()).toBe(firstMs + 5_000);
  });

  test("of many transfers fifty are brought to their end in one go, the oldest of them", () => {
    const shop = new Shop({ shards: 2 });
    for (let n = 0; n < 51; n++) {
      shop.store.importKeys(batch(`one-${n}`, [key(n)]), shop.nowMs);
      lend(shop);
      shop.nowMs += 1;
    }
    const claimed = shop.store.claimTransfers({ dueByMs: Infinity, nowMs: shop.nowMs });
    const numbers = claimed.map(({ transfer }) => transfer.number);
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, n) => n + 1));
  });
});

test("an object that nobody has told what it sells lends nothing and has lent nothing", () => {
  const store = new ProductStockStore(sqliteSql());
  store.importKeys(batch("early", [key("early")]), NOW_MS);
  expect(store.lend({ to: THERE, variantId: null, quantity: 1 }, NOW_MS)).toBeNull();
  expect(store.claimTransfers({ dueByMs: Infinity, nowMs: NOW_MS })).toEqual([]);
});

test("a transfer that is sent again is the same, key by key", () => {
  const shop = new Shop({ shards: 2 }, 3);
  const transfer = lend(shop, 3);
  const [again] = shop.store.claimTransfers({ dueByMs: Infinity, nowMs: shop.nowMs });
  expect(again).toEqual({ to: THERE, transfer });
});

test("a key that comes back is as it was sealed last", () => {
  const shop = new Shop({ shards: 2 }, 1);
  const { keys } = lend(shop);
  const resealed = keys.map((each) => ({ ...each, sealed: "2.sealed-anew" }));
  shop.store.receive({ from: THERE, number: 1, keys: resealed }, shop.nowMs);
  expect(shop.store.keys({ state: "free", afterRow: 0, limit: 9 }).keys).toMatchObject([
    { sealed: "2.sealed-anew" },
  ]);
});
