import { newId, parseOrderId, type RefundId } from "../domain/ids.ts";
import { decideMoney, taskReasonOf } from "../domain/money-policy.ts";
import { paymentToRefund, refundableMinor } from "../domain/refund.ts";
import type { Task, TaskEnd } from "../domain/task.ts";
import { readMoneyPolicy } from "../flows/read-money-policy.ts";
import { refundOrder } from "../flows/refund-order.ts";
import type { Deps } from "../platform/deps.ts";
import { errorFields, log } from "../platform/log.ts";

const LOOKS_MAX = 20;
const LEASE_MS = 300_000;
/** Who the audit log says it was. */
const ACTOR = "policy";

/**
 * Looks at payments that have not simply bought something, by the policy that the merchant has now. What
 * was written down when the money came is only a wake-up: the order itself is asked what is true.
 */
export async function applyMoneyPolicy(deps: Deps, nowMs: number): Promise<number> {
  const due = await deps.tasks.claimDue(nowMs, LEASE_MS, LOOKS_MAX);
  const looked = await Promise.all(
    due.map(async (task) => {
      try {
        await deps.tasks.settle(task.number, await look(deps, task, nowMs));
        return true;
      } catch (error) {
        log("warn", "money_policy_not_applied", { order: task.orderId, ...errorFields(error) });
        return false;
      }
    }),
  );
  return looked.filter(Boolean).length;
}

async function look(deps: Deps, task: Task, nowMs: number): Promise<TaskEnd> {
  const parsed = parseOrderId(task.orderId);
  const order = parsed && (await deps.stock.of(parsed.stockNumber).order(parsed.id));
  const payment = order && paymentToRefund(order.payments, task);
  if (!parsed || !order || !payment) return { state: "open", because: "order_not_found" };
  // The gateway has named the true sum since, or the order has moved on: nothing is owed for this reason.
  if (taskReasonOf(payment, order) !== task.reason) return { state: "done", doneAtMs: nowMs };
  const refundId = await refundIdOf(task);
  const refunds = order.refunds ?? [];
  const ours = refunds.find(({ id }) => id === refundId);
  const place = {
    reason: task.reason,
    orderState: order.state,
    paidAtMs: task.paidAtMs,
    leftMinor: refundableMinor(payment, refunds),
    refund: ours?.state ?? null,
    othersAsked: refunds.some(
      ({ accountId, tradeNo, state }) =>
        state === "asked" && accountId === task.accountId && tradeNo === task.tradeNo,
    ),
  };
  const act = decideMoney(place, await readMoneyPolicy(deps, order), nowMs);
  switch (act.kind) {
    case "settled":
      return { state: "done", doneAtMs: nowMs };
    case "look_again":
      return { state: "policy", lookAtMs: act.atMs };
    case "task":
      return { state: "open", because: ours?.refusal ?? task.reason };
    case "refund":
      break;
    default:
      return act satisfies never;
  }
  // Never by itself; for the compiler.
  if (task.reason === "rejected") return { state: "open", because: task.reason };
  const author = { merchantId: task.merchantId, actor: ACTOR, atMs: nowMs };
  const refunded = await refundOrder(deps, author, {
    order,
    stockNumber: parsed.stockNumber,
    refundId,
    payment: { accountId: task.accountId, tradeNo: task.tradeNo },
    amountMinor: null,
    keys: "void",
    method: "gateway",
    reason: task.reason === "unfilled" ? "out of stock" : "not the order's money",
    onlyWhile: task.reason,
  });
  const soon = { state: "policy", lookAtMs: nowMs } as const;
  if (refunded.ok) {
    // The next look finds how it ended; what is asked still is looked at as often as it is asked about.
    return soon;
  }
  const { reason } = refunded.error;
  // The order or what is left of the payment changed under us: look again at what is true now.
  return reason === "not_paid" || reason === "too_much" ? soon : { state: "open", because: reason };
}

/** The same at every look, so that a crash between asking and writing it down pays nobody twice. */
async function refundIdOf({ orderId, accountId, tradeNo }: Task): Promise<RefundId> {
  const name = new TextEncoder().encode(`policy\0${orderId}\0${accountId}\0${tradeNo}`);
  return newId("refund", new Uint8Array(await crypto.subtle.digest("SHA-256", name)));
}
