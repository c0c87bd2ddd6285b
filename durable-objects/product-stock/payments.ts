import type { MerchantId, OrderId } from "../../src/domain/ids.ts";
import { standingAgainst } from "../../src/domain/payments/dispute.ts";
import { sameMoney, type Money } from "../../src/domain/money.ts";
import {
  tookTheMoney,
  type Payment,
  type PaymentVerdict,
} from "../../src/domain/payments/payment.ts";
import { refundableMinor } from "../../src/domain/payments/refund.ts";
import type { PaymentOutcome, PaymentRecord, PaymentReport } from "./payment-contract.ts";
import { followDisputes, holdBack } from "./disputes.ts";
import { confirm, confirmedVerdict } from "./confirm.ts";
import { lapseDue } from "./lapse.ts";
import type { Ledger } from "./ledger.ts";
import { changeOrder, findOrder, touchOrder } from "./orders.ts";
import { countHeld, releaseHeld, sellHeld, takeFree } from "./pool.ts";
import { fillOwed, leaveWaitList } from "./restock.ts";
import type { OrderRow } from "./rows.ts";
import { recordedDisputes, recordedRefunds, snapshot } from "./snapshot.ts";
import { SQL } from "./statements.ts";
import { inArchive } from "./tombstones.ts";

/** Many payments, in their order, each judged by what the ones before it have left. */
export function recordPayments(
  ledger: Ledger,
  reports: readonly PaymentReport[],
  nowMs: number,
): PaymentRecord[] {
  return reports.map((report) => {
    const { order: _, ...answer } = take(ledger, report, nowMs);
    return answer;
  });
}

/** One payment, and the order as it stands then. */
export function recordPayment(
  ledger: Ledger,
  report: PaymentReport,
  nowMs: number,
): PaymentOutcome {
  const { order, firstVerdict: _first, unfit: _unfit, ...said } = take(ledger, report, nowMs);
  return { ...said, order: order === null ? null : snapshot(ledger, order) };
}

/**
 * Takes a genuine payment: every one becomes a verdict, none throws for what it says. The record of
 * the payment, the order's new state, its keys and the message to the order book are one
 * transaction, so a notice that comes again finds either all of it or nothing.
 *
 * A payment that no order could take (`mismatch`, `trade_reused`) is a record and not a lock: the
 * true payment that follows is judged on its own. An order of another merchant is unknown here.
 */
function take(ledger: Ledger, report: PaymentReport, nowMs: number): Recorded {
  const { payment, merchantId } = report;
  const order = findOrder(ledger, payment.orderId);
  if (order === null && isTheirs(ledger, merchantId)) {
    return { ...UNKNOWN, ...inArchive(ledger, payment.orderId) };
  }
  if (order?.merchant_id !== merchantId) return UNKNOWN;
  const price = { amountMinor: order.amount_minor, currency: order.currency };
  const fits = sameMoney(payment.money, price);
  const earlier = ledger.sql.all<EarlierRow>(
    SQL.paymentsByTrade,
    payment.accountId,
    payment.tradeNo,
  );
  const same = earlier.find((row) => row.order_id === order.id);
  // A sum that was told wrongly makes way for the right one; not once it has gone back.
  const corrects = same?.verdict === "mismatch" && fits && !goesBack(ledger, order, payment);
  if (same !== undefined && !corrects) {
    return { verdict: "already", firstVerdict: same.verdict, order, ...unfit(payment, price) };
  }

  const confirmed = confirmedVerdict(ledger, order, payment);
  if (confirmed !== null) return { verdict: "already", firstVerdict: confirmed, order };

  const paidAnother =
    (report.takenBy ?? order.id) !== order.id ||
    earlier.some((row) => row.order_id !== order.id && tookTheMoney(row.verdict));
  const judged = paidAnother
    ? { verdict: "trade_reused" as const, order: touchOrder(ledger, order, nowMs) }
    : fits
      ? (confirm(ledger, order, payment, nowMs) ?? settle(ledger, order, report, nowMs))
      : { verdict: "mismatch" as const, order: touchOrder(ledger, order, nowMs) };
  record(ledger, payment, judged.verdict, nowMs);
  const { verdict } = judged;
  const now = followDisputes(ledger, judged.order, nowMs);
  return { verdict, firstVerdict: verdict, order: now, ...unfit(payment, price) };
}

function goesBack(ledger: Ledger, order: OrderRow, { accountId, tradeNo }: Payment): boolean {
  return recordedRefunds(ledger, order).some(
    (refund) =>
      refund.accountId === accountId && refund.tradeNo === tradeNo && refund.state !== "refused",
  );
}

/** Nothing where the sum is the order's. */
function unfit({ money }: Payment, price: Money): Pick<PaymentRecord, "unfit"> {
  if (sameMoney(money, price)) return {};
  return { unfit: money.currency === price.currency ? "amount" : "currency" };
}

