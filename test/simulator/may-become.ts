import { transition, type OrderEvent, type OrderState } from "../../src/domain/order.ts";

const EVENTS: readonly OrderEvent[] = [
  "pay",
  "pay_unfilled",
  "pay_manual",
  "fulfil",
  "restock",
  "lapse",
  "cancel",
];

/** Whether a state may be what another became, in any number of steps. */
export function mayBecome(from: OrderState, to: OrderState): boolean {
  const reached = new Set<OrderState>([from]);
  for (const state of reached) {
    for (const event of EVENTS) {
      const next = transition(state, event);
      if (next !== null) reached.add(next);
    }
  }
  return reached.has(to);
}
