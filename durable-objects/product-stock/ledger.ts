import type { OrderId } from "../../src/domain/ids.ts";
import { termsSchema, type Terms } from "../../src/domain/terms.ts";
import type { Sql } from "../shared/sql.ts";
import type { OrderRow } from "./rows.ts";
import { SQL } from "./statements.ts";

/**
 * What the rules write into: the tables, and for each transaction what it changed. The changes are
 * hints for those who wait in memory; the outbox row, written with the change, is the record.
 */
export class Ledger {
  readonly sql: Sql;
  /** A cache of the terms row; null until the first `configure`. */
  #terms: Terms | null = null;
  #changed: OrderId[] = [];
  #stockTouched = false;
  #depth = 0;

  constructor(sql: Sql) {
    this.sql = sql;
    const row = sql.all<{ json: string }>(SQL.terms)[0];
    if (row !== undefined) this.#terms = termsSchema.parse(JSON.parse(row.json));
  }

  get terms(): Terms | null {
    return this.#terms;
  }

  /** One statement, so the cache follows only once the row is written. */
  saveTerms(terms: Terms): void {
    this.sql.run(SQL.setTerms, JSON.stringify(terms));
    this.#terms = terms;
  }

  /** All or nothing. Nested, what throws inside undoes only the inner part. */
  transaction<T>(work: () => T): T {
    const before = this.#changed.length;
    this.#depth++;
    try {
      return this.sql.transaction(() => {
        const result = work();
        if (this.#depth === 1 && this.#stockTouched) this.sql.run(SQL.raiseStockVersion);
        return result;
      });
    } catch (error) {
      this.#changed.length = before;
      throw error;
    } finally {
      this.#depth--;
      if (this.#depth === 0) this.#stockTouched = false;
    }
  }

  /** Tells the order book, in the order's own transaction, and those who wait, after it. */
  announce(order: OrderRow, nowMs: number): void {
    this.sql.run(SQL.announce, order.id, order.version, nowMs);
    this.#changed.push(order.id);
  }

  /** The stock's version grows once per transaction, however many keys moved in it. */
  touchStock(): void {
    this.#stockTouched = true;
  }

  /** The orders that changed since the last call: to be asked for after the commit. */
  takeChanged(): OrderId[] {
    const changed = this.#changed;
    this.#changed = [];
    return changed;
  }
}
