import { isHeldBack } from "../payments/dispute.ts";
import type { DeliveryId, MerchantId, OrderId } from "../ids.ts";
import type { OrderState } from "../order/order.ts";
import { goneBack, type Refund } from "../payments/refund.ts";

/**
 * The rules of one mail that is owed. `superseded`: the order moved on before the mail left (a
 * "we owe you" that has been made good), so that sending it would tell the buyer what is not true.
 */
export const DELIVERY_STATES = [
  "queued",
  "sending",
  "retrying",
  "sent",
  "failed",
  "superseded",
] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/**
 * `keys`: here is what you bought. `unfilled`: we have your money and no key for it yet. `refunded`: all of your
 * money has gone back. `part_refunded`: some of it has, and the order stays what it is.
 */
export const DELIVERY_PURPOSES = ["keys", "unfilled", "refunded", "part_refunded"] as const;
export type DeliveryPurpose = (typeof DELIVERY_PURPOSES)[number];

export interface Delivery {
  readonly id: DeliveryId;
  readonly merchantId: MerchantId;
  readonly orderId: OrderId;
  readonly purpose: DeliveryPurpose;
  readonly round: number;
  readonly state: DeliveryState;
  /** How often it was claimed, this time included: it also tells one claim from a later one. */
  readonly attempts: number;
}

/** The mail that an order in this state owes its buyer, or null. */
export function purposeOwed(order: {
  readonly state: OrderState;
  readonly keys: readonly unknown[];
  readonly refunds?: readonly Pick<Refund, "state">[];
  /** Whoever waits no longer is not promised keys. */
  readonly stoppedAtMs?: number | null;
  /** Nor is whose bank is taking the money back. */
  readonly heldBack?: boolean;
}): DeliveryPurpose | null {
  if (order.state === "delivered") return order.keys.length > 0 ? "keys" : null;
  if (order.state === "refunded") return hasGoneBack(order.refunds ?? []) ? "refunded" : null;
  const isWaiting = order.state === "unfilled" && (order.stoppedAtMs ?? null) === null;
  return isWaiting && order.heldBack !== true ? "unfilled" : null;
}

type Owing = Parameters<typeof purposeOwed>[0] &
  Parameters<typeof goneBack>[0] &
  Parameters<typeof isHeldBack>[0];

/**
 * Every mail that an order owes. Of parts of its money that went back each is told, in a round of its own: one that is
 * not out when the next has gone back is superseded, since the next tells both.
 */
export function mailsOwed(order: Owing): readonly Pick<Delivery, "purpose" | "round">[] {
  const purpose = purposeOwed({ ...order, heldBack: isHeldBack(order) });
  const parts = order.state === "refunded" ? 0 : goneBack(order).length;
  return [
    ...(purpose === null ? [] : [{ purpose, round: 0 }]),
    ...(parts === 0 ? [] : [{ purpose: "part_refunded" as const, round: parts - 1 }]),
  ];
}

/** Whether what a mail would say is still true. What a person asks for once more is a round more. */
export function isOwed(order: Owing, { purpose, round }: Pick<Delivery, "purpose" | "round">) {
  return mailsOwed(order).some(
    (mail) => mail.purpose === purpose && (purpose !== "part_refunded" || mail.round === round),
  );
}

/** While a gateway has not said, nobody is told that their money is on its way. */
function hasGoneBack(refunds: readonly Pick<Refund, "state">[]): boolean {
  return (
    refunds.some(({ state }) => state === "done") && refunds.every(({ state }) => state !== "asked")
  );
}

/**
 * "We have your money and no key" waits this long: a hold that lapses meanwhile may fill the order,
 * and then the mail with the keys is the only one.
 */
const UNFILLED_PATIENCE_MS = 60_000;

/** When the mail may leave, of an order that began to owe it at `nowMs`. */
export function mailDueAtMs(purpose: DeliveryPurpose, nowMs: number): number {
  return purpose === "unfilled" ? nowMs + UNFILLED_PATIENCE_MS : nowMs;
}

/** After the last one the delivery is `failed`: a person sees it and may send it anew. */
export const MAIL_ATTEMPTS_MAX = 8;

/**
 * How long one attempt owns the row: longer than every sender's time-outs together, so that only a
 * crash lets another attempt begin.
 */
export const MAIL_LEASE_MS = 4 * 60_000;

const BACKOFF_BASE_SECONDS = 30;
/** Below the longest that a queue delays a message (12 h). */
const BACKOFF_SECONDS_MAX = 6 * 3600;

/** Seconds until the next attempt after `attempts` of them: 30 s, 90 s … 6 h, nine hours in all. */
export function mailBackoffSeconds(attempts: number): number {
  return Math.min(BACKOFF_SECONDS_MAX, BACKOFF_BASE_SECONDS * 3 ** Math.max(0, attempts - 1));
}
