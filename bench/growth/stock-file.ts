import { randomBytes } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { ProductStockStore } from "../../durable-objects/product-stock/store.ts";
import { orderId, type OrderId } from "../../src/domain/ids.ts";
import {
  batch,
  key,
  MERCHANT,
  NOW_MS,
  payment,
  request,
  terms,
} from "../../test/store/fixtures.ts";
import { sqliteSql } from "../../test/support/node/sqlite-sql.ts";

const PRODUCT_NUMBER = 7;
const IMPORT_BATCH = 10_000;
/** Pages in memory while a file is filled; when it is measured SQLite has its own default. */
const FILLING_CACHE = -400_000;

/** How much a stock object has: free keys, and orders that were paid and are kept. */
export interface Size {
  readonly freeKeys: number;
  readonly keptOrders: number;
}

/** A stock object's database as workerd keeps it: a write-ahead log, each commit synced to disk. */
export function openStock(file: string): { database: DatabaseSync; store: ProductStockStore } {
  const database = new DatabaseSync(file);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  return { database, store: new ProductStockStore(sqliteSql(database)) };
}

/** As orders are named: by a digest, so each lands anywhere in the index. */
export function newOrderId(): OrderId {
  return orderId(PRODUCT_NUMBER, randomBytes(16));
}

/**
 * Fills a new file: keys by importing them, the first order by placing and paying it, and the other
 * orders as copies of that one's rows under ids of their own.
 */
export function fillStock(file: string, { freeKeys, keptOrders }: Size): void {
  const { database, store } = openStock(file);
  database.exec(`PRAGMA synchronous = OFF; PRAGMA cache_size = ${FILLING_CACHE}`);
  store.configure(terms());
  importFree(store, 1, "sold");
  const first = newOrderId();
  const [reserved] = store.reserve([request(0, { orderId: first })], NOW_MS);
  const paid = store.recordPayment(payment(0, { orderId: first }), MERCHANT, NOW_MS);
  if (reserved?.kind !== "reserved" || paid.order?.state !== "delivered") {
    throw new Error("the order to copy was not placed and paid");
  }
  store.acknowledge([{ id: first, version: paid.order.version }]);
  copyOrder(database, first, keptOrders - 1);
  importFree(store, freeKeys, "free");
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
}

function importFree(store: ProductStockStore, count: number, name: string): void {
  for (let from = 0; from < count; from += IMPORT_BATCH) {
    const some = Array.from({ length: Math.min(IMPORT_BATCH, count - from) }, (_, place) =>
      key(`${name}-${from + place}`, {
        sealed: `1.${randomBytes(48).toString("base64url")}`,
        fingerprint: randomBytes(16).toString("base64url"),
      }),
    );
    store.importKeys(batch(`${name}-${from}`, some), NOW_MS);
  }
}

function copyOrder(database: DatabaseSync, first: OrderId, count: number): void {
  const prefix = first.slice(0, "ord_000007".length);
  database.exec("BEGIN");
  // 22 hexadecimal digits are 22 of the alphabet of ids.
  database.exec(`CREATE TEMP TABLE copies AS
    WITH RECURSIVE counted (n) AS
      (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < ${count})
    SELECT n, '${prefix}' || lower(hex(randomblob(11))) AS id FROM counted`);
  const copy = (table: string, replaced: Record<string, string>, where: string) => {
    const columns = columnsOf(database, table).filter((column) => column !== "row");
    const values = columns.map((column) => replaced[column] ?? `${table}.${column}`);
    database.exec(`INSERT INTO ${table} (${columns.join(", ")})
      SELECT ${values.join(", ")} FROM temp.copies AS copies, ${table} WHERE ${where}`);
  };
  copy(
    "orders",
    { id: "copies.id", email: "'kept-' || copies.n || '@example.com'" },
    `orders.id = '${first}'`,
  );
  copy(
    "keys",
    { order_id: "copies.id", fingerprint: "hex(randomblob(11))" },
    `keys.order_id = '${first}'`,
  );
  copy(
    "payments",
    { order_id: "copies.id", trade_no: "'kept-' || copies.n" },
    `payments.order_id = '${first}'`,
  );
  database.exec("COMMIT; DROP TABLE temp.copies");
}

function columnsOf(database: DatabaseSync, table: string): string[] {
  return database
    .prepare("SELECT name FROM pragma_table_info(?)")
    .all(table)
    .map((column) => String(column["name"]));
}
