import {
  transition,
  waitsForReview,
  type OrderEvent,
  type OrderState,
} from "../../src/domain/order/order.ts";
import {
  paidTheOrder,
  paymentToRefund,
  refundableMinor,
  type Refund,
  type RefundablePayment,
} from "../../src/domain/payments/refund.ts";
import { standingAgainst } from "../../src/domain/payments/dispute.ts";
import type { OrderId } from "../../src/domain/ids.ts";
import { followDisputes } from "./disputes.ts";
import type { Ledger } from "./ledger.ts";
import { changeOrder, findOrder, touchOrder } from "./orders.ts";
import { reviveVoid, voidSold } from "./pool.ts";
import type { BeginRefund, RefundOutcome, SettleRefund } from "./refund-contract.ts";
import { fillOwed, leaveWaitList } from "./restock.ts";
import type { OrderRow } from "./rows.ts";
import { recordedDisputes, recordedPayments, recordedRefunds, snapshot } from "./snapshot.ts";
import { SQL } from "./statements.ts";
import { inArchive } from "./tombstones.ts";

/**
 * Speaks for a part of a payment, in the transaction that looks at what is left of it. Where with it all of
 * the order's money goes back, the order is refunded from now on: its keys are nobody's (or stay, by
 * `keys`), and none is delivered any more, whatever the gateway says later. A buyer who must not keep keys
 * has lost them before the money leaves.
 */
export function beginRefund(ledger: Ledger, request: BeginRefund, nowMs: number): RefundOutcome {
  const order = findOrder(ledger, request.orderId);
  if (order === null) return { kind: "unknown", ...inArchive(ledger, request.orderId) };
  if (order.merchant_id !== request.merchantId) return { kind: "unknown" };
  const refunds = recordedRefunds(ledger, order);
  const same = sameRefund(refunds, request);
  if (same !== undefined) return answer(ledger, order, same, false);
  const unnamed = unnamedRefund(refunds, request);
  if (unnamed !== undefined) return nameRefund(ledger, order, unnamed, request, nowMs);

  const payment =
    paymentToRefund(recordedPayments(ledger, order), request.payment) ?? toldLater(order, request);
  if (payment === null || !isStill(request.onlyWhile, order, payment)) return { kind: "not_found" };
  const disputed = whatForbids(ledger, order, payment, request);
  if (disputed !== null) return disputed;
  const leftMinor = refundableMinor(payment, refunds);
  const amountMinor = request.amountMinor ?? leftMinor;
  if (amountMinor < 1 || amountMinor > leftMinor) return { kind: "too_much", leftMinor };

  const isWhole = amountMinor === leftMinor && payment.verdict !== null && paidTheOrder(payment);
  const givesUp = isWhole && transition(order.state, "refund") !== null;
  const settled = request.method !== "gateway";
  const refund: Refund = {
    id: request.refundId,
    accountId: payment.accountId,
    tradeNo: payment.tradeNo,
    money: { amountMinor, currency: payment.money.currency },
    state: settled ? "done" : "asked",
    method: request.method,
    keys: request.keys,
    reason: request.reason,
    refundNo: request.refundNo,
    refusal: null,
    askedAtMs: nowMs,
    settledAtMs: settled ? nowMs : null,
    orderWas: givesUp ? order.state : null,
  };
  insertRefund(ledger, order.id, refund);
  const by = request.method === "desk" ? "gateway" : "merchant";
  const changed = givesUp
    ? giveUp(ledger, order, refund, { by, nowMs })
    : touchOrder(ledger, order, nowMs);
  return answer(ledger, changed, refund, true);
}

/** Giving back what a bank is taking back, or has, pays twice. At the gateway's desk it has been done. */
function whatForbids(
  ledger: Ledger,
  order: OrderRow,
  payment: Pick<RefundablePayment, "accountId" | "tradeNo">,
  { method, despiteDispute }: BeginRefund,
): Extract<RefundOutcome, { kind: "disputed" }> | null {
  if (method === "desk" || despiteDispute === true) return null;
  const [standing] = standingAgainst(recordedDisputes(ledger, order), payment);
  if (standing === undefined) return null;
  const state = standing.state === "lost" ? "lost" : "opened";
  return { kind: "disputed", disputeNo: standing.disputeNo, state };
}

/** By our number, or by the gateway's: whoever tells of a refund again, and in whatever way, it is one. */
function sameRefund(refunds: readonly Refund[], request: BeginRefund): Refund | undefined {
  const { refundId, refundNo } = request;
  const byOurs = refunds.find(({ id }) => id === refundId);
  if (byOurs !== undefined || refundNo === null) return byOurs;
  return refunds.find((refund) => refund.refundNo === refundNo && isOf(refund, request));
}

/**
 * What is told of the gateway's desk may have been written down before, by a person or from a notice without a number:
 * then it is one of that sum which nobody has given a number yet.
 */
function unnamedRefund(refunds: readonly Refund[], request: BeginRefund): Refund | undefined {
  if (request.method !== "desk" || request.refundNo === null) return undefined;
  return refunds.find(
    (refund) =>
      refund.method !== "gateway" &&
      refund.refundNo === null &&
      refund.money.amountMinor === request.amountMinor &&
      isOf(refund, request),
  );
}

