import type { OrderEvent, OrderState } from "../../src/domain/order.ts";

/**
 * The life of an order once more, from the promise (docs/ARCHITECTURE.md) and not from the code's
 * table: what follows which event. Refunds and replacements have no route yet, so here they are wrong.
 */
const FOLLOWS: Readonly<Record<OrderState, Partial<Record<OrderEvent, OrderState>>>> = {
  pending: { pay: "delivered", pay_manual: "paid", lapse: "expired", cancel: "cancelled" },
  expired: { pay: "delivered", pay_unfilled: "unfilled", pay_manual: "paid" },
  cancelled: { pay: "delivered", pay_unfilled: "unfilled", pay_manual: "paid" },
  paid: { fulfil: "delivered" },
  unfilled: { restock: "delivered", fulfil: "delivered" },
  delivered: {},
  refunded: {},
};

/** What an order is after this happened to it; undefined where it cannot. */
export function after(state: OrderState, event: string): OrderState | undefined {
  return FOLLOWS[state][event as OrderEvent];
}

const reachable = new Map<OrderState, ReadonlySet<OrderState>>();

/** Whether a state may be what another became, in any number of steps. */
export function mayBecome(from: OrderState, to: OrderState): boolean {
  let reached = reachable.get(from);
  if (reached === undefined) {
    const found = new Set([from]);
    for (const state of found) for (const next of Object.values(FOLLOWS[state])) found.add(next);
    reachable.set(from, found);
    reached = found;
  }
  return reached.has(to);
}
