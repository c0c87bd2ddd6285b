import type { OrderEvent, OrderState } from "../../src/domain/order.ts";

const LATE = {
  pay: "delivered",
  pay_unfilled: "unfilled",
  pay_manual: "paid",
  pay_review: "paid",
  pay_refunded: "refunded",
} as const;

/**
 * The life of an order once more, from the promise (docs/ARCHITECTURE.md) and not from the code's
 * table: what follows which event. Refunds and replacements have no route yet, so here they are wrong.
 */
const FOLLOWS: Readonly<Record<OrderState, Partial<Record<OrderEvent, OrderState>>>> = {
  pending: {
    pay: "delivered",
    pay_manual: "paid",
    pay_review: "paid",
    pay_refunded: "refunded",
    approve: "pending",
    lapse: "expired",
    cancel: "cancelled",
  },
  expired: { ...LATE, approve: "expired" },
  cancelled: { ...LATE, approve: "cancelled" },
  paid: { fulfil: "delivered", approve: "delivered", reject: "paid" },
  unfilled: {
    restock: "delivered",
    restock_review: "paid",
    fulfil: "delivered",
    approve: "unfilled",
    reject: "paid",
  },
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