function isOf({ accountId, tradeNo }: Refund, { payment }: BeginRefund): boolean {
  return accountId === payment?.accountId && tradeNo === payment.tradeNo;
}

/** From now on another number is another refund. */
function nameRefund(
  ledger: Ledger,
  order: OrderRow,
  refund: Refund,
  { refundNo }: BeginRefund,
  nowMs: number,
): RefundOutcome {
  ledger.sql.run(SQL.nameRefund, refund.id, refundNo);
  return answer(ledger, touchOrder(ledger, order, nowMs), { ...refund, refundNo }, false);
}

/**
 * A payment that nobody has told of and whose money went back at the gateway's desk: notices come in any order.
 * It is taken to be of the order's sum, so that what goes back is bounded, until it is recorded itself.
 */
function toldLater(order: OrderRow, { method, payment }: BeginRefund): ToldLater | null {
  if (method !== "desk" || payment === null) return null;
  const money = { amountMinor: order.amount_minor, currency: order.currency };
  return { ...payment, money, verdict: null };
}

type ToldLater = Omit<RefundablePayment, "verdict"> & { readonly verdict: null };

function isStill(
  wanted: BeginRefund["onlyWhile"],
  order: OrderRow,
  { verdict }: { readonly verdict: RefundablePayment["verdict"] | null },
): boolean {
  if (wanted === undefined) return true;
  return verdict === wanted && (wanted !== "unfilled" || order.state === "unfilled");
}

/** How it ended. A refund that ended already stays as it is. */
export function settleRefund(
  ledger: Ledger,
  { orderId, refundId, end }: SettleRefund,
  nowMs: number,
): RefundOutcome {
  const order = findOrder(ledger, orderId);
  if (order === null) return { kind: "unknown", ...inArchive(ledger, orderId) };
  const refunds = recordedRefunds(ledger, order);
  const refund = refunds.find(({ id }) => id === refundId);
  if (refund === undefined) return { kind: "not_found" };
  if (refund.state !== "asked") return answer(ledger, order, refund, false);

  const settled: Refund =
    end.kind === "done"
      ? { ...refund, state: "done", refundNo: end.refundNo ?? refund.refundNo, settledAtMs: nowMs }
      : { ...refund, state: "refused", refusal: end.reason, settledAtMs: nowMs };
  const { state, refundNo, refusal } = settled;
  ledger.sql.run(SQL.settleRefund, refundId, state, refundNo, refusal, nowMs);
  // Of several that together gave all of it back, any one that fails leaves the shop with money.
  const was = refunds.findLast(({ orderWas }) => orderWas !== null)?.orderWas ?? null;
  // What a bank has taken is the bank's to give back.
  const isOurs = recordedDisputes(ledger, order).every(({ orderWas }) => orderWas === null);
  const changed =
    end.kind === "refused" && was !== null && isOurs && paysForTheOrder(ledger, order, refund)
      ? followDisputes(ledger, takeBack(ledger, order, was, nowMs), nowMs)
      : touchOrder(ledger, order, nowMs);
  return answer(ledger, changed, settled, true);
}

export function insertRefund(ledger: Ledger, orderId: OrderId, refund: Refund): void {
  ledger.expectRefunds();
  ledger.sql.run(
    SQL.insertRefund,
    refund.id,
    orderId,
    refund.accountId,
    refund.tradeNo,
    refund.money.amountMinor,
    refund.money.currency,
    refund.state,
    refund.method,
    refund.keys,
    refund.reason,
    refund.refundNo,
    refund.refusal,
    refund.askedAtMs,
    refund.settledAtMs,
    refund.orderWas,
  );
}

function giveUp(
  ledger: Ledger,
  order: OrderRow,
  refund: Refund,
  change: { by: "merchant" | "gateway"; nowMs: number },
): OrderRow {
  // Held for a person's look: rejected, so that the keys are anyone's again.
  const looked = waitsForReview(order)
    ? changeOrder(ledger, order, "reject", { ...change, review: "rejected" })
    : order;
  if (refund.keys === "void") voidSold(ledger, order.id);
  const refunded = changeOrder(ledger, looked, "refund", change);
  if (looked !== order || order.state === "unfilled") leaveWaitList(ledger, order.id, change.nowMs);
  return refunded;
}

function paysForTheOrder(ledger: Ledger, order: OrderRow, refund: Refund): boolean {
  const payment = paymentToRefund(recordedPayments(ledger, order), refund);
  return payment !== null && paidTheOrder(payment);
}

/** The gateway will not: the order is what it was, and so are its keys. */
function takeBack(ledger: Ledger, order: OrderRow, was: OrderState, nowMs: number): OrderRow {
  const event = `refund_failed_${was}` as OrderEvent;
  if (transition(order.state, event) === null) return touchOrder(ledger, order, nowMs);
  reviveVoid(ledger, order.id);
  const back = changeOrder(ledger, order, event, { by: "gateway", nowMs });
  if (was !== "unfilled") return back;
  // Keys may have come while nobody owed it any.
  fillOwed(ledger, "clock", nowMs);
  return findOrder(ledger, order.id) ?? back;
}

function answer(ledger: Ledger, order: OrderRow, refund: Refund, isNew: boolean): RefundOutcome {
  return { kind: "refund", refund, order: snapshot(ledger, order), isNew };
}
