import { standingAgainst, type OrderDispute } from "./dispute.ts";
import { taskReasonOf, refundHours, type TaskReason } from "./money-policy.ts";
import type { Money } from "../money.ts";
import type { OrderState, Review } from "../order/order.ts";
import type { PaymentVerdict } from "./payment.ts";
import { refundableMinor, type Refund, type RefundablePayment } from "./refund.ts";
import type { MoneyPolicy } from "../settings/money.ts";

/** What a payment is to its buyer, where it has not simply bought something. */
export const OUTLOOK_KINDS = [
  "waits",
  "stopped",
  "too_late",
  "second_payment",
  "told_twice",
  "paid_less",
  "paid_more",
  "other_currency",
  "declined",
] as const;
export type OutlookKind = (typeof OUTLOOK_KINDS)[number];

/** `keys`: the order waits for them. `refund`: the gateway is asked to give it back. `person`: somebody of the shop must act. */
export const NEXT_STEPS = ["keys", "refund", "person"] as const;

export interface Step {
  readonly next: (typeof NEXT_STEPS)[number];
  /** By when, at the latest. Of `keys`: until when the order waits; null: nobody has set an end. */
  readonly byMs: number | null;
}

/** What happens to money of a buyer's that has not simply bought something. */
export interface Outlook extends Step {
  readonly kind: OutlookKind;
  /** What is left of the payment. */
  readonly money: Money;
  readonly paidAtMs: number;
}

export interface OutlookPayment extends RefundablePayment {
  readonly atMs: number;
  /** What its gateway gives back when asked; `none` also where the money came past it. */
  readonly able: "none" | "full" | "partial";
}

export interface OutlookOrder {
  readonly state: OrderState;
  readonly review?: Review | null;
  readonly stoppedAtMs?: number | null;
  readonly amountMinor: number;
  readonly currency: Money["currency"];
  readonly refunds?: readonly Refund[];
  readonly disputes?: readonly OrderDispute[];
}

const HOUR_MS = 3_600_000;
/** The policy looks at what waits at least this often, and asks the gateway at that look. */
const ASKED_WITHIN_MS = HOUR_MS;

/**
 * For each such payment what the policy does next (decideMoney says the same of it), and by when. Money that
 * goes back already is not among them: its refund is shown. Neither is a number that paid another order.
 */
export function moneyOutlook(
  order: OutlookOrder,
  payments: readonly OutlookPayment[],
  policy: MoneyPolicy,
  nowMs: number,
): Outlook[] {
  return payments.flatMap((payment) => {
    const reason = taskReasonOf(payment, order);
    // What a bank decides about is not the shop's to promise.
    if (standingAgainst(order.disputes ?? [], payment).length > 0) return [];
    const { isDoubtful, payment: told } = doubted(payment, payments);
    const kind = reason && kindOf(reason, payment, { order, isDoubtful });
    if (reason === null || kind === null) return [];
    const leftMinor = refundableMinor(payment, order.refunds ?? []);
    if (leftMinor < 1) return [];
    const money = { amountMinor: leftMinor, currency: payment.money.currency };
    const step = stepOf(reason, told, order, { policy, nowMs });
    return [{ kind, money, paidAtMs: payment.atMs, ...step }];
  });
}

/** Where two accounts told of it: unless both are asked, nobody knows whether it is one payment. */
function doubted(payment: OutlookPayment, payments: readonly OutlookPayment[]) {
  const isDoubtful = payments.some(
    ({ tradeNo, accountId }) => tradeNo === payment.tradeNo && accountId !== payment.accountId,
  );
  return { isDoubtful, payment: isDoubtful ? { ...payment, able: "none" as const } : payment };
}

/** What would happen if the buyer of an order that waits for keys stopped now; null where none waits. */
export function stepIfStopped(
  order: OutlookOrder,
  payments: readonly OutlookPayment[],
  policy: MoneyPolicy,
  nowMs: number,
): Step | null {
  const isWaiting = order.state === "unfilled" && (order.stoppedAtMs ?? null) === null;
  const payment = payments.find(({ verdict }) => verdict === "unfilled");
  if (!isWaiting || payment === undefined) return null;
  if (standingAgainst(order.disputes ?? [], payment).length > 0) return null;
  return stepOf(
    "stopped",
    doubted(payment, payments).payment,
    { ...order, stoppedAtMs: nowMs },
    { policy, nowMs },
  );
}

