import type { OrderId } from "../../src/domain/ids.ts";
import { isSettled } from "../../src/domain/order/order.ts";
import { tookTheMoney } from "../../src/domain/payments/payment.ts";
import {
  ARCHIVED_CHARACTERS_MAX,
  type ArchivedOrder,
  type ArchiveReading,
  type OrderVersion,
} from "./archive-contract.ts";
import type { Ledger } from "./ledger.ts";
import { findOrder } from "./orders.ts";
import type { OrderRow } from "./rows.ts";
import { recordedPayments, snapshot } from "./snapshot.ts";
import { SQL } from "./statements.ts";
import { bury, findTombstone } from "./tombstones.ts";

/** Of one answer, over RPC: what is more waits for the next. */
const READING_CHARACTERS_MAX = 4_000_000;

export function readForArchive(ledger: Ledger, ids: readonly OrderId[]): ArchiveReading {
  const orders: ArchivedOrder[] = [];
  const gone: OrderVersion[] = [];
  let characters = 0;
  for (const id of ids) {
    const row = findOrder(ledger, id);
    if (row === null) {
      const left = findTombstone(ledger, id);
      if (left !== null) gone.push({ id, version: left.version });
      continue;
    }
    if (!mayLeave(ledger, row)) continue;
    const record = toRecord(ledger, row);
    const size = JSON.stringify(record).length;
    if (size > ARCHIVED_CHARACTERS_MAX || characters + size > READING_CHARACTERS_MAX) continue;
    characters += size;
    orders.push(record);
  }
  return { orders, gone };
}

function toRecord(ledger: Ledger, row: OrderRow): ArchivedOrder {
  const order = snapshot(ledger, row);
  return { order, bodyHash: row.body_hash, fulfilRequest: row.fulfil_request };
}

/**
 * Settled, and the order book holds it: its version was acknowledged. How long it must have been so
 * is not judged here but by whoever fills the archive (domain/order/archiving.ts).
 */
function mayLeave(ledger: Ledger, row: OrderRow): boolean {
  return (
    isSettled(row.state) &&
    ledger.sql.all(SQL.isAnnounced, row.id).length === 0 &&
    // Its end is still to be written.
    ledger.sql.all(SQL.isRefunding, row.id).length === 0
  );
}

/**
 * Lets go of an order that the archive holds as of this version; answers whether it is gone. What
 * stays keeps every promise of `reserve` and `recordPayment`: the id is never another order's, the
 * buyer's limit counts on, a transaction number that took money takes none again, and the keys are
 * sold, under their numbers and fingerprints, without their text.
 */
export function prune(ledger: Ledger, { id, version }: OrderVersion): boolean {
  ledger.writeAnnouncements();
  const row = findOrder(ledger, id);
  if (row === null) return findTombstone(ledger, id)?.version === version;
  if (row.version !== version || !mayLeave(ledger, row)) return false;

  bury(ledger, row);
  const payments = recordedPayments(ledger, row);
  for (const { accountId, tradeNo, verdict } of payments) {
    if (tookTheMoney(verdict)) ledger.sql.run(SQL.spendTrade, accountId, tradeNo, id);
  }
  if (payments.length > 0) ledger.sql.run(SQL.forgetPayments, id);
  ledger.sql.run(SQL.forgetRefunds, id);
  ledger.sql.run(SQL.forgetDisputes, id);
  if (row.delivered_at_ms !== null) ledger.sql.run(SQL.stripKeys, id);
  const pruned = ledger.sql.run(SQL.pruneOrder, id, row.state, version);
  if (pruned !== 1) throw new Error(`order ${id}: has changed meanwhile`);
  return true;
}
