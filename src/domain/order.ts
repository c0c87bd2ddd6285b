/**
 * The life of an order, as one table. Nothing else decides whether a state may follow another:
 * the stock object applies it, the pages and the order book only show what came of it.
 */
export const ORDER_STATES = [
  "pending",
  "paid",
  "delivered",
  "expired",
  "cancelled",
  "unfilled",
  "refunded",
] as const;
export type OrderState = (typeof ORDER_STATES)[number];

/**
 * What can happen to an order.
 * `pay` is a genuine payment of the right sum when keys are at hand or held (automatic products);
 * `pay_unfilled` the same when none are left; `pay_manual` the same for a product a person delivers.
 */
export type OrderEvent =
  | "pay"
  | "pay_unfilled"
  | "pay_manual"
  | "fulfil"
  | "restock"
  | "lapse"
  | "cancel"
  | "replace"
  | "refund";

const TRANSITIONS: Record<OrderState, Partial<Record<OrderEvent, OrderState>>> = {
  pending: {
    pay: "delivered",
    pay_unfilled: "unfilled",
    pay_manual: "paid",
    lapse: "expired",
    cancel: "cancelled",
  },
  paid: { fulfil: "delivered", refund: "refunded" },
  delivered: { replace: "delivered", refund: "refunded" },
  // Money that comes after the hold lapsed, or after the buyer cancelled, is still their money.
  expired: { pay: "delivered", pay_unfilled: "unfilled", pay_manual: "paid" },
  cancelled: { pay: "delivered", pay_unfilled: "unfilled", pay_manual: "paid" },
  unfilled: { restock: "delivered", fulfil: "delivered", refund: "refunded" },
  refunded: {},
};

/** The state that follows, or null where the event means nothing to an order in this state. */
export function transition(state: OrderState, event: OrderEvent): OrderState | null {
  return TRANSITIONS[state][event] ?? null;
}

/**
 * Nothing more is expected of it: a page that waits may stop, and it may leave for the archive. Late
 * money still moves an order that expired or was cancelled; its page tells whoever opens it again.
 */
export function isSettled(state: OrderState): boolean {
  return (
    state === "delivered" || state === "refunded" || state === "cancelled" || state === "expired"
  );
}

/** Counts against the per-buyer limit: what is held, bought, or owed. */
export function countsAgainstLimit(state: OrderState): boolean {
  return state === "pending" || state === "paid" || state === "delivered" || state === "unfilled";
}
