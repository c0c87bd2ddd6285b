import type { OrderEvent, OrderState } from "../../src/domain/order/order.ts";

const LATE = {
  pay: "delivered",
  pay_unfilled: "unfilled",
  pay_manual: "paid",
  pay_review: "paid",
  pay_refunded: "refunded",
} as const;

/** By the shop or by a bank. */
const BACK = { refund: "refunded", charge_back: "refunded" } as const;

/** The gateway would not give the money back, or the bank has come to another mind: the order is what it was. */
const FAILED = {
  won_back_paid: "paid",
  won_back_delivered: "delivered",
  won_back_unfilled: "unfilled",
  refund_failed_paid: "paid",
  refund_failed_delivered: "delivered",
  refund_failed_unfilled: "unfilled",
} as const;

/**
 * The life of an order once more, from the promise (docs/ARCHITECTURE.md) and not from the code's
 * table: what follows which event. Replacements have no route yet, so here they are wrong.
 */
const FOLLOWS: Readonly<Record<OrderState, Partial<Record<OrderEvent, OrderState>>>> = {
  pending: {
    pay: "delivered",
    // Of money that a dispute holds; anything else that is held is delivered, by the law of verdicts.
    pay_unfilled: "unfilled",
    pay_manual: "paid",
    pay_review: "paid",
    pay_refunded: "refunded",
    approve: "pending",
    lapse: "expired",
    cancel: "cancelled",
  },
  expired: { ...LATE, approve: "expired" },
  cancelled: { ...LATE, approve: "cancelled" },
  paid: {
    confirm: "paid",
    fulfil: "delivered",
    approve: "delivered",
    reject: "paid",
    ...BACK,
  },
  unfilled: {
    restock: "delivered",
    restock_review: "paid",
    fulfil: "delivered",
    approve: "unfilled",
    reject: "paid",
    confirm: "unfilled",
    ...BACK,
  },
  delivered: { confirm: "delivered", ...BACK },
  refunded: { ...FAILED, confirm: "refunded" },
};

/** What an order is after this happened to it; undefined where it cannot. */
export function after(state: OrderState, event: string): OrderState | undefined {
  return FOLLOWS[state][event as OrderEvent];
}

const reachable = new Map<OrderState, ReadonlySet<OrderState>>();

/**
 * Whether a state may be what another became, in any number of steps. On the way it was not refunded in vain,
 * or everything would become of everything: which state such a refund leaves is the history's to say.
 */
export function mayBecome(from: OrderState, to: OrderState): boolean {
  let reached = reachable.get(from);
  if (reached === undefined) {
    const found = new Set([from]);
    for (const state of found) {
      if (state === "refunded" && from !== "refunded") continue;
      for (const next of Object.values(FOLLOWS[state])) found.add(next);
    }
    reachable.set(from, found);
    reached = found;
  }
  return reached.has(to);
}
