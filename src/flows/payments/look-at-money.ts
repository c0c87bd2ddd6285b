import type { OrderSnapshot } from "../../../durable-objects/product-stock/contract.ts";
import { parseOrderId, type RefundId } from "../../domain/ids.ts";
import { personByMs } from "../../domain/payments/money-outlook.ts";
import { decideMoney, taskReasonOf, type TaskReason } from "../../domain/payments/money-policy.ts";
import { paymentToRefund, refundableMinor } from "../../domain/payments/refund.ts";
import type { Task, TaskEnd } from "../../domain/payments/task.ts";
import { refundIdOf } from "../orders/body-hash.ts";
import { readMoneyPolicy, type MoneyPolicyPorts } from "./read-money-policy.ts";
import { refundOrder } from "../refunds/refund-order.ts";
import type { AuditedRefundPorts } from "../refunds/refund-ports.ts";
import { tellPaymentsApart, type ApartPorts } from "./tell-payments-apart.ts";

export type MoneyPorts = AuditedRefundPorts & MoneyPolicyPorts & ApartPorts;

/** A payment, and why it is looked at. */
export type MoneyToLookAt = Pick<
  Task,
  "merchantId" | "orderId" | "accountId" | "tradeNo" | "reason" | "paidAtMs"
>;

/** Of a gateway that must be asked and does not answer. */
const ASK_AGAIN_MS = 300_000;
/** Money that a dispute holds: banks take weeks. */
const DISPUTED_AGAIN_MS = 3_600_000;

/**
 * Does with a payment that has not simply bought something what the policy of this moment says. What was written
 * down when the money came is only a wake-up: the order itself is asked what is true. Any number of looks at
 * once make one refund.
 */
export async function lookAtMoney(
  ports: MoneyPorts,
  told: MoneyToLookAt,
  nowMs: number,
): Promise<TaskEnd> {
  const parsed = parseOrderId(told.orderId);
  const order = parsed && (await ports.stock.of(parsed.stockNumber).order(parsed.id));
  const payment = order && paymentToRefund(order.payments, told);
  if (!parsed || !order || !payment)
    return { state: "open", because: "order_not_found", dueAtMs: null };
  // The gateway has named the true sum since, or the order has moved on: nothing is owed for this reason.
  if (taskReasonOf(payment, order) !== told.reason) return { state: "done", doneAtMs: nowMs };
  // The same at every look, so that a crash between asking and writing it down pays nobody twice.
  const refundId = await refundIdOf(["policy", told.orderId, told.accountId, told.tradeNo]);
  const refunds = order.refunds ?? [];
  const ours = refunds.find(({ id }) => id === refundId);
  const place = {
    reason: told.reason,
    orderState: order.state,
    paidAtMs: told.paidAtMs,
    leftMinor: refundableMinor(payment, refunds),
    refund: ours?.state ?? null,
    othersAsked: refunds.some(
      ({ accountId, tradeNo, state }) =>
        state === "asked" && accountId === told.accountId && tradeNo === told.tradeNo,
    ),
  };
  const policy = await readMoneyPolicy(ports, order);
  const dueAtMs = personByMs(told.reason, payment, order, policy);
  const act = decideMoney(place, policy, nowMs);
  switch (act.kind) {
    case "settled":
      return { state: "done", doneAtMs: nowMs };
    case "look_again":
      return { state: "policy", lookAtMs: act.atMs };
    case "task":
      return { state: "open", because: ours?.refusal ?? told.reason, dueAtMs };
    case "refund":
      break;
    default:
      return act satisfies never;
  }
  const { money } = payment;
  const apartness = await tellPaymentsApart(ports, { ...told, money }, order);
  switch (apartness) {
    case "doubtful":
      return { state: "open", because: "number_on_two_accounts", dueAtMs };
    case "unavailable":
      return { state: "policy", lookAtMs: nowMs + ASK_AGAIN_MS };
    case "alone":
    case "two":
      return giveBack(
        ports,
        { told, order, stockNumber: parsed.stockNumber, refundId, dueAtMs },
        nowMs,
      );
    default:
      return apartness satisfies never;
  }
}

interface GivingBack {
  readonly told: MoneyToLookAt;
  readonly order: OrderSnapshot;
  readonly stockNumber: number;
  readonly refundId: RefundId;
  /** Should it come to a person. */
  readonly dueAtMs: number;
}

async function giveBack(
  ports: MoneyPorts,
  { told, order, stockNumber, refundId, dueAtMs }: GivingBack,
  nowMs: number,
): Promise<TaskEnd> {
  const { merchantId, accountId, tradeNo, reason } = told;
  // Never by itself; for the compiler.
  if (reason === "rejected" || reason === "disputed") {
    return { state: "open", because: reason, dueAtMs };
  }
  const actor = reason === "stopped" ? "buyer" : "policy";
  const refunded = await refundOrder(
    ports,
    { merchantId, actor, atMs: nowMs },
    {
      order,
      stockNumber,
      refundId,
      payment: { accountId, tradeNo },
      amountMinor: null,
      keys: "void",
      method: "gateway",
      reason: WORDS[reason],
      onlyWhile: reason === "stopped" ? "unfilled" : reason,
    },
  );
  const soon = { state: "policy", lookAtMs: nowMs } as const;
  // The next look finds how it ended; what is asked still is looked at as often as it is asked about.
  if (refunded.ok) return soon;
  const because = refunded.error.reason;
  // Won, the policy acts after all; lost, the money is gone, and a person sees to what else was paid.
  if (refunded.error.reason === "disputed" && refunded.error.state === "opened") {
    return { state: "policy", lookAtMs: nowMs + DISPUTED_AGAIN_MS };
  }
  // The order or what is left of the payment changed under us: look again at what is true now.
  return because === "not_paid" || because === "too_much"
    ? soon
    : { state: "open", because, dueAtMs };
}

/** On the buyer's statement, where the gateway shows it. */
const WORDS: Record<Exclude<TaskReason, "rejected" | "disputed">, string> = {
  unfilled: "out of stock",
  stopped: "the buyer did not wait",
  too_late: "not the order's money",
  surplus: "not the order's money",
  mismatch: "not the order's money",
  trade_reused: "not the order's money",
};
