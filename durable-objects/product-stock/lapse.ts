import type { Ledger } from "./ledger.ts";
import { changeOrder } from "./orders.ts";
import { pickFree, releaseHeld } from "./pool.ts";
import { fillOwed } from "./restock.ts";
import type { OrderRow } from "./rows.ts";
import { SQL } from "./statements.ts";

/** Holds that lapse in one go: some 20 ms of an object's single thread. */
export const LAPSE_BATCH_MAX = 500;

/**
 * Expires the holds whose deadline has passed and gives their keys back, to orders that are owed
 * keys first. Answers how many lapsed; as many as LAPSE_BATCH_MAX means that there may be more.
 */
export function lapseDue(ledger: Ledger, nowMs: number): number {
  return lapse(ledger, ledger.sql.all<OrderRow>(SQL.dueOrders, nowMs, LAPSE_BATCH_MAX), nowMs);
}

/** The same of one mailbox's holds: theirs alone decide what they may still buy. */
export function lapseDueOf(ledger: Ledger, buyer: string, nowMs: number): number {
  const due = ledger.sql.all<OrderRow>(SQL.dueOrdersOf, buyer, nowMs, LAPSE_BATCH_MAX);
  return lapse(ledger, due, nowMs);
}

/** The same of the holds that were made from one network. */
export function lapseDueOfNetwork(ledger: Ledger, network: string, nowMs: number): number {
  const due = ledger.sql.all<OrderRow>(SQL.dueOrdersOfNetwork, network, nowMs, LAPSE_BATCH_MAX);
  return lapse(ledger, due, nowMs);
}

function lapse(ledger: Ledger, due: readonly OrderRow[], nowMs: number): number {
  let released = 0;
  for (const order of due) {
    changeOrder(ledger, order, "lapse", { by: "clock", nowMs });
    released += releaseHeld(ledger, order.id);
  }
  if (released > 0) fillOwed(ledger, "clock", nowMs);
  return due.length;
}

/**
 * As pickFree, but "no" is only said once every hold that is due has lapsed: the alarm may be late,
 * and a key that nobody is entitled to any more must not be refused to a buyer.
 */
export function pickFreeOrLapse(
  ledger: Ledger,
  variantId: string | null,
  quantity: number,
  nowMs: number,
): number[] {
  for (;;) {
    const rows = pickFree(ledger, variantId, quantity, nowMs);
    if (rows.length === quantity || lapseDue(ledger, nowMs) === 0) return rows;
  }
}
