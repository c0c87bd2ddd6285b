import { describe, expect, test } from "vitest";
import { SQL } from "../../durable-objects/product-stock/statements.ts";
import type { Terms } from "../../src/domain/product/terms.ts";
import { CountedSql } from "./counted-sql.ts";
import { batch, key, keys, order, PRICE_MINOR, request, terms, VARIANTS } from "./fixtures.ts";
import { Shop } from "./shop.ts";

/**
 * One thread serves the product, so what need not be asked is not asked. Counted in statements: a
 * number that does not hang on the machine.
 */
function counted(changes: Partial<Terms> = {}, keyCount = 0): { shop: Shop; sql: CountedSql } {
  const sql = new CountedSql();
  return { shop: new Shop(changes, keyCount, sql.wrap), sql };
}

/** `quantities[i]` keys are owed to order `i + 1`, all of them sold out from under it. */
function owing(
  quantities: readonly number[],
  changes: Partial<Terms> = {},
): { shop: Shop; sql: CountedSql } {
  const total = quantities.reduce((sum, quantity) => sum + quantity, 0);
  const limits = { perOrder: 1_000, perBuyer: null };
  const { shop, sql } = counted({ limits, ...changes }, total);
  for (const [place, quantity] of quantities.entries()) {
    shop.reserve(place + 1, { quantity });
    shop.store.cancel({ orderId: order(place + 1), by: "buyer" }, shop.nowMs);
  }
  shop.reserve(100_000, { quantity: total });
  for (const [place, quantity] of quantities.entries()) {
    const money = { amountMinor: quantity * PRICE_MINOR, currency: "CNY" } as const;
    shop.pay(place + 1, { money });
  }
  return { shop, sql };
}

const restock = (shop: Shop, count: number) => () =>
  shop.store.importKeys(batch(`more-${count}`, keys(count, `more-${count}`)), shop.nowMs);

const AS_THEY_FIT: Partial<Terms> = { money: { waitList: "as_they_fit" } };

describe("keys that come for orders that are owed some", () => {
  test("are asked for once where the first in line has what there is set aside", () => {
    const { shop, sql } = owing([3, 3, 4, 3, 2, 5]);
    expect(sql.during(restock(shop, 4), SQL.freeKeys, SQL.anyFree)).toEqual([2, 1]);
    expect(shop.store.stock()).toMatchObject({ free: 0, sold: 3 });
  });

  test("are asked for once by each quantity that cannot be had, not by each order", () => {
    const { shop, sql } = owing([3, 3, 4, 3, 2, 5], AS_THEY_FIT);
    // Three keys: the first takes them, and then there is nothing to ask for.
    expect(sql.during(restock(shop, 3), SQL.freeKeys, SQL.anyFree)).toEqual([2, 1]);
    // One key: 3, then 2 are too many; 4, 3 and 5 are known to be.
    expect(sql.during(restock(shop, 1), SQL.freeKeys, SQL.anyFree)).toEqual([2, 2]);
    expect(shop.store.stock()).toMatchObject({ free: 1, sold: 3 });
  });

  test("are read for in pages of fifty, the next where the last one ended", () => {
    const { shop, sql } = owing(Array.from({ length: 120 }, () => 1));
    expect(sql.during(restock(shop, 120), SQL.owedOrders)).toEqual([4]);
    for (let n = 1; n <= 120; n++) expect(shop.order(n).state).toBe("delivered");
  });

  test("that are too few for all who wait are looked for once by each page of those", () => {
    const { shop, sql } = owing(
      Array.from({ length: 60 }, () => 2),
      AS_THEY_FIT,
    );
    expect(sql.during(restock(shop, 1), SQL.owedOrders, SQL.freeKeys)).toEqual([3, 1]);
  });

  test("go to the order paid longest ago, also where many were paid in one millisecond", () => {
    const { shop } = owing(Array.from({ length: 120 }, () => 1));
    restock(shop, 60)();
    const states = Array.from({ length: 120 }, (_, place) => shop.order(place + 1).state);
    expect(states.lastIndexOf("delivered")).toBe(59);
    expect(states.indexOf("unfilled")).toBe(60);
  });

  test("of one variant do not wait for another's", () => {
    const { shop } = counted({ variants: VARIANTS });
    for (const [n, variantId] of [
      [1, "m"],
      [2, "y"],
    ] as const) {
      shop.store.importKeys(batch(`first-${n}`, [key(`first-${n}`, { variantId })]), shop.nowMs);
      const amountMinor = variantId === "y" ? 3 * PRICE_MINOR : PRICE_MINOR;
      shop.reserve(n, { variantId, amountMinor });
      shop.store.cancel({ orderId: order(n), by: "buyer" }, shop.nowMs);
      shop.reserve(n + 10, { variantId, amountMinor });
      shop.pay(n, { money: { amountMinor, currency: "CNY" } });
    }
    shop.store.importKeys(batch("y", [key("for y", { variantId: "y" })]), shop.nowMs);
    expect([shop.order(1).state, shop.order(2).state]).toEqual(["unfilled", "delivered"]);
  });

  test("are looked for by nobody where none came", () => {
    const { shop, sql } = counted({ delivery: "manual" });
    shop.reserve(1);
    const cancel = () => shop.store.cancel({ orderId: order(1), by: "buyer" }, shop.nowMs);
    expect(sql.during(cancel, SQL.owedOrders)).toEqual([0]);
    shop.reserve(2);
    shop.pastDeadline();
    const tick = () => shop.store.tick(shop.nowMs);
    expect(sql.during(tick, SQL.owedOrders)).toEqual([0]);
    expect(shop.order(2).state).toBe("expired");
    const empty = () => shop.store.importKeys(batch("empty", []), shop.nowMs);
    expect(sql.during(empty, SQL.owedOrders, SQL.insertKeys)).toEqual([0, 0]);
  });
});

