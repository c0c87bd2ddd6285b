import {
  isHeldBack,
  isOfPayment,
  lossOf,
  ORDER_DISPUTES_MAX,
  wordThatHolds,
  type OrderDispute,
} from "../../src/domain/payments/dispute.ts";
import type { OrderId } from "../../src/domain/ids.ts";
import { transition, waitsForReview, type OrderEvent } from "../../src/domain/order/order.ts";
import { refundableMinor } from "../../src/domain/payments/refund.ts";
import type { DisputeOutcome, HearDispute } from "./dispute-contract.ts";
import type { Ledger } from "./ledger.ts";
import { changeOrder, findOrder, touchOrder } from "./orders.ts";
import { reviveVoid, voidSold } from "./pool.ts";
import { fillOwed, leaveWaitList } from "./restock.ts";
import type { OrderRow } from "./rows.ts";
import { recordedDisputes, recordedPayments, recordedRefunds, snapshot } from "./snapshot.ts";
import { SQL } from "./statements.ts";
import { inArchive } from "./tombstones.ts";

/**
 * Takes a gateway's word on a dispute, and in the same transaction what follows from it: while one is open nothing
 * more is delivered, one that is lost gives the order up, one that is won lets it go on. An import, a payment or a
 * person's delivery comes before it or after it, and never between.
 */
export function hearDispute(ledger: Ledger, request: HearDispute, nowMs: number): DisputeOutcome {
  const order = findOrder(ledger, request.orderId);
  if (order === null) return { kind: "unknown", ...inArchive(ledger, request.orderId) };
  if (order.merchant_id !== request.merchantId) return { kind: "unknown" };
  const { accountId, tradeNo, disputeNo, state, saidAtMs, money } = request;
  const keys = state === "lost" ? request.keys : null;
  const word = { state, saidAtMs, money, keys };
  const told: OrderDispute = { accountId, tradeNo, disputeNo, ...word, orderWas: null };
  const known = recordedDisputes(ledger, order);
  const same = known.find(
    (dispute) => dispute.disputeNo === disputeNo && dispute.accountId === accountId,
  );
  const holds = same === undefined ? told : wordThatHolds(same, told);
  if (holds === same) return { kind: "heard", order: snapshot(ledger, order), isNew: false };
  if (same === undefined && known.length >= ORDER_DISPUTES_MAX) return { kind: "too_many" };
  saveDispute(ledger, order.id, { ...holds, orderWas: same?.orderWas ?? null });
  const touched = touchOrder(ledger, order, nowMs);
  const followed = followDisputes(ledger, touched, nowMs);
  return { kind: "heard", order: snapshot(ledger, followed), isNew: true };
}

/** The one that is kept under the same number is replaced. */
export function saveDispute(ledger: Ledger, orderId: OrderId, dispute: OrderDispute): void {
  ledger.expectDisputes();
  ledger.sql.run(
    SQL.saveDispute,
    orderId,
    dispute.accountId,
    dispute.disputeNo,
    dispute.tradeNo,
    dispute.state,
    dispute.saidAtMs,
    dispute.money?.amountMinor ?? null,
    dispute.money?.currency ?? null,
    dispute.keys,
    dispute.orderWas,
  );
}

/**
 * Makes of an order what its disputes say, whatever it was: by what is recorded and not by what was just told, so
 * that the end is the same in whichever order disputes, payments and refunds were told.
 */
export function followDisputes(ledger: Ledger, order: OrderRow, nowMs: number): OrderRow {
  const disputes = recordedDisputes(ledger, order);
  if (disputes.length === 0) return order;
  const payments = recordedPayments(ledger, order);
  const told = { payments, disputes, refunds: recordedRefunds(ledger, order) };
  const wasHeldBack = order.held_back === 1;
  const held = holdBack(ledger, order, isHeldBack(told));
  const loss = lossOf(told);
  const taken = disputes.find(({ orderWas }) => orderWas !== null);
  const hasMoney =
    taken !== undefined &&
    payments.some(
      (payment) => isOfPayment(payment, taken) && refundableMinor(payment, told.refunds) > 0,
    );
  const moved =
    loss !== null
      ? taken === undefined
        ? chargeBack(ledger, held, loss, nowMs)
        : passOn(ledger, held, taken, loss)
      : hasMoney
        ? winBack(ledger, held, taken, nowMs)
        : held;
  if (moved.held_back === 1 && (moved.state === "unfilled" || moved.state === "refunded")) {
    leaveWaitList(ledger, order.id, nowMs);
  } else if (wasHeldBack && moved.state === "unfilled") {
    fillOwed(ledger, "clock", nowMs);
  }
  return findOrder(ledger, order.id) ?? moved;
}

/** Keys that come are not for it, until this is undone. */
export function holdBack(ledger: Ledger, order: OrderRow, isHeld: boolean): OrderRow {
  const value = isHeld ? 1 : 0;
  if (order.held_back === value) return order;
  ledger.sql.run(SQL.holdBack, order.id, value);
  return { ...order, held_back: value };
}

/** The money is gone: the order is given up, and what its buyer has seen goes by the shop's rule. */
function chargeBack(ledger: Ledger, order: OrderRow, loss: OrderDispute, nowMs: number): OrderRow {
  if (transition(order.state, "charge_back") === null) return order;
  // What was held for a person's look is given away: won back, it is owed keys, and a look.
  const orderWas = waitsForReview(order) ? "unfilled" : order.state;
  if (loss.keys === "void") voidSold(ledger, order.id);
  saveDispute(ledger, order.id, { ...loss, orderWas });
  return changeOrder(ledger, order, "charge_back", { by: "gateway", nowMs });
}

/** Of several that are lost one says what the order was, the same whichever came first. */
function passOn(
  ledger: Ledger,
  order: OrderRow,
  taken: OrderDispute,
  loss: OrderDispute,
): OrderRow {
  if (taken === loss) return order;
  saveDispute(ledger, order.id, { ...taken, orderWas: null });
  saveDispute(ledger, order.id, { ...loss, orderWas: taken.orderWas });
  return order;
}

/** The bank has come to another mind: the order is what it was, and so are its keys. */
function winBack(ledger: Ledger, order: OrderRow, taken: OrderDispute, nowMs: number): OrderRow {
  const event = `won_back_${taken.orderWas}` as OrderEvent;
  saveDispute(ledger, order.id, { ...taken, orderWas: null });
  if (transition(order.state, event) === null) return order;
  reviveVoid(ledger, order.id);
  return changeOrder(ledger, order, event, { by: "gateway", nowMs });
}