/** Until when a person is to have dealt with a payment: what its buyer is told. */
export function personByMs(
  reason: TaskReason,
  payment: Pick<OutlookPayment, "accountId" | "tradeNo" | "atMs">,
  order: OutlookOrder,
  policy: MoneyPolicy,
): number {
  const stoppedAtMs = reason === "stopped" ? order.stoppedAtMs : null;
  const waitedUntilMs = reason === "unfilled" ? waitsUntilMs(payment, policy) : null;
  const sinceMs =
    refusedOf(payment, order)?.settledAtMs ?? stoppedAtMs ?? waitedUntilMs ?? payment.atMs;
  return sinceMs + policy.taskHours * HOUR_MS;
}

function kindOf(
  reason: TaskReason,
  { money }: { readonly money: Money; readonly verdict: PaymentVerdict },
  { order, isDoubtful }: { readonly order: OutlookOrder; readonly isDoubtful: boolean },
): OutlookKind | null {
  switch (reason) {
    case "unfilled":
      return order.state === "unfilled" ? "waits" : null;
    case "stopped":
      return order.state === "unfilled" ? "stopped" : null;
    case "too_late":
      return "too_late";
    case "surplus":
      return isDoubtful ? "told_twice" : "second_payment";
    case "mismatch":
      if (money.currency !== order.currency) return "other_currency";
      return money.amountMinor < order.amountMinor ? "paid_less" : "paid_more";
    case "rejected":
      return "declined";
    case "trade_reused":
    case "disputed":
      return null;
    default:
      return reason satisfies never;
  }
}

function stepOf(
  reason: TaskReason,
  payment: OutlookPayment,
  order: OutlookOrder,
  { policy, nowMs }: { readonly policy: MoneyPolicy; readonly nowMs: number },
): Step {
  const wasRefused = refusedOf(payment, order) !== undefined;
  if (reason === "unfilled" && !wasRefused) {
    const untilMs = waitsUntilMs(payment, policy);
    if (untilMs === null || nowMs < untilMs) return { next: "keys", byMs: untilMs };
  }
  const byMs = personByMs(reason, payment, order, policy);
  const asks = !wasRefused && asksGateway(reason, policy) && canGiveBack(payment, order);
  if (!asks) return { next: "person", byMs };
  return { next: "refund", byMs: byMs - policy.taskHours * HOUR_MS + ASKED_WITHIN_MS };
}

/** Null: nobody has set an end. */
function waitsUntilMs({ atMs }: { readonly atMs: number }, policy: MoneyPolicy): number | null {
  const hours = refundHours(policy);
  return hours === null ? null : atMs + hours * HOUR_MS;
}

/** What a gateway refused once is not asked for again by itself. */
function refusedOf(
  { accountId, tradeNo }: Pick<OutlookPayment, "accountId" | "tradeNo">,
  { refunds = [] }: OutlookOrder,
): Refund | undefined {
  return refunds.findLast(
    (refund) =>
      refund.state === "refused" && refund.accountId === accountId && refund.tradeNo === tradeNo,
  );
}

function asksGateway(reason: TaskReason, policy: MoneyPolicy): boolean {
  switch (reason) {
    case "unfilled":
      return true;
    case "stopped":
      return policy.stopWaiting === "refund";
    case "too_late":
      return policy.late === "refund";
    case "surplus":
    case "mismatch":
      return policy[reason] === "refund";
    case "rejected":
    case "trade_reused":
    case "disputed":
      return false;
    default:
      return reason satisfies never;
  }
}

function canGiveBack(payment: OutlookPayment, { refunds = [] }: OutlookOrder): boolean {
  if (payment.able !== "full") return payment.able === "partial";
  return refundableMinor(payment, refunds) === payment.money.amountMinor;
}
