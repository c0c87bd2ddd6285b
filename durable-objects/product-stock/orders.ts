import type { AccountId, OrderId } from "../../src/domain/ids.ts";
import {
  transition,
  waitsForReview,
  type OrderEvent,
  type Review,
} from "../../src/domain/order/order.ts";
import type { HistoryEntry } from "./contract.ts";
import { followDrop } from "./drop-taken.ts";
import type { Ledger } from "./ledger.ts";
import type { OrderRow } from "./rows.ts";
import { SQL } from "./statements.ts";

export function findOrder(ledger: Ledger, id: OrderId): OrderRow | null {
  return ledger.sql.all<OrderRow>(SQL.order, id)[0] ?? null;
}

/** Writes a new order; the table takes each id once. */
export function addOrder(ledger: Ledger, order: OrderRow, nowMs: number): OrderRow {
  insertOrder(ledger, order);
  ledger.knownOrders.add(order.id);
  ledger.announce(order, nowMs);
  return order;
}

/** The row, as of version 1, and nothing said of it to anyone. */
export function insertOrder(ledger: Ledger, order: OrderRow): void {
  ledger.sql.run(
    SQL.insertOrder,
    order.id,
    order.state,
    order.body_hash,
    order.merchant_id,
    order.product_id,
    order.product_title,
    order.delivery,
    order.variant_id,
    order.variant_title,
    order.quantity,
    order.unit_price_minor,
    order.amount_minor,
    order.discount_minor,
    order.currency,
    order.email,
    order.locale,
    order.fields,
    order.lookup_hash,
    order.payment_account_id,
    order.payment_method,
    order.placed_at_ms,
    order.expires_at_ms,
    order.paid_at_ms,
    order.delivered_at_ms,
    order.history,
    order.buyer,
    order.network,
    order.risk,
    order.review,
    order.fee_minor,
    order.reroutable,
  );
}

interface Change {
  readonly by: HistoryEntry["by"];
  readonly nowMs: number;
  /** fulfil only: names the act. */
  readonly requestId?: string;
  /** A person's word on an order that waited for it. */
  readonly review?: Review;
}

/**
 * Moves an order along the one transition table. The UPDATE names the state and version it leaves,
 * so a caller whose row is stale gets an error and its transaction is undone, instead of a second
 * delivery.
 */
export function changeOrder(
  ledger: Ledger,
  order: OrderRow,
  event: OrderEvent,
  { by, nowMs, requestId, review }: Change,
): OrderRow {
  const state = transition(order.state, event);
  // Its keys are held and nobody would give them back: it is rejected first.
  if (event === "refund" && waitsForReview(order)) throw new Error(`order ${order.id}: waits`);
  if (state === null)
    throw new Error(`order ${order.id}: ${event} means nothing when ${order.state}`);
  const changed: OrderRow = {
    ...order,
    state,
    version: order.version + 1,
    paid_at_ms: order.paid_at_ms ?? (isPayment(event) ? nowMs : null),
    delivered_at_ms: order.delivered_at_ms ?? (state === "delivered" ? nowMs : null),
    fulfil_request: requestId ?? order.fulfil_request,
    history: appended(order.history, { atMs: nowMs, event, state, by }),
    // Paid, lapsed or given up: no hold any more.
    expires_at_ms: state === "pending" ? order.expires_at_ms : null,
    network: state === "pending" ? order.network : null,
    review: review ?? order.review,
    stopped_at_ms: event === "stop_waiting" ? nowMs : order.stopped_at_ms,
  };
  const won = ledger.sql.run(
    SQL.changeOrder,
    order.id,
    order.state,
    order.version,
    changed.state,
    changed.paid_at_ms,
    changed.delivered_at_ms,
    changed.fulfil_request,
    changed.history,
    changed.expires_at_ms,
    changed.network,
    changed.review,
    changed.stopped_at_ms,
  );
  if (won !== 1) throw new Error(`order ${order.id}: was no longer ${order.state}`);
  followDrop(ledger, order, order.state, state);
  ledger.announce(changed, nowMs);
  return changed;
}

/** Another account asks for its money. The caller has seen that it may. */
export function moveToAccount(
  ledger: Ledger,
  order: OrderRow,
  accountId: AccountId,
  nowMs: number,
): OrderRow {
  const { state } = order;
  const entry = { atMs: nowMs, event: "reroute", state, by: "clock", accountId } as const;
  const history = appended(order.history, entry);
  const version = order.version + 1;
  const moved: OrderRow = { ...order, version, history, payment_account_id: accountId };
  const won = ledger.sql.run(SQL.moveToAccount, order.id, order.version, accountId, history);
  if (won !== 1) throw new Error(`order ${order.id}: has changed meanwhile`);
  ledger.announce(moved, nowMs);
  return moved;
}

/** A fact was added to the order (a payment it did not take) and its state stays: copies are stale. */
export function touchOrder(ledger: Ledger, order: OrderRow, nowMs: number): OrderRow {
  const touched: OrderRow = { ...order, version: order.version + 1 };
  const won = ledger.sql.run(SQL.touchOrder, order.id, order.version);
  if (won !== 1) throw new Error(`order ${order.id}: has changed meanwhile`);
  ledger.announce(touched, nowMs);
  return touched;
}

/** JSON text of a list that is never empty (an order begins by being placed), one entry longer. */
function appended(history: string, entry: HistoryEntry): string {
  return `${history.slice(0, -1)},${JSON.stringify(entry)}]`;
}

function isPayment(event: OrderEvent): boolean {
  return event.startsWith("pay");
}
