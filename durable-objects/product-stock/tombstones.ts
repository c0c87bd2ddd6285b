import type { OrderId } from "../../src/domain/ids.ts";
import { countsAgainstLimit } from "../../src/domain/order/order.ts";
import type { InArchive } from "./contract.ts";
import type { Ledger } from "./ledger.ts";
import type { OrderRow } from "./rows.ts";
import { SQL } from "./statements.ts";

/** What an object keeps of an order that it pruned. */
export type Tombstone = { version: number; body_hash: string };

export function findTombstone(ledger: Ledger, id: OrderId): Tombstone | null {
  if (!ledger.hasTombstones) return null;
  return ledger.sql.all<Tombstone>(SQL.tombstone, id)[0] ?? null;
}

/** For the answer of a call that found no order: whether it is one that has left. */
export function inArchive(ledger: Ledger, id: OrderId): InArchive {
  return findTombstone(ledger, id) === null ? {} : { archived: true };
}

/** What the orders in the archive add to the buyer's limit: it never forgets. */
export function archivedBoughtBy(ledger: Ledger, buyer: string): number {
  if (!ledger.hasTombstones) return 0;
  return ledger.sql.all<{ quantity: number }>(SQL.archivedBoughtBy, buyer)[0]?.quantity ?? 0;
}

/** The mailbox is kept only where the order counts for the buyer's limit. */
export function bury(ledger: Ledger, order: OrderRow): void {
  const counts = countsAgainstLimit(order.state);
  ledger.expectTombstones();
  ledger.sql.run(
    SQL.bury,
    order.id,
    order.version,
    order.body_hash,
    counts ? (order.buyer ?? order.email) : null,
    counts ? order.quantity : 0,
  );
}
