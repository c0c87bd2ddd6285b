import type { ReserveRequest } from "../../durable-objects/product-stock/contract.ts";
import { checkFields } from "../domain/order-fields.ts";
import { quote } from "../domain/pricing.ts";
import type { Listing } from "../domain/product.ts";
import { err, ok, type Result } from "../domain/result.ts";
import type { Guarded } from "./order-guards/order-guard.ts";
import type { OrderRefusal } from "./order-refusal.ts";
import type { WantedOrder } from "./refuse-sold-out.ts";

export type Draft = Pick<ReserveRequest, "termsVersion" | "amountMinor"> &
  Pick<ReserveRequest, "paymentAccountId" | "paymentMethod"> &
  Partial<ReserveRequest>;

/** What guards and the terms at hand say of the request. Pure; a refusal is not yet the answer. */
export function draftReservation(
  { product, methods }: Listing,
  request: WantedOrder,
  guarded: Guarded,
  expectedAmountMinor: number | null,
): Result<Draft, OrderRefusal> {
  if (guarded.kind === "refused") return err(guarded.refusal);
  const { terms } = product;
  const errors = checkFields(product.fields, request.fields);
  if (errors.length > 0) return err({ reason: "fields_invalid", errors });
  if (request.coupon !== null) return err({ reason: "coupon_invalid" });

  const quoted = quote(terms, request.variantId, request.quantity);
  if (!quoted.ok) {
    return quoted.error.reason === "amount_too_large"
      ? err(quoted.error)
      : err({ reason: "variant_invalid", variants: quoted.error.variants });
  }
  const { amountMinor, currency } = quoted.value;
  if (expectedAmountMinor !== null && expectedAmountMinor !== amountMinor) {
    return err({ reason: "price_changed", money: { amountMinor, currency } });
  }
  const draft = { ...guarded.adds, termsVersion: terms.version, amountMinor };
  if (amountMinor === 0) return ok({ ...draft, paymentAccountId: null, paymentMethod: null });

  const method = methods.find((candidate) => candidate.slug === request.paymentMethod);
  if (method === undefined) {
    const offered = methods.map((candidate) => candidate.slug);
    return err({ reason: "payment_method_unavailable", methods: offered });
  }
  return ok({ ...draft, paymentAccountId: method.accountId, paymentMethod: method.slug });
}
