import { describe, expect, test } from "vitest";
import { Ledger } from "../../durable-objects/product-stock/ledger.ts";
import { changeOrder, findOrder, touchOrder } from "../../durable-objects/product-stock/orders.ts";
import { takeKeys } from "../../durable-objects/product-stock/pool.ts";
import type { OrderRow } from "../../durable-objects/product-stock/rows.ts";
import { sqliteSql } from "../support/node/sqlite-sql.ts";
import { order } from "./fixtures.ts";
import { Shop } from "./shop.ts";

/**
 * One thread runs the rules, so a row that was read is never stale. The statements do not rest on
 * that: what they change must still be as it was when somebody decided to change it.
 */
function stale(): { shop: Shop; ledger: Ledger; row: OrderRow } {
  const shop = new Shop({}, 3);
  shop.reserve(1);
  const ledger = new Ledger(sqliteSql(shop.database));
  const row = findOrder(ledger, order(1));
  if (row === null) throw new Error("there is no order");
  return { shop, ledger, row };
}

const BY = { by: "clock", nowMs: 1 } as const;

describe("a decision about a row that has changed meanwhile", () => {
  test("does not move an order that has moved on", () => {
    const { shop, ledger, row } = stale();
    shop.pay(1);
    const before = shop.dump();
    expect(() => changeOrder(ledger, row, "lapse", BY)).toThrow(/no longer pending/);
    expect(() => touchOrder(ledger, row, 1)).toThrow(/has changed/);
    expect(shop.dump()).toEqual(before);
  });

  test("does not move an order whose state is the same and whose version is not", () => {
    const { shop, ledger, row } = stale();
    shop.pay(1, { money: { amountMinor: 1, currency: "CNY" } });
    expect(() => changeOrder(ledger, row, "lapse", BY)).toThrow(/no longer/);
  });

  test("does not give a key that another order has, alone or among others", () => {
    const { shop, ledger } = stale();
    const before = shop.dump();
    expect(() => takeKeys(ledger, order(2), [1], "held")).toThrow(/not all free/);
    expect(() => ledger.transaction(() => takeKeys(ledger, order(2), [1, 2], "held"))).toThrow(
      /not all free/,
    );
    expect(shop.dump()).toEqual(before);
  });
});

test("an event that means nothing to an order is an error, and writes nothing", () => {
  const { shop, ledger, row } = stale();
  const before = shop.dump();
  expect(() => changeOrder(ledger, row, "restock", BY)).toThrow(/means nothing/);
  expect(shop.dump()).toEqual(before);
});
