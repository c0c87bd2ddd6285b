import { maskEmail } from "../../domain/email.ts";
import { isSettled } from "../../domain/order.ts";
import type { OrderView } from "../../flows/show-order.ts";
import { moneyJson, timeJson } from "./json.ts";

/** How soon a page that cannot listen should ask again. */
const POLL_PENDING_MS = 2_000;
const POLL_WAITING_MS = 15_000;

/** The Order of the HTTP contract. Only for whoever holds its token: it shows the keys. */
export function orderJson({ order, keys, payment }: OrderView) {
  const { currency } = order;
  return {
    id: order.id,
    state: order.state,
    product: { id: order.productId, title: order.productTitle },
    variant: order.variantId === null ? null : { id: order.variantId, title: order.variantTitle },
    quantity: order.quantity,
    amount: moneyJson({ amountMinor: order.amountMinor, currency }),
    discount: moneyJson({ amountMinor: order.discountMinor, currency }),
    email_masked: maskEmail(order.email),
    fields: order.fields,
    placed_at: timeJson(order.placedAtMs),
    expires_at: timeJson(order.expiresAtMs),
    paid_at: timeJson(order.paidAtMs),
    delivered_at: timeJson(order.deliveredAtMs),
    payment: payment === null ? null : paymentJson(order, payment),
    keys: keys.length === 0 ? null : keys,
    poll_after_ms: pollAfterMs(order.state),
    version: order.version,
  };
}

function paymentJson(
  { paymentMethod, expiresAtMs }: OrderView["order"],
  payment: NonNullable<OrderView["payment"]>,
) {
  const common = {
    method: paymentMethod,
    action: payment.action,
    expires_at: timeJson(expiresAtMs),
  };
  switch (payment.action) {
    case "redirect":
      return { ...common, url: payment.url };
    case "form":
      return { ...common, url: payment.url, fields: payment.fields };
    case "qr":
      return { ...common, qr_text: payment.qrText };
    case "none":
      return common;
    default:
      return payment satisfies never;
  }
}

/** Null when nothing more will happen by itself. */
export function pollAfterMs(state: OrderView["order"]["state"]): number | null {
  if (state === "pending") return POLL_PENDING_MS;
  return isSettled(state) ? null : POLL_WAITING_MS;
}
