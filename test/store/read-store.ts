import type { DatabaseSync } from "node:sqlite";
import type { BooksPage, KeyRow } from "../../durable-objects/product-stock/contract.ts";
import type { ProductStockStore } from "../../durable-objects/product-stock/store.ts";
import type { Book, Read } from "./auditor.ts";
import { batch } from "./fixtures.ts";

/** What an auditor asks of a store, page by page. */
export function readStore(store: ProductStockStore, database: DatabaseSync, nowMs: number): Read {
  const rows = database.prepare("SELECT order_id, version FROM outbox").all();
  return {
    orders: allOrders(store),
    keys: allKeys(store),
    stock: store.stock(),
    available: store.importKeys(batch("none", [], true), nowMs).available,
    outbox: new Map(rows.map((row) => [String(row["order_id"]), Number(row["version"])])),
  };
}

function allOrders(store: ProductStockStore): Book[] {
  const orders: Book[] = [];
  for (let after: string | null = ""; after !== null;) {
    const page: BooksPage = store.books({ afterOrderId: after, limit: 7 });
    orders.push(...page.orders);
    after = page.nextOrderId;
  }
  return orders;
}

function allKeys(store: ProductStockStore): KeyRow[] {
  const keys: KeyRow[] = [];
  for (let after: number | null = 0; after !== null;) {
    const page = store.keys({ state: null, afterRow: after, limit: 50 });
    keys.push(...page.keys);
    after = page.nextRow;
  }
  return keys;
}
