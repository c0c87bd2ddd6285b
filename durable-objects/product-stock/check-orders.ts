import { purposeOwed } from "../../src/domain/mail/delivery.ts";
import type { OrderId } from "../../src/domain/ids.ts";
import { waitsForReview, type OrderState, type Review } from "../../src/domain/order/order.ts";
import type { Ledger } from "./ledger.ts";
import type { CheckedOrder, Finding, OrdersChecked } from "./reconcile-contract.ts";
import { SQL } from "./statements.ts";

/** Sorts after every order's id. */
const LAST = "~";

/**
 * A page of all orders that were ever granted: each has the keys that its state says, and the outbox
 * names no other. Which of them the order book lacks is for whoever reads both (flows/stock/reconcile.ts).
 */
export function checkOrders(
  ledger: Ledger,
  afterId: string,
  limit: number,
  nowMs: number,
): OrdersChecked {
  ledger.writeAnnouncements();
  const present = ledger.sql.all<PresentRow>(SQL.checkedOrders, afterId, limit + 1);
  const left = ledger.sql.all<LeftRow>(SQL.checkedTombstones, afterId, limit + 1);
  const all = [
    ...present.map((row) => ({ order: toChecked(row), finding: keysFinding(row) })),
    ...left.map((row) => ({ order: toArchived(row), finding: null })),
  ].toSorted((a, b) => (a.order.id < b.order.id ? -1 : 1));
  const page = all.slice(0, limit);
  const next = all.length > limit ? (page.at(-1)?.order.id ?? null) : null;
  return {
    orders: page.map(({ order }) => order),
    findings: [
      ...page.flatMap(({ finding }) => finding ?? []),
      ...mendOutbox(ledger, afterId, next ?? LAST, nowMs),
    ],
    next,
  };
}

type LeftRow = { id: OrderId; version: number };
type PresentRow = LeftRow & {
  state: OrderState;
  delivery: "auto" | "manual";
  review: Review | null;
  quantity: number;
  held: number;
  sold: number;
  waiting: number;
  stopped_at_ms: number | null;
  held_back: 0 | 1;
};

function toChecked({ id, version, state, sold, waiting, ...row }: PresentRow): CheckedOrder {
  const keys = Array.from({ length: sold });
  const heldBack = row.held_back === 1;
  const owes = purposeOwed({ state, keys, stoppedAtMs: row.stopped_at_ms, heldBack });
  return { id, version, state, waiting: waiting === 1, owes };
}

function toArchived({ id, version }: LeftRow): CheckedOrder {
  return { id, version, state: null, waiting: false, owes: null };
}

/** Reported and not mended: whose a key is can only be told by the row that is wrong. */
function keysFinding(order: PresentRow): Finding | null {
  const { id, state, delivery, quantity, sold } = order;
  const holding = state === "pending" || waitsForReview(order);
  const holds = holding && delivery === "auto" ? quantity : 0;
  // Some may be set aside for an order that waits for the rest.
  const held = state === "unfilled" && order.held < quantity ? 0 : order.held;
  // Refunded orders may have been delivered before, or never.
  const has = state === "delivered" || (state === "refunded" && sold > 0) ? quantity : 0;
  if (held === holds && sold === has) return null;
  const detail = { state, quantity, held: order.held, sold };
  return { kind: "order_keys", subject: id, detail, repaired: false };
}

type OutboxRow = { order_id: OrderId; version: number; order_version: number | null };

/** The outbox is a copy of what the orders are: it is mended by them. */
function mendOutbox(ledger: Ledger, afterId: string, upToId: string, nowMs: number): Finding[] {
  return ledger.sql.all<OutboxRow>(SQL.strayMessages, afterId, upToId).map((row) => {
    const { order_id: id, version, order_version: orderVersion } = row;
    if (orderVersion === null) ledger.sql.run(SQL.dropMessage, id);
    else ledger.sql.run(SQL.announce, JSON.stringify({ [id]: orderVersion }), nowMs);
    const detail = { version, order_version: orderVersion };
    return { kind: "outbox_row", subject: id, detail, repaired: true };
  });
}

/** Answers whether the order book was not being told of it already. */
export function announceAgain(ledger: Ledger, id: OrderId, nowMs: number): boolean {
  ledger.writeAnnouncements();
  return ledger.sql.run(SQL.announceAgain, id, nowMs) === 1;
}
