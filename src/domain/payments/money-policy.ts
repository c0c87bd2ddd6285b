import type { OrderState, Review } from "../order/order.ts";
import type { PaymentVerdict } from "./payment.ts";
import type { RefundState } from "./refund.ts";
import type { MoneyPolicy } from "../settings/money.ts";

/** Money that has not simply bought something: why it is looked at. */
export const TASK_REASONS = [
  "unfilled",
  "stopped",
  "too_late",
  "surplus",
  "mismatch",
  "trade_reused",
  "rejected",
  "disputed",
] as const;
export type TaskReason = (typeof TASK_REASONS)[number];

export function taskReasonOf(
  { verdict }: { readonly verdict: PaymentVerdict },
  order: {
    readonly state: OrderState;
    readonly review?: Review | null;
    readonly stoppedAtMs?: number | null;
  },
): TaskReason | null {
  // Declined by a person after a look: its buyer is owed the money, also where keys came later than it.
  const isDeclined = order.review === "rejected" && order.state === "paid";
  if (isDeclined && (verdict === "paid" || verdict === "unfilled")) return "rejected";
  // Whatever has become of it since: a gateway that refuses leaves it to the same task.
  if (verdict === "unfilled" && (order.stoppedAtMs ?? null) !== null) return "stopped";
  return TASK_REASONS.find((reason) => reason === verdict) ?? null;
}

/** A payment as it stands now. */
export interface MoneyPlace {
  readonly reason: TaskReason;
  readonly orderState: OrderState;
  readonly paidAtMs: number;
  /** Minor units that may still go back. */
  readonly leftMinor: number;
  /** Of the policy's own refund; null before there is one. */
  readonly refund: RefundState | null;
  /** Another refund of this payment is under way. */
  readonly othersAsked: boolean;
}

export type MoneyAct =
  /** Nothing is left to decide. */
  | { readonly kind: "settled" }
  | { readonly kind: "look_again"; readonly atMs: number }
  | { readonly kind: "refund" }
  /** A person must decide. */
  | { readonly kind: "task" };

/** A policy may change while money waits, so nothing waits longer without a look at it. */
const LOOK_AGAIN_MS = 3_600_000;
const REFUND_LOOK_MS = 300_000;
const HOUR_MS = 3_600_000;

/** What becomes of a payment by the policy that holds now. */
export function decideMoney(place: MoneyPlace, policy: MoneyPolicy, nowMs: number): MoneyAct {
  if (place.refund === "asked" || place.othersAsked) {
    return { kind: "look_again", atMs: nowMs + REFUND_LOOK_MS };
  }
  if (place.leftMinor < 1) return { kind: "settled" };
  const isOwed = place.reason === "unfilled" || place.reason === "stopped";
  if (isOwed && place.orderState !== "unfilled") return { kind: "settled" };
  // What a gateway refused once is not asked for again by itself.
  if (place.refund !== null) return { kind: "task" };
  switch (place.reason) {
    case "unfilled":
      return decideUnfilled(place.paidAtMs, policy, nowMs);
    case "stopped":
      return { kind: policy.stopWaiting };
    case "too_late":
      return { kind: policy.late === "refund" ? "refund" : "task" };
    case "surplus":
    case "mismatch":
      return { kind: policy[place.reason] };
    // The same money may have paid another order: giving it back could take it from that one.
    case "trade_reused":
    // Whoever declined it says how the money goes back, too.
    case "rejected":
    // A person answers the bank.
    case "disputed":
      return { kind: "task" };
    default:
      return place.reason satisfies never;
  }
}

/** Hours from the payment until the money of an order without keys goes back; null: by nobody's clock. */
export function refundHours({ unfilled, unfilledWaitHours }: MoneyPolicy): number | null {
  if (unfilled === "refund") return 0;
  return unfilledWaitHours === "forever" ? null : unfilledWaitHours;
}

function decideUnfilled(paidAtMs: number, policy: MoneyPolicy, nowMs: number): MoneyAct {
  const hours = refundHours(policy);
  const untilMs = hours === null ? null : paidAtMs + hours * HOUR_MS;
  if (untilMs !== null && nowMs >= untilMs) return { kind: "refund" };
  return { kind: "look_again", atMs: Math.min(untilMs ?? Infinity, nowMs + LOOK_AGAIN_MS) };
}
