import type { OrderId } from "../../src/domain/ids.ts";
import { transition, type OrderEvent, type OrderState } from "../../src/domain/order.ts";
import type { HistoryEntry } from "./contract.ts";
import type { Ledger } from "./ledger.ts";
import type { OrderRow } from "./rows.ts";
import { SQL } from "./statements.ts";

export function findOrder(ledger: Ledger, id: OrderId): OrderRow | null {
  return ledger.sql.all<OrderRow>(SQL.order, id)[0] ?? null;
}

interface Change {
  readonly by: HistoryEntry["by"];
  readonly nowMs: number;
  /** fulfil only: names the act. */
  readonly requestId?: string;
}

/**
 * Moves an order along the one transition table. The UPDATE names the state it leaves, so a caller
 * whose row is stale gets an error and its transaction is undone, instead of a second delivery.
 */
export function changeOrder(
  ledger: Ledger,
  order: OrderRow,
  event: OrderEvent,
  { by, nowMs, requestId }: Change,
): OrderRow {
  const state = transition(order.state, event);
  if (state === null)
    throw new Error(`order ${order.id}: ${event} means nothing when ${order.state}`);
  const changed = ledger.sql.all<OrderRow>(
    SQL.changeOrder,
    order.id,
    order.state,
    state,
    isPayment(event) ? nowMs : null,
    state === "delivered" ? nowMs : null,
    requestId ?? null,
    JSON.stringify({ atMs: nowMs, event, state, by } satisfies HistoryEntry),
  )[0];
  if (changed === undefined) throw new Error(`order ${order.id}: was no longer ${order.state}`);
  ledger.announce(changed, nowMs);
  return changed;
}

/** A fact was added to the order (a payment it did not take) and its state stays: copies are stale. */
export function touchOrder(ledger: Ledger, order: OrderRow, nowMs: number): OrderRow {
  const touched = ledger.sql.all<OrderRow>(SQL.touchOrder, order.id)[0];
  if (touched === undefined) throw new Error(`order ${order.id}: has no row`);
  ledger.announce(touched, nowMs);
  return touched;
}

/** Whether keys may be held for an order in this state. */
export function holdsKeys(state: OrderState): boolean {
  return state === "pending";
}

function isPayment(event: OrderEvent): boolean {
  return event === "pay" || event === "pay_unfilled" || event === "pay_manual";
}
