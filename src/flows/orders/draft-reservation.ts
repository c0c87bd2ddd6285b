import type { ReserveRequest } from "../../../durable-objects/product-stock/contract.ts";
import { checkFields } from "../../domain/order/order-fields.ts";
import { buyersFee, candidates, offers, totalBy } from "../../domain/payments/choice.ts";
import type { OrderId } from "../../domain/ids.ts";
import { quote } from "../../domain/product/pricing.ts";
import type { Listing } from "../../domain/product/product.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { Guarded } from "./order-guards/order-guard.ts";
import type { OrderRefusal } from "./order-refusal.ts";
import type { WantedOrder } from "./refuse-sold-out.ts";

export type Draft = Pick<ReserveRequest, "termsVersion" | "amountMinor"> &
  Pick<ReserveRequest, "paymentAccountId" | "paymentMethod"> &
  Partial<ReserveRequest>;

/** What guards and the terms at hand say of the request. Pure; a refusal is not yet the answer. */
export function draftReservation(
  { product, accounts }: Listing,
  request: WantedOrder,
  { guarded, orderId: id }: { readonly guarded: Guarded; readonly orderId: OrderId },
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
  const { amountMinor: priceMinor, currency } = quoted.value;
  const due = { priceMinor, currency, surface: request.surface };
  const [account, ...others] =
    priceMinor === 0 ? [] : candidates(accounts, request.paymentMethod ?? "", due, id);
  // A sum is the buyer's to agree to before it matters how it is paid.
  const amountMinor = account === undefined ? priceMinor : (totalBy(account, due) ?? priceMinor);
  const known = priceMinor === 0 || account !== undefined;
  if (known && expectedAmountMinor !== null && expectedAmountMinor !== amountMinor) {
    return err({ reason: "price_changed", money: { amountMinor, currency } });
  }
  const draft = { ...guarded.adds, termsVersion: terms.version, amountMinor };
  if (priceMinor === 0) return ok({ ...draft, paymentAccountId: null, paymentMethod: null });
  if (account === undefined) {
    const offered = offers(accounts, due).map(({ method }) => method);
    return err({ reason: "payment_method_unavailable", methods: offered });
  }
  const { fixedMinor, basisPoints } = buyersFee(account);
  const fee = fixedMinor + basisPoints === 0 ? {} : { fee: { fixedMinor, basisPoints } };
  const moves = others.length === 0 ? {} : { reroutable: true };
  return ok({
    ...draft,
    ...fee,
    ...moves,
    paymentAccountId: account.id,
    paymentMethod: account.method,
  });
}
