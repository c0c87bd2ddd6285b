import { currencyOf, reference, signedMinor, utcTimeMs } from "./fields.ts";
import { bad, IGNORED, type StatementFormat } from "./statement.ts";

type Column =
  | "id"
  | "at"
  | "currency"
  | "gross"
  | "fee"
  | "category"
  | "source"
  | "paymentIntent"
  | "orderRef";

/**
 * Stripe's report "Itemized balance change from activity": one line a balance transaction, in UTC,
 * sums in the major unit, negative for what leaves. What concerns no order (payouts, Stripe's own
 * fees, reserves) is ignored. Source: docs.stripe.com/reports/report-types/balance.
 */
export const stripeStatement: StatementFormat<Column> = {
  zone: "utc",
  endsWithTotals: false,
  quotes: true,
  columns: {
    id: ["balance_transaction_id"],
    at: ["created_utc"],
    currency: ["currency"],
    gross: ["gross"],
    fee: ["fee"],
    category: ["reporting_category"],
    source: ["source_id"],
    paymentIntent: ["payment_intent_id"],
    orderRef: ["payment_metadata[order_id]"],
  },
  required: ["id", "at", "currency", "gross", "fee", "category", "source"],
  clean: (cell) => cell.replace(/^﻿/u, "").trim(),

  row(cells) {
    const category = cells("category");
    // Money of a refund or dispute that came again: to whom it belongs now a person must say.
    if (RETURNED.has(category)) return bad("status");
    const kind = KINDS[category];
    if (kind === undefined) return IGNORED;
    const currency = currencyOf(cells("currency"));
    if (currency === null) return bad("currency");
    const tradeNo = reference(cells("paymentIntent")) ?? reference(cells("source"));
    if (tradeNo === null) return bad("number");
    const gross = signedMinor(cells("gross"), currency);
    const feeMinor = signedMinor(cells("fee"), currency);
    if (gross === null || feeMinor === null || gross < 0 !== (kind === "refund")) return bad("sum");
    const atMs = utcTimeMs(cells("at"));
    if (atMs === null) return bad("time");
    const row = {
      kind,
      tradeNo,
      orderRef: reference(cells("orderRef")),
      refundRef: kind === "refund" ? reference(cells("source")) : null,
      money: { amountMinor: Math.abs(gross), currency },
      receivedMinor: Math.abs(gross),
      feeMinor,
      atMs,
    };
    return { kind: "rows", rows: [row] };
  },
};

/** A dispute takes the money back as a refund does. */
const KINDS: Readonly<Record<string, "payment" | "refund">> = {
  charge: "payment",
  refund: "refund",
  dispute: "refund",
};
const RETURNED = new Set(["dispute_reversal", "refund_failure", "partial_capture_reversal"]);
