import { DatabaseSync } from "node:sqlite";
import { expect } from "vitest";
import type { ArchivedOrder } from "../../durable-objects/product-stock/archive-contract.ts";
import type {
  OrderSnapshot,
  ReserveOutcome,
  ReserveRequest,
} from "../../durable-objects/product-stock/contract.ts";
import type { PaymentOutcome } from "../../durable-objects/product-stock/payment-contract.ts";
import { ProductStockStore } from "../../durable-objects/product-stock/store.ts";
import type { Sql } from "../../durable-objects/shared/sql.ts";
import type { Payment } from "../../src/domain/payments/payment.ts";
import type { Terms } from "../../src/domain/product/terms.ts";
import { sqliteSql } from "../support/node/sqlite-sql.ts";
import { batch, keys, MERCHANT, NOW_MS, order, payment, request, terms } from "./fixtures.ts";

export type Rows = Record<string, Record<string, unknown>[]>;

/** A store with terms and some keys, its database at hand, and a clock that tests move. */
export class Shop {
  readonly database = new DatabaseSync(":memory:");
  readonly store: ProductStockStore;
  nowMs = NOW_MS;

  constructor(changes: Partial<Terms> = {}, keyCount = 0, wrap = (sql: Sql): Sql => sql) {
    this.store = new ProductStockStore(wrap(sqliteSql(this.database)));
    this.store.configure(terms(changes));
    if (keyCount > 0) this.store.importKeys(batch("first", keys(keyCount)), this.nowMs);
  }

  reserve(n: number, changes: Partial<ReserveRequest> = {}): ReserveOutcome {
    const [outcome] = this.store.reserve([request(n, changes)], this.nowMs);
    if (outcome === undefined) throw new Error("no outcome");
    return outcome;
  }

  pay(n: number, changes: Partial<Payment> = {}): PaymentOutcome {
    return this.store.recordPayment(payment(n, changes), MERCHANT, this.nowMs);
  }

  order(n: number): OrderSnapshot {
    const found = this.store.order(order(n));
    if (found === null) throw new Error(`there is no order ${n}`);
    return found;
  }

  /** Takes order `n` as the archive does, once the book holds it; the store lets it go. */
  archive(n: number): ArchivedOrder {
    const as = { id: order(n), version: this.order(n).version };
    this.store.acknowledge([as]);
    const [record] = this.store.readForArchive([as.id]).orders;
    if (record === undefined) throw new Error(`order ${n} may not leave`);
    expect(this.store.prune([as])).toEqual([as]);
    // It crosses isolates and lies in a database as JSON.
    return JSON.parse(JSON.stringify(record)) as ArchivedOrder;
  }

  /** Lets the holds that stand now pass their deadline; nobody tells the store. */
  pastDeadline(): void {
    this.nowMs += 601_000;
  }

  /** Every row of every table: what a crash must leave as it was. */
  dump(): Rows {
    return dump(this.database);
  }
}

export function dump(database: DatabaseSync): Rows {
  const tables = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    .all()
    .map((row) => String(row["name"]));
  return Object.fromEntries(
    tables.map((table) => [table, database.prepare(`SELECT * FROM ${table} ORDER BY 1`).all()]),
  );
}
