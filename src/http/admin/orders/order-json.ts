import type {
  HistoryEntry,
  OrderedKey,
  OrderSnapshot,
  RecordedPayment,
} from "../../../../durable-objects/product-stock/contract.ts";
import { moneyJson, timeJson } from "../../api/json.ts";
import type { AdminContext } from "../admin-env.ts";

/** What the order book's row and the object's snapshot both say. */
type OrderFacts = Omit<OrderSnapshot, "delivery" | "keys" | "history" | "payments">;

/** An order as its merchant sees it in lists: whole, but for the keys. */
export function orderRowJson(order: OrderFacts) {
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
  };
}

/** One order with all that happened to it. Keys by id: their secrets are revealed one by one. */
export async function orderJson(c: AdminContext, order: OrderSnapshot) {
  const mails = await c.var.deps.deliveries.ofOrder(order.id);
  return {
    ...orderRowJson(order),
    delivery: order.delivery,
    keys: order.keys.map(({ id, note }: OrderedKey) => ({ id, note })),
    history: order.history.map(historyJson),
    payments: order.payments.map(paymentJson),
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

function historyJson({ atMs, event, state, by }: HistoryEntry) {
  return { at: timeJson(atMs), event, state, by };
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
