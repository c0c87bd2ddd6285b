import type { OrderId } from "../../src/domain/ids.ts";
import { termsSchema, type Terms } from "../../src/domain/product/terms.ts";
import type { Sql } from "../shared/sql.ts";
import { DropTaken } from "./drop-taken.ts";
import { FreeKeys } from "./free-keys.ts";
import { KnownOrders } from "./known-orders.ts";
import type { CountRow, OrderRow } from "./rows.ts";
import { SQL } from "./statements.ts";

/** Orders of one statement: some 40 bytes each of the 2 MB that SQLite takes as an argument. */
const ANNOUNCE_MAX = 10_000;

/**
 * What the rules write into: the tables, and for each transaction what it changed. The changes are
 * hints for those who wait in memory; the outbox row, written with the change, is the record.
 */
export class Ledger {
  readonly sql: Sql;
  /** A cache of the terms row; null until the first `configure`. */
  #terms: Terms | null = null;
  /** Whether orders have ever left for the archive: a shop without an archive asks nothing of it. */
  #hasTombstones: boolean;
  #hasRefunds: boolean;
  #hasDisputes: boolean;
  #changed: OrderId[] = [];
  /** Versions that the transaction that runs has yet to write into the outbox. */
  #announced = new Map<OrderId, number>();
  #announcedAtMs = 0;
  /** Free keys that the transaction that runs has looked up. */
  readonly freeKeys = new FreeKeys();
  readonly dropTaken = new DropTaken(
    (id) => this.sql.all<CountRow>(SQL.dropTaken, id)[0]?.count ?? 0,
  );
  /** For those who refuse orders without asking. */
  readonly knownOrders = new KnownOrders();
  #stockTouched = false;
  #keysArrived = false;
  /** Free keys as of the last commit, kept by what every move of a key says; null until counted. */
  #free: number | null = null;
  /** By how many the transaction that runs has raised that. */
  #freed = 0;
  #inside = false;
  /** Why the transaction that runs cannot be kept. */
  #doom: Error | null = null;

  constructor(sql: Sql) {
    this.sql = sql;
    const row = sql.all<{ json: string }>(SQL.terms)[0];
    if (row !== undefined) this.#terms = termsSchema.parse(JSON.parse(row.json));
    this.#hasTombstones = sql.all(SQL.anyTombstone).length > 0;
    this.#hasRefunds = sql.all(SQL.anyRefund).length > 0;
    this.#hasDisputes = sql.all(SQL.anyDispute).length > 0;
  }

  get hasTombstones(): boolean {
    return this.#hasTombstones;
  }

  get hasRefunds(): boolean {
    return this.#hasRefunds;
  }

  /** Before a refund is written. Should that be undone, questions are asked in vain. */
  expectRefunds(): void {
    this.#hasRefunds = true;
  }

  get hasDisputes(): boolean {
    return this.#hasDisputes;
  }

  /** Before a dispute is written. Should that be undone, questions are asked in vain. */
  expectDisputes(): void {
    this.#hasDisputes = true;
  }

  /** Before a tombstone is written. Should that be undone, questions are asked in vain. */
  expectTombstones(): void {
    this.#hasTombstones = true;
  }

  get terms(): Terms | null {
    return this.#terms;
  }

  /**
   * One statement, so the cache follows only once the row is written. It is kept as it was given:
   * what this version cannot read is there for the version that can.
   */
  saveTerms(terms: Terms, given: Terms): void {
    this.sql.run(SQL.setTerms, JSON.stringify(given));
    this.#terms = terms;
  }

  /**
   * All or nothing. Nested, it joins the outer one: a savepoint for each of a hundred parked calls
   * would cost as much as their work. So what throws inside undoes the whole, also where somebody
   * between catches it.
   */
  transaction<T>(work: () => T): T {
    if (this.#inside) return this.#join(work);
    const before = this.#changed.length;
    this.#inside = true;
    this.#doom = null;
    this.#stockTouched = false;
    this.#keysArrived = false;
    this.#announced.clear();
    this.freeKeys.forget();
    try {
      const answer = this.sql.transaction(() => {
        const result = work();
        if (this.#doom !== null) throw this.#doom;
        this.writeAnnouncements();
        if (this.#stockTouched) this.sql.run(SQL.raiseStockVersion, Number(this.#keysArrived));
        return result;
      });
      if (this.#free !== null) this.#free += this.#freed;
      return answer;
    } catch (error) {
      this.#changed.length = before;
      this.dropTaken.forget();
      throw error;
    } finally {
      this.#inside = false;
      this.#freed = 0;
    }
  }

  #join<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.#doom = error instanceof Error ? error : new Error(String(error));
      throw error;
    }
  }

  /** Tells the order book, in the order's own transaction, and those who wait, after it. */
  announce(order: OrderRow, nowMs: number): void {
    this.#announced.set(order.id, order.version);
    this.#announcedAtMs = nowMs;
    this.#changed.push(order.id);
  }

  /**
   * Once for all orders of the transaction, at its end: a statement each would cost as much again.
   * Whoever holds the outbox against the orders inside one has it written first: calls before theirs
   * may have changed some.
   */
  writeAnnouncements(): void {
    if (this.#announced.size === 0) return;
    const announced = Array.from(this.#announced);
    this.#announced.clear();
    for (let from = 0; from < announced.length; from += ANNOUNCE_MAX) {
      const versions = Object.fromEntries(announced.slice(from, from + ANNOUNCE_MAX));
      this.sql.run(SQL.announce, JSON.stringify(versions), this.#announcedAtMs);
    }
  }

  /**
   * Keys moved, and there are so many more free ones for it (fewer: negative). The stock's version
   * grows once per transaction, however many keys moved in it. Where keys have become free that were
   * not, `arrivals` grows too: whoever saw too few must look again.
   */
  touchStock(freed: number): void {
    this.#stockTouched = true;
    this.#keysArrived ||= freed > 0;
    this.#freed += freed;
  }

  /**
   * Free keys, as the rows have them at this point of the transaction. Counted once in an instance's
   * life, and followed from there: counting for each of the hundred batches of a large import would
   * cost as much as the pool is deep. `stock()`, which people read, counts rows.
   */
  countFree(): number {
    this.#free ??= (this.sql.all<CountRow>(SQL.freeCount)[0]?.count ?? 0) - this.#freed;
    return this.#free + this.#freed;
  }

  /** The free keys that this instance believes in; null where it has not counted them. */
  get followedFree(): number | null {
    return this.#free;
  }

  /** The next that asks counts anew. */
  forgetFree(): void {
    this.#free = null;
  }

  /** The orders that changed since the last call: to be asked for after the commit. */
  takeChanged(): OrderId[] {
    const changed = this.#changed;
    this.#changed = [];
    return changed;
  }
}
