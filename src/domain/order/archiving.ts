import { isSettled, type OrderState } from "./order.ts";

const DAY_MS = 24 * 3600_000;
/**
 * Gateways repeat a notice for a day or two, and a buyer who pays late does so within days: an order
 * that nobody paid has heard all that it will after a week.
 */
const UNPAID_DAYS = 7;
/** What was bought is looked at, mailed again, complained of and refunded within a month. */
const PAID_DAYS = 30;

/**
 * When an order may leave its object for the archive: so long after its last act. Null where it is
 * not settled. What comes later all the same is not lost: the order is brought back for it.
 */
export function archivableAtMs(order: {
  readonly state: OrderState;
  readonly history: readonly { readonly atMs: number }[];
  readonly payments: readonly { readonly atMs: number }[];
}): number | null {
  if (!isSettled(order.state)) return null;
  const lastActMs = Math.max(...[...order.history, ...order.payments].map((act) => act.atMs));
  const unpaid = order.state === "expired" || order.state === "cancelled";
  const days = unpaid && order.payments.length === 0 ? UNPAID_DAYS : PAID_DAYS;
  return lastActMs + days * DAY_MS;
}
