import type { ContentfulStatusCode } from "hono/utils/http-status";
import { formatMoney } from "../../domain/money.ts";
import type { Product } from "../../domain/product/product.ts";
import type { OrderRefusal } from "../../flows/orders/order-refusal.ts";
import { seconds } from "../limits.ts";
import { PROBLEMS, type ProblemCode } from "../problem.ts";
import { fieldProblems, type CheckoutForm, type FormProblem } from "./checkout-form.ts";
import type { Visit } from "./visit.ts";

/** The status that the same refusal has in the JSON API. */
export function refusalStatus({ reason }: OrderRefusal): ContentfulStatusCode {
  return PROBLEMS[CODES[reason]][0];
}

const CODES: Record<OrderRefusal["reason"], ProblemCode> = {
  product_unknown: "not_found",
  busy: "busy",
  sold_out: "sold_out",
  limit_reached: "limit_reached",
  not_on_sale: "not_on_sale",
  price_changed: "price_changed",
  coupon_invalid: "coupon_invalid",
  payment_method_unavailable: "payment_method_unavailable",
  variant_invalid: "variant_invalid",
  amount_too_large: "quantity_invalid",
  fields_invalid: "fields_invalid",
  idempotency_key_reused: "idempotency_key_reused",
  too_many_requests: "too_many_requests",
  challenge_required: "challenge_required",
  shop_closed: "shop_closed",
  risk_denied: "risk_denied",
  ticket_required: "ticket_required",
  ticket_not_admitted: "ticket_not_admitted",
  ticket_used: "ticket_used",
};

/** A refusal in the buyer's words, beside the input that can mend it. */
export function refusalProblems(
  refused: OrderRefusal,
  form: CheckoutForm,
  product: Product,
  { text, locale }: Visit,
): FormProblem[] {
  const { refusal, challenge } = text;
  switch (refused.reason) {
    case "busy":
      return [{ input: null, message: text.problem.busy_hint }];
    case "sold_out":
      return [{ input: "quantity", message: refusal.sold_out(refused.available) }];
    case "limit_reached": {
      const { scope, limit } = refused;
      const messages = {
        order: refusal.limit_order,
        buyer: refusal.limit_buyer,
        holds: refusal.limit_holds,
      };
      return [{ input: "quantity", message: messages[scope](limit) }];
    }
    case "price_changed":
      return [{ input: null, message: refusal.price_changed(formatMoney(refused.money, locale)) }];
    case "payment_method_unavailable":
      return [{ input: "payment_method", message: refusal.payment }];
    case "variant_invalid":
      return [{ input: "variant", message: refusal.variant }];
    case "amount_too_large":
      return [{ input: "quantity", message: refusal.amount_too_large }];
    case "fields_invalid":
      return fieldProblems(form.fields, product, text);
    case "idempotency_key_reused":
      return [{ input: null, message: refusal.reused }];
    case "too_many_requests": {
      const wait = seconds(refused.standing.retryAfterMs);
      return [{ input: null, message: refusal.too_many(wait) }];
    }
    case "challenge_required":
      return [{ input: null, message: form.challenge === "" ? challenge.asked : challenge.failed }];
    case "shop_closed":
      return [{ input: null, message: text.problem.shop_closed_hint }];
    case "risk_denied":
      return [{ input: null, message: refusal.risk_denied }];
    case "ticket_required":
      // Whoever brought no ticket at all was led to the line before: this one is another address's.
      return [{ input: "email", message: text.drop.checkout.otherEmail }];
    case "ticket_not_admitted":
    case "ticket_used":
      return [{ input: null, message: refusal[refused.reason] }];
    case "not_on_sale":
    case "product_unknown":
    case "coupon_invalid":
      return [{ input: null, message: refusal.not_on_sale }];
    default:
      return refused satisfies never;
  }
}
