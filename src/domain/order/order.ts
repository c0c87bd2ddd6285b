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
 * `pay_unfilled` the same when none are left; `pay_manual` the same for a product a person delivers;
 * `pay_review` the same as `pay` where a person must look first: the keys stay held, without an end.
 * `pay_refunded` is one whose money had gone back before it was told of: nothing is delivered.
 * `restock_review` is `restock` for such an order. `approve` and `reject` are that person's word; what is
 * rejected keeps the money and no keys: its buyer is owed a refund.
 * `confirm`: a gateway tells of the money that a person had vouched for.
 * `stop_waiting`: its buyer wants the money and no keys any more.
 * `refund_failed_*`: the gateway will not give the money back, and the order is what it was.
 * `charge_back`: a bank has taken the money back; `won_back_*`: it has come to another mind.
 */
export type OrderEvent =
  | "pay"
  | "pay_unfilled"
  | "pay_manual"
  | "pay_review"
  | "pay_refunded"
  | "fulfil"
  | "restock"
  | "restock_review"
  | "approve"
  | "reject"
  | "lapse"
  | "cancel"
  | "replace"
  | "confirm"
  | "stop_waiting"
  | "refund"
  | "refund_failed_paid"
  | "refund_failed_delivered"
  | "refund_failed_unfilled"
  | "charge_back"
  | "won_back_paid"
  | "won_back_delivered"
  | "won_back_unfilled";

/** Money that comes after the hold lapsed, or after the buyer cancelled, is still their money. */
const LATE = {
  pay: "delivered",
  pay_unfilled: "unfilled",
  pay_manual: "paid",
  pay_review: "paid",
  pay_refunded: "refunded",
} as const;

const TRANSITIONS: Record<OrderState, Partial<Record<OrderEvent, OrderState>>> = {
  pending: {
    pay: "delivered",
    pay_unfilled: "unfilled",
    pay_manual: "paid",
    pay_review: "paid",
    pay_refunded: "refunded",
    approve: "pending",
    lapse: "expired",
    cancel: "cancelled",
  },
  paid: {
    confirm: "paid",
    fulfil: "delivered",
    approve: "delivered",
    reject: "paid",
    refund: "refunded",
    charge_back: "refunded",
  },
  delivered: {
    replace: "delivered",
    confirm: "delivered",
    refund: "refunded",
    charge_back: "refunded",
  },
  expired: { ...LATE, approve: "expired" },
  cancelled: { ...LATE, approve: "cancelled" },
  unfilled: {
    restock: "delivered",
    restock_review: "paid",
    fulfil: "delivered",
    approve: "unfilled",
    reject: "paid",
    stop_waiting: "unfilled",
    confirm: "unfilled",
    refund: "refunded",
    charge_back: "refunded",
  },
  refunded: {
    confirm: "refunded",
    refund_failed_paid: "paid",
    refund_failed_delivered: "delivered",
    refund_failed_unfilled: "unfilled",
    won_back_paid: "paid",
    won_back_delivered: "delivered",
    won_back_unfilled: "unfilled",
  },
};

/** The state that follows, or null where the event means nothing to an order in this state. */
export function transition(state: OrderState, event: OrderEvent): OrderState | null {
  return TRANSITIONS[state][event] ?? null;
}

/**
 * Whether a person must look at an order before it is delivered. `asked` until they have; an order that
 * nobody doubted has none.
 */
export const REVIEWS = ["asked", "approved", "rejected"] as const;
export type Review = (typeof REVIEWS)[number];

/** Paid, its keys held without an end, delivered by nobody before somebody has looked. */
export function waitsForReview(order: {
  readonly state: OrderState;
  readonly review?: Review | null;
}): boolean {
  return order.state === "paid" && order.review === "asked";
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
