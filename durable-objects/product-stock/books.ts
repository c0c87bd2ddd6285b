import { keyId, type BatchId, type OrderId } from "../../src/domain/ids.ts";
import type {
  BooksPage,
  BooksQuery,
  KeyPage,
  KeyQuery,
  KeyState,
  OrderSnapshot,
  StockLevel,
} from "./contract.ts";
import type { Ledger } from "./ledger.ts";
import { SHARED_POOL, type CountRow, type OrderRow } from "./rows.ts";
import { snapshot } from "./snapshot.ts";
import { SQL } from "./statements.ts";

/** Rows of one page: about a megabyte over RPC at the most. A caller who asks for more pages on. */
const PAGE_MAX = 500;

export function stockVersion(ledger: Ledger): number {
  return ledger.sql.all<{ number: number }>(SQL.stockVersion)[0]?.number ?? 0;
}

/** Grows whenever keys become free. */
export function arrivals(ledger: Ledger): number {
  return count(ledger, SQL.arrivals);
}

/** Counts rows, each state from an index that covers it: about a millisecond per 10,000 keys. */
export function countStock(ledger: Ledger): StockLevel {
  const freeByVariant: Record<string, number> = {};
  let free = 0;
  for (const row of ledger.sql.all<CountRow & { variant_id: string }>(SQL.freeByVariant)) {
    freeByVariant[row.variant_id] = row.count;
    free += row.count;
  }
  const taken = new Map(
    ledger.sql
      .all<CountRow & { state: KeyState }>(SQL.takenByState)
      .map((row) => [row.state, row.count]),
  );
  return {
    free,
    held: taken.get("held") ?? 0,
    sold: taken.get("sold") ?? 0,
    void: count(ledger, SQL.voidCount) - count(ledger, SQL.leftCount),
    freeByVariant,
    version: stockVersion(ledger),
  };
}

function count(ledger: Ledger, statement: string): number {
  return ledger.sql.all<CountRow>(statement)[0]?.count ?? 0;
}

type ListedRow = {
  row: number;
  state: KeyState;
  sealed: string;
  fingerprint: string;
  variant_id: string;
  note: string | null;
  order_id: OrderId | null;
  batch_id: BatchId | null;
  expires_at_ms: number | null;
};

export function listKeys(ledger: Ledger, stockNumber: number, query: KeyQuery): KeyPage {
  const limit = Math.min(query.limit, PAGE_MAX);
  const found = ledger.sql.all<ListedRow>(SQL.keysAfter, query.afterRow, query.state, limit + 1);
  const page = found.slice(0, limit);
  return {
    keys: page.map((row) => ({
      id: keyId(stockNumber, row.row),
      state: row.state,
      sealed: row.sealed,
      fingerprint: row.fingerprint,
      variantId: row.variant_id === SHARED_POOL ? null : row.variant_id,
      note: row.note,
      orderId: row.order_id,
      batchId: row.batch_id,
      expiresAtMs: row.expires_at_ms,
    })),
    nextRow: found.length > limit ? (page.at(-1)?.row ?? null) : null,
  };
}

export function listBooks(ledger: Ledger, query: BooksQuery): BooksPage {
  const limit = Math.min(query.limit, PAGE_MAX);
  const found = ledger.sql.all<OrderRow>(SQL.ordersAfter, query.afterOrderId, limit + 1);
  const page = found.slice(0, limit);
  return {
    orders: page.map((order) => ({
      ...snapshot(ledger, order),
      heldKeyRows: ledger.sql.all<CountRow>(SQL.heldCount, order.id)[0]?.count ?? 0,
    })),
    nextOrderId: found.length > limit ? (page.at(-1)?.id ?? null) : null,
  };
}

export function readOrders(ledger: Ledger, ids: readonly OrderId[]): OrderSnapshot[] {
  return ledger.sql
    .all<OrderRow>(SQL.ordersOf, JSON.stringify(ids))
    .map((order) => snapshot(ledger, order));
}
