import { keyId, parseOrderId, type AccountId, type RefundId } from "../../src/domain/ids.ts";
import type { Currency } from "../../src/domain/money.ts";
import type { RiskDecision } from "../../src/domain/risk/risk.ts";
import type { Payment, PaymentVerdict } from "../../src/domain/payments/payment.ts";
import type { HistoryEntry, OrderedKey, OrderSnapshot, RecordedPayment } from "./contract.ts";
import type { OrderDispute } from "../../src/domain/payments/dispute.ts";
import type { Refund } from "../../src/domain/payments/refund.ts";
import type { Ledger } from "./ledger.ts";
import { countHeld } from "./pool.ts";
import type { OrderRow } from "./rows.ts";
import { SQL } from "./statements.ts";

/** An order as everyone else sees it: its row, its payments and, once delivered, its keys. */
export function snapshot(ledger: Ledger, order: OrderRow): OrderSnapshot {
  return {
    id: order.id,
    version: order.version,
    merchantId: order.merchant_id,
    productId: order.product_id,
    productTitle: order.product_title,
    delivery: order.delivery,
    variantId: order.variant_id,
    variantTitle: order.variant_title,
    quantity: order.quantity,
    unitPriceMinor: order.unit_price_minor,
    amountMinor: order.amount_minor,
    discountMinor: order.discount_minor,
    currency: order.currency,
    email: order.email,
    locale: order.locale,
    fields: JSON.parse(order.fields) as Record<string, string>,
    lookupHash: order.lookup_hash,
    paymentAccountId: order.payment_account_id,
    paymentMethod: order.payment_method,
    state: order.state,
    placedAtMs: order.placed_at_ms,
    expiresAtMs: order.expires_at_ms,
    paidAtMs: order.paid_at_ms,
    deliveredAtMs: order.delivered_at_ms,
    keys: order.delivered_at_ms === null ? [] : deliveredKeys(ledger, order),
    history: JSON.parse(order.history) as HistoryEntry[],
    payments: recordedPayments(ledger, order),
    refunds: recordedRefunds(ledger, order),
    disputes: recordedDisputes(ledger, order),
    review: order.review,
    feeMinor: order.fee_minor,
    reroutable: order.reroutable === 1,
    stoppedAtMs: order.stopped_at_ms,
    setAside: order.state === "unfilled" ? countHeld(ledger, order.id) : 0,
    risk: order.risk === null ? null : (JSON.parse(order.risk) as RiskDecision),
  };
}

type SoldRow = { row: number; sealed: string; fingerprint: string; note: string | null };

function deliveredKeys(ledger: Ledger, order: OrderRow): OrderedKey[] {
  const stockNumber = parseOrderId(order.id)?.stockNumber ?? ledger.terms?.productNumber;
  if (stockNumber === undefined) throw new Error(`order ${order.id}: names no product`);
  return ledger.sql
    .all<SoldRow>(SQL.soldKeys, order.id)
    .map(({ row, sealed, fingerprint, note }) => ({
      id: keyId(stockNumber, row),
      sealed,
      fingerprint,
      note,
    }));
}

type PaymentRow = {
  account_id: AccountId;
  trade_no: string;
  amount_minor: number;
  currency: Currency;
  verdict: PaymentVerdict;
  source: Payment["source"];
  at_ms: number;
};

export function recordedPayments(ledger: Ledger, order: OrderRow): RecordedPayment[] {
  // Recording a payment raises the version: an order as it was placed has none.
  if (order.version === 1) return [];
  return ledger.sql.all<PaymentRow>(SQL.paymentsOfOrder, order.id).map((row) => ({
    accountId: row.account_id,
    tradeNo: row.trade_no,
    money: { amountMinor: row.amount_minor, currency: row.currency },
    verdict: row.verdict,
    source: row.source,
    atMs: row.at_ms,
  }));
}

type RefundRow = {
  id: RefundId;
  account_id: AccountId;
  trade_no: string;
  amount_minor: number;
  currency: Currency;
  state: Refund["state"];
  method: Refund["method"];
  keys: Refund["keys"];
  reason: string;
  refund_no: string | null;
  refusal: string | null;
  asked_at_ms: number;
  settled_at_ms: number | null;
  order_was: Refund["orderWas"];
};

/** Oldest first. A product that never gave money back is not searched for each order. */
export function recordedRefunds(ledger: Ledger, order: OrderRow): Refund[] {
  if (!ledger.hasRefunds || order.version === 1) return [];
  return ledger.sql.all<RefundRow>(SQL.refundsOfOrder, order.id).map((row) => ({
    id: row.id,
    accountId: row.account_id,
    tradeNo: row.trade_no,
    money: { amountMinor: row.amount_minor, currency: row.currency },
    state: row.state,
    method: row.method,
    keys: row.keys,
    reason: row.reason,
    refundNo: row.refund_no,
    refusal: row.refusal,
    askedAtMs: row.asked_at_ms,
    settledAtMs: row.settled_at_ms,
    orderWas: row.order_was,
  }));
}

type DisputeRow = {
  account_id: AccountId;
  trade_no: string;
  dispute_no: string;
  state: OrderDispute["state"];
  said_at_ms: number;
  amount_minor: number | null;
  currency: Currency | null;
  keys: OrderDispute["keys"];
  order_was: OrderDispute["orderWas"];
};

/** A product that nobody ever disputed is not searched for each order. */
export function recordedDisputes(ledger: Ledger, order: OrderRow): OrderDispute[] {
  if (!ledger.hasDisputes || order.version === 1) return [];
  return ledger.sql.all<DisputeRow>(SQL.disputesOfOrder, order.id).map((row) => ({
    accountId: row.account_id,
    tradeNo: row.trade_no,
    disputeNo: row.dispute_no,
    state: row.state,
    saidAtMs: row.said_at_ms,
    money:
      row.amount_minor === null || row.currency === null
        ? null
        : { amountMinor: row.amount_minor, currency: row.currency },
    keys: row.keys,
    orderWas: row.order_was,
  }));
}