const UNKNOWN: Recorded = { verdict: "unknown_order", firstVerdict: null, order: null };

interface Recorded extends PaymentRecord {
  /** As it stands now; null for unknown_order only. */
  readonly order: OrderRow | null;
}

/** A product has one merchant: nobody else's payment brings one of its orders out of the archive. */
function isTheirs({ terms }: Ledger, merchantId: MerchantId): boolean {
  return terms?.merchantId === merchantId;
}

type EarlierRow = { order_id: OrderId; verdict: PaymentVerdict };
interface Judged {
  readonly verdict: PaymentVerdict;
  readonly order: OrderRow;
}

/** The sum is right: what becomes of the order. */
function settle(
  ledger: Ledger,
  order: OrderRow,
  { payment, late: shopsLate }: PaymentReport,
  nowMs: number,
): Judged {
  // The product's own rule goes before the shop's, which travels with the payment.
  const late = ledger.terms?.money?.late ?? shopsLate;
  switch (order.state) {
    case "paid":
    case "delivered":
    case "unfilled":
    case "refunded":
      return { verdict: "surplus", order: touchOrder(ledger, order, nowMs) };
    case "expired":
    case "cancelled":
      if (late !== "refund") break;
      return { verdict: "too_late", order: touchOrder(ledger, order, nowMs) };
    case "pending":
      break;
    default:
      return order.state satisfies never;
  }
  const change = { by: payment.source === "merchant" ? "merchant" : "gateway", nowMs } as const;
  if (refundableMinor(payment, recordedRefunds(ledger, order)) < 1) {
    return { verdict: "went_back", order: payRefunded(ledger, order, change) };
  }
  if (order.delivery === "manual") {
    return { verdict: "paid", order: changeOrder(ledger, order, "pay_manual", change) };
  }
  if (standingAgainst(recordedDisputes(ledger, order), payment).length > 0) {
    return { verdict: "unfilled", order: payDisputed(ledger, order, change) };
  }
  const reviewed = order.review === "asked";
  if (!claim(ledger, order, reviewed ? "held" : "sold", nowMs)) {
    const unfilled = changeOrder(ledger, order, "pay_unfilled", change);
    // What is left, and too little, is set aside for whoever waits longest.
    if (order.quantity > 1) fillOwed(ledger, "clock", nowMs);
    return { verdict: "unfilled", order: findOrder(ledger, order.id) ?? unfilled };
  }
  if (reviewed) return { verdict: "paid", order: changeOrder(ledger, order, "pay_review", change) };
  const verdict = order.state === "pending" ? "delivered" : "late_delivered";
  return { verdict, order: changeOrder(ledger, order, "pay", change) };
}

/** What it held is anyone's again; nobody need look at an order that delivers nothing. */
function payRefunded(
  ledger: Ledger,
  order: OrderRow,
  change: { readonly by: "merchant" | "gateway"; readonly nowMs: number },
): OrderRow {
  const looked = order.review === "asked" ? ({ review: "rejected" } as const) : {};
  const refunded = changeOrder(ledger, order, "pay_refunded", { ...change, ...looked });
  if (releaseHeld(ledger, order.id) > 0) fillOwed(ledger, "clock", change.nowMs);
  return refunded;
}

/** The dispute was told before its payment: what the order held is anyone's, and it is owed keys until it is won. */
function payDisputed(
  ledger: Ledger,
  order: OrderRow,
  change: { readonly by: "merchant" | "gateway"; readonly nowMs: number },
): OrderRow {
  const held = holdBack(ledger, order, true);
  const unfilled = changeOrder(ledger, held, "pay_unfilled", change);
  leaveWaitList(ledger, order.id, change.nowMs);
  return unfilled;
}

/**
 * The whole quantity as the buyer's, or nothing; `held` where a person must look before it is theirs. A pending order has its keys held, also past its
 * deadline as long as it has not lapsed; an expired or cancelled one is given others if any are left.
 */
function claim(ledger: Ledger, order: OrderRow, as: "held" | "sold", nowMs: number): boolean {
  if (order.state === "pending") {
    const held = as === "sold" ? sellHeld(ledger, order.id) : countHeld(ledger, order.id);
    if (held !== order.quantity) throw new Error(`order ${order.id}: holds ${held} keys`);
    return true;
  }
  while (!takeFree(ledger, order, as, nowMs)) {
    if (lapseDue(ledger, nowMs) === 0) return false;
  }
  return true;
}

function record(ledger: Ledger, payment: Payment, verdict: PaymentVerdict, nowMs: number): void {
  ledger.sql.run(
    SQL.recordPayment,
    payment.orderId,
    payment.accountId,
    payment.tradeNo,
    payment.money.amountMinor,
    payment.money.currency,
    verdict,
    payment.source,
    nowMs,
  );
}
