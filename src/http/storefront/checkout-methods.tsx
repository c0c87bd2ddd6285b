import {
  options,
  offers,
  type MethodOffer,
  type MethodOption,
} from "../../domain/payments/choice.ts";
import { priceRange, quote, type Quote } from "../../domain/product/pricing.ts";
import type { Listing, Product } from "../../domain/product/product.ts";
import type { CheckoutProperties } from "./checkout-page.tsx";
import { problemOf } from "./form-parts.tsx";
import { money } from "./product-parts.tsx";

/** What the form asks for, as the server reckons it: the price, the ways to pay it, and the total. */
export interface Sum {
  /** Null where the choice has no price. */
  readonly quote: Quote | null;
  /** Every way to pay for some quantity here, and those of them that take this sum. */
  readonly options: readonly MethodOption[];
  readonly offers: readonly MethodOffer[];
  readonly chosen: MethodOffer | null;
}

export function sumOf({ listing, form, surface }: CheckoutProperties): Sum {
  const { product, accounts } = listing;
  const { terms } = product;
  const quantity = quantityOf(form.quantity);
  const quoted = quote(terms, terms.variants.length === 0 ? null : form.variant, quantity);
  const place = { currency: terms.currency, surface };
  const known = options(accounts, priceRange(terms), place);
  if (!quoted.ok) return { quote: null, options: known, offers: [], chosen: null };
  const taking = offers(accounts, { priceMinor: quoted.value.amountMinor, ...place });
  const named = taking.find(({ method }) => method === form.paymentMethod);
  const chosen = quoted.value.amountMinor === 0 ? null : (named ?? taking[0] ?? null);
  return { quote: quoted.value, options: known, offers: taking, chosen };
}

export function quantityOf(typed: string): number {
  return Math.max(1, Math.trunc(Number(typed)) || 1);
}

/** Ways to pay that another browser would be offered. */
function isShutOut({ accounts, product }: Listing, here: readonly MethodOption[]): boolean {
  const place = { currency: product.terms.currency, surface: null };
  return options(accounts, priceRange(product.terms), place).length > here.length;
}

/** Nothing is asked where nothing is to be paid. What does not take this sum waits, hidden, for one that it takes. */
export function Methods({ sum, ...properties }: CheckoutProperties & { sum: Sum }) {
  const { visit, listing, problems, surface } = properties;
  const { text } = visit;
  if (isFree(listing.product)) return null;
  const inApp = surface !== "desktop" && surface !== "phone";
  const hint = inApp && isShutOut(listing, sum.options) ? text.checkout.openElsewhere : null;
  if (sum.options.length === 0) return <p class="note">{hint ?? text.checkout.noMethods}</p>;
  const problem = problemOf(problems, "payment_method");
  return (
    <fieldset class="panel choices" id="payment_method">
      <legend class="panel-title">{text.checkout.payment}</legend>
      {problem === null ? null : <p class="problem">{problem}</p>}
      {sum.options.map((option) => (
        <Method {...properties} sum={sum} option={option} />
      ))}
      <p class="note" data-no-method hidden={sum.quote === null || sum.offers.length > 0}>
        {text.checkout.noMethodForSum}
      </p>
      {hint === null ? null : <p class="hint">{hint}</p>}
    </fieldset>
  );
}

function Method({
  visit,
  listing,
  sum,
  option,
}: CheckoutProperties & { sum: Sum; option: MethodOption }) {
  const { method, title } = option;
  const offer = sum.offers.find((each) => each.method === method);
  const fee = offer?.feeMinor ?? 0;
  return (
    <label class="choice" data-method={method} hidden={offer === undefined}>
      <input
        type="radio"
        name="payment_method"
        value={method}
        checked={method === sum.chosen?.method}
        disabled={offer === undefined}
        required
      />
      <span class="choice-title">{offer?.title ?? title}</span>
      <span class="choice-side" data-method-fee hidden={fee === 0}>
        {visit.text.checkout.fee} <span>{money(visit, listing.product, fee)}</span>
      </span>
    </label>
  );
}

export function isFree({ terms }: Product): boolean {
  const prices = terms.variants.map((variant) => variant.priceMinor);
  return (prices.length === 0 ? [terms.priceMinor] : prices).every((price) => price === 0);
}
