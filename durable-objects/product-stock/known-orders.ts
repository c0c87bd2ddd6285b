import { BloomFilter } from "../../src/domain/memory/bloom-filter.ts";
import { base64 } from "../../src/domain/encoding.ts";
import type { OrderId } from "../../src/domain/ids.ts";
import type { Sql } from "../shared/sql.ts";
import type { KnownOrdersText } from "./sold-out-contract.ts";
import { SQL } from "./statements.ts";

/** Orders of which a filter is kept. Of more it would deny too few, and take too long to make. */
const ORDERS_MAX = 200_000;
const FILTER_BYTES_MAX = 64 * 1024;
const PAGE = 10_000;

/**
 * Which orders there may be, as a filter that an edge can hold. Made from the rows when it is first asked
 * for, and followed from there: an order is added in the transaction that writes it, so what a later call
 * reads is never without it. Should that transaction be undone, the filter says "perhaps" once more than it
 * has to.
 */
export class KnownOrders {
  #filter: BloomFilter | null = null;
  #count = 0;
  #room = 0;
  #text: KnownOrdersText | null = null;

  add(id: OrderId): void {
    if (this.#filter === null) return;
    this.#filter.add(id);
    this.#text = null;
    // Made anew with more room by whoever asks next.
    if (++this.#count > this.#room) this.#filter = null;
  }

  read(sql: Sql): KnownOrdersText | null {
    if (this.#count > ORDERS_MAX) return null;
    this.#filter ??= this.#make(sql);
    if (this.#filter === null) return null;
    this.#text ??= { bits: base64(this.#filter.bits), hashes: this.#filter.hashes };
    return this.#text;
  }

  #make(sql: Sql): BloomFilter | null {
    const ids = [...idsOf(sql, SQL.orderIds), ...idsOf(sql, SQL.tombstoneIds)];
    this.#count = ids.length;
    if (ids.length > ORDERS_MAX) return null;
    this.#room = Math.max(1_000, 2 * ids.length);
    const filter = BloomFilter.forEntries(this.#room, FILTER_BYTES_MAX);
    for (const id of ids) filter.add(id);
    this.#text = null;
    return filter;
  }
}

/** All of them, or one page more than matters. */
function idsOf(sql: Sql, statement: string): string[] {
  const ids: string[] = [];
  for (let after = ""; ids.length <= ORDERS_MAX;) {
    const page = sql.all<{ id: string }>(statement, after, PAGE);
    for (const { id } of page) ids.push(id);
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) break;
    after = last.id;
  }
  return ids;
}