describe("an order", () => {
  test("as it was placed is shown without asking for payments or keys", () => {
    const { shop, sql } = counted({}, 1);
    shop.reserve(1);
    const read = () => shop.order(1);
    expect(sql.during(read, SQL.paymentsOfOrder, SQL.soldKeys)).toEqual([0, 0]);
    shop.pay(1, { money: { amountMinor: 1, currency: "CNY" } });
    expect(sql.during(read, SQL.paymentsOfOrder, SQL.soldKeys)).toEqual([1, 0]);
  });

  test("in a list of many is served from one look at the pool", () => {
    const { shop, sql } = counted({}, 12);
    const list = Array.from({ length: 10 }, (_, n) => request(n));
    expect(sql.during(() => shop.store.reserve(list, shop.nowMs), SQL.freeKeys)).toEqual([1]);
    expect(shop.store.stock()).toMatchObject({ free: 2, held: 10 });
  });

  test("of one key moves it by its row, one of many in one statement", () => {
    const { shop, sql } = counted({}, 3);
    expect(sql.during(() => shop.reserve(1), SQL.moveKey, SQL.moveKeys)).toEqual([1, 0]);
    const two = () => shop.reserve(2, { quantity: 2 });
    expect(sql.during(two, SQL.moveKey, SQL.moveKeys)).toEqual([0, 1]);
  });

  test("that its own variant fills does not ask the shared pool, nor one without a variant twice", () => {
    const { shop, sql } = counted({ variants: VARIANTS });
    shop.store.importKeys(batch("m", [key("m", { variantId: "m" })]), shop.nowMs);
    const first = () => shop.reserve(1, { variantId: "m" });
    expect(sql.during(first, SQL.freeKeys)).toEqual([1]);
    const { shop: plain, sql: plainSql } = counted();
    expect(plainSql.during(() => plain.reserve(1), SQL.freeKeys)).toEqual([1]);
  });

  test("is refused without a limit being summed where the product has none", () => {
    const { shop, sql } = counted({}, 1);
    expect(sql.during(() => shop.reserve(1), SQL.boughtBy)).toEqual([0]);
  });

  test("lapses no other while keys are left, and looks for what is due once when none are", () => {
    const { shop, sql } = counted({}, 1);
    expect(sql.during(() => shop.reserve(1), SQL.dueOrders)).toEqual([0]);
    expect(sql.during(() => shop.reserve(2), SQL.dueOrders)).toEqual([1]);
  });
});

describe("the stock", () => {
  test("is counted once for each of its versions", () => {
    const { shop, sql } = counted({}, 2);
    const read = () => shop.store.stock();
    expect(sql.during(read, SQL.freeByVariant)).toEqual([1]);
    expect(sql.during(read, SQL.freeByVariant)).toEqual([0]);
    shop.reserve(1);
    expect(sql.during(read, SQL.freeByVariant)).toEqual([1]);
  });

  test("has a new version when keys moved, and none when something else did", () => {
    const { shop } = counted({}, 2);
    const version = () => shop.store.stock().version;
    shop.reserve(1);
    const before = version();
    shop.pay(1, { money: { amountMinor: 1, currency: "CNY" } });
    shop.store.tick(shop.nowMs);
    shop.store.importKeys(batch("known", [key("key-0")]), shop.nowMs);
    expect(version()).toBe(before);
    shop.pay(1);
    expect(version()).toBe(before + 1);
    shop.store.importKeys(batch("new", [key("new")]), shop.nowMs);
    expect(version()).toBe(before + 2);
  });

  test("has a new version when keys expire", () => {
    const { shop } = counted();
    shop.store.importKeys(batch("old", [key("old", { expiresAtMs: shop.nowMs + 1 })]), shop.nowMs);
    const before = shop.store.stock().version;
    shop.store.tick(shop.nowMs);
    expect(shop.store.stock().version).toBe(before);
    shop.store.tick(shop.nowMs + 1);
    expect(shop.store.stock()).toMatchObject({ version: before + 1, free: 0, void: 1 });
  });
});

test("terms that are no newer are not written", () => {
  const { shop, sql } = counted({ version: 2 });
  const same = () => shop.store.configure({ ...terms({ version: 2 }), title: "other words" });
  expect(sql.during(same, SQL.setTerms)).toEqual([0]);
  const newer = () => shop.store.configure(terms({ version: 3 }));
  expect(sql.during(newer, SQL.setTerms)).toEqual([1]);
});
