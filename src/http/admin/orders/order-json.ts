import type {
  HistoryEntry,
  OrderedKey,
  OrderSnapshot,
  RecordedPayment,
} from "../../../../durable-objects/product-stock/contract.ts";
import { z } from "zod";
import { DISPUTE_STATES } from "../../../domain/payments/dispute.ts";
import { KEY_FATES } from "../../../domain/payments/refund.ts";
import { DELIVERY_PURPOSES, DELIVERY_STATES } from "../../../domain/mail/delivery.ts";
import { LOCALES } from "../../../domain/locale.ts";
import { ORDER_STATES, waitsForReview } from "../../../domain/order/order.ts";
import { RISK_OUTCOMES, type RiskDecision } from "../../../domain/risk/risk.ts";
import { PAYMENT_VERDICTS } from "../../../domain/payments/payment.ts";
import { instant, money, moneyJson, timeJson, type Json } from "../../api/json.ts";
import { refundJson, refundShape } from "./refund-json.ts";
import type { AdminContext } from "../admin-env.ts";

/** What the order book's row and the object's snapshot both say. */
type OrderFacts = Omit<
  OrderSnapshot,
  "delivery" | "keys" | "history" | "payments" | "refunds" | "disputes"
>;

const row = z.object({
  id: z.string().startsWith("ord_"),
  state: z.enum(ORDER_STATES),
  version: z.int(),
  product: z.object({ id: z.string().startsWith("prd_"), title: z.string() }),
  variant: z.object({ id: z.string(), title: z.string().nullable() }).nullable(),
  quantity: z.int(),
  unit_price: money,
  amount: money.describe("What is paid in all: the price and the fee."),
  fee: money.describe("Of the way to pay, where the buyer bears it: a part of `amount`."),
  discount: money,
  email: z.string(),
  locale: z.enum(LOCALES),
  fields: z.record(z.string(), z.string()),
  payment_method: z.string().nullable(),
  payment_account_id: z.string().nullable(),
  placed_at: instant,
  expires_at: instant.nullable(),
  paid_at: instant.nullable(),
  delivered_at: instant.nullable(),
  review: z
    .enum(["asked", "waiting", "approved", "rejected"])
    .nullable()
    .describe("`asked` until it is paid, then it waits for a look; null: nobody need look."),
  risk: z
    .object({
      outcome: z.enum(RISK_OUTCOMES),
      score: z.int(),
      reasons: z.array(
        z.object({
          code: z.string(),
          weight: z.int(),
          evidence: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
        }),
      ),
    })
    .nullable()
    .describe("What spoke against it when it was placed; null: nothing. Not for the buyer."),
});

const historyEntry = z.object({
  at: instant,
  event: z.string(),
  state: z.enum(ORDER_STATES),
  by: z.enum(["buyer", "merchant", "gateway", "clock"]),
  account_id: z
    .string()
    .optional()
    .describe("Of `reroute`: the account that asks for the money from then on."),
});

const paymentEntry = z.object({
  account_id: z.string(),
  trade_no: z.string().describe("The gateway's own number."),
  amount: money,
  verdict: z.enum(PAYMENT_VERDICTS),
  source: z.enum(["notice", "query", "merchant"]),
  at: instant,
});

const mailEntry = z.object({
  id: z.string(),
  purpose: z.enum(DELIVERY_PURPOSES),
  round: z.int(),
  state: z.enum(DELIVERY_STATES),
  attempts: z.int(),
  sender: z.string().nullable(),
  last_error: z.string().nullable(),
  created_at: instant,
  sent_at: instant.nullable(),
});

export const orderRowShape = row.meta({ id: "OrderRow" });
export const orderShape = row
  .extend({
    delivery: z.enum(["auto", "manual"]),
    keys: z
      .array(z.object({ id: z.string().startsWith("key_"), note: z.string().nullable() }))
      .describe("By id: their secrets are revealed one by one."),
    keys_set_aside: z.int().describe("Held for it while it waits for the rest."),
    stopped_at: instant
      .nullable()
      .describe("Since when its buyer waits for keys no longer, and is owed the money."),
    history: z.array(historyEntry),
    payments: z.array(paymentEntry),
    refunds: z.array(refundShape),
    disputes: z
      .array(
        z.object({
          account_id: z.string(),
          trade_no: z.string(),
          dispute_no: z.string(),
          state: z.enum(DISPUTE_STATES),
          keys: z.enum(KEY_FATES).nullable().describe("By which rule, once it is lost."),
        }),
      )
      .describe("Of its payments, as its object has heard of them."),
    deliveries: z.array(mailEntry).describe("Every mail of it."),
  })
  .meta({ id: "OrderWithHistory" });

/** An order as its merchant sees it in lists: whole, but for the keys. */
export function orderRowJson(order: OrderFacts): Json<typeof orderRowShape> {
  const { currency } = order;
  return {
    id: order.id,
    state: order.state,
    version: order.version,
    product: { id: order.productId, title: order.productTitle },
    variant: order.variantId === null ? null : { id: order.variantId, title: order.variantTitle },
    quantity: order.quantity,
    unit_price: moneyJson({ amountMinor: order.unitPriceMinor, currency }),
    amount: moneyJson({ amountMinor: order.amountMinor, currency }),
    fee: moneyJson({ amountMinor: order.feeMinor ?? 0, currency }),
    discount: moneyJson({ amountMinor: order.discountMinor, currency }),
    email: order.email,
    locale: order.locale,
    fields: order.fields,
    payment_method: order.paymentMethod,
    payment_account_id: order.paymentAccountId,
    placed_at: timeJson(order.placedAtMs),
    expires_at: timeJson(order.expiresAtMs),
    paid_at: timeJson(order.paidAtMs),
    delivered_at: timeJson(order.deliveredAtMs),
    review: waitsForReview(order) ? "waiting" : (order.review ?? null),
    risk: order.risk ? riskJson(order.risk) : null,
  };
}

function riskJson({ outcome, score, reasons }: RiskDecision) {
  return { outcome, score, reasons: reasons.map((reason) => ({ ...reason })) };
}

/** One order with all that happened to it. Keys by id: their secrets are revealed one by one. */
export async function orderJson(
  c: AdminContext,
  order: OrderSnapshot,
): Promise<Json<typeof orderShape>> {
  const mails = await c.get("deps").deliveries.ofOrder(order.id);
  return {
    ...orderRowJson(order),
    delivery: order.delivery,
    keys: order.keys.map(({ id, note }: OrderedKey) => ({ id, note })),
    keys_set_aside: order.setAside ?? 0,
    stopped_at: timeJson(order.stoppedAtMs ?? null),
    history: order.history.map(historyJson),
    payments: order.payments.map(paymentJson),
    refunds: (order.refunds ?? []).map(refundJson),
    disputes: (order.disputes ?? []).map((dispute) => ({
      account_id: dispute.accountId,
      trade_no: dispute.tradeNo,
      dispute_no: dispute.disputeNo,
      state: dispute.state,
      keys: dispute.keys,
    })),
    deliveries: mails.map((mail) => ({
      id: mail.id,
      purpose: mail.purpose,
      round: mail.round,
      state: mail.state,
      attempts: mail.attempts,
      sender: mail.sender,
      last_error: mail.lastError,
      created_at: timeJson(mail.createdAtMs),
      sent_at: timeJson(mail.sentAtMs),
    })),
  };
}

function historyJson({ atMs, event, state, by, accountId }: HistoryEntry) {
  const at = { at: timeJson(atMs), event, state, by };
  return accountId === undefined ? at : { ...at, account_id: accountId };
}

function paymentJson(payment: RecordedPayment) {
  return {
    account_id: payment.accountId,
    trade_no: payment.tradeNo,
    amount: moneyJson(payment.money),
    verdict: payment.verdict,
    source: payment.source,
    at: timeJson(payment.atMs),
  };
}
