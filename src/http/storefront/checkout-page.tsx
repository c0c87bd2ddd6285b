import type { Listing, PaymentMethod, Product } from "../../domain/product.ts";
import { quote } from "../../domain/pricing.ts";
import type { ChallengeOffer } from "../../flows/challenge-ports.ts";
import { ChallengeBox } from "./challenge-box.tsx";
import { CheckoutDetails, QuantityField, VariantField } from "./checkout-fields.tsx";
import type { CheckoutForm, FormProblem } from "./checkout-form.ts";
import { Field, problemOf, Summary } from "./form-parts.tsx";
import { Layout } from "./layout.tsx";
import { priceSheet } from "./price-sheet.ts";
import { money, Picture } from "./product-parts.tsx";
import type { Visit } from "./visit.ts";

export interface CheckoutProperties {
  readonly visit: Visit;
  readonly listing: Listing;
  readonly form: CheckoutForm;
  readonly problems: readonly FormProblem[];
  /** The key in the form is a new one: what the page's script kept is spent. */
  readonly keyRenewed: boolean;
  /** A proof of a person that the form asks for; null: none. */
  readonly offer: ChallengeOffer | null;
  /** The buyer comes from a drop's line: they order as whom they joined. */
  readonly inLine: boolean;
}

export function CheckoutPage(properties: CheckoutProperties) {
  const { visit, listing, form, problems, keyRenewed, offer } = properties;
  const { text } = visit;
  const { product } = listing;
  const title = `${text.checkout.title} · ${product.terms.title}`;
  const styles = ["shop.css", "checkout.css"];
  const scripts = ["checkout.js", "submit-guard.js"];
  return (
    <Layout visit={visit} title={title} styles={styles} scripts={scripts} unlisted>
      <form
        class="checkout"
        method="post"
        action={`/checkout/${product.slug}`}
        novalidate
        data-checkout={product.id}
        data-prices={JSON.stringify(priceSheet(product, visit))}
        data-key-renewed={keyRenewed ? "yes" : undefined}
        data-guard={text.checkout.submitting}
      >
        <input type="hidden" name="idempotency_key" value={form.idempotencyKey} />
        <div class="checkout-main">
          <p class="crumb">
            <a href={`/p/${product.slug}`}>← {text.checkout.back}</a>
          </p>
          <h1>{text.checkout.title}</h1>
          <Summary heading={text.refusal.heading} problems={problems} />
          <div class="panel stack">
            <VariantField {...properties} />
            <QuantityField {...properties} />
            <EmailField {...properties} />
            <CheckoutDetails {...properties} />
          </div>
          <Methods {...properties} />
          {offer === null ? null : <ChallengeBox visit={visit} offer={offer} action="order" />}
        </div>
        <Total {...properties} />
      </form>
    </Layout>
  );
}

function EmailField({ visit, form, problems, inLine }: CheckoutProperties) {
  const { text } = visit;
  return (
    <Field
      id="email"
      label={text.checkout.email}
      hint={inLine ? text.drop.checkout.email : text.checkout.emailHint}
      problems={problems}
    >
      {(attributes) => (
        <input
          {...attributes}
          type="email"
          value={form.email}
          readonly={inLine}
          autocomplete="email"
          autocapitalize="off"
          spellcheck={false}
          maxlength={254}
          required
        />
      )}
    </Field>
  );
}

/** Nothing is asked where nothing is to be paid. */
function Methods({ visit, listing, form, problems }: CheckoutProperties) {
  const { text } = visit;
  if (isFree(listing.product)) return null;
  if (listing.methods.length === 0) return <p class="note">{text.checkout.noMethods}</p>;
  const problem = problemOf(problems, "payment_method");
  const chosen = listing.methods.find(({ slug }) => slug === form.paymentMethod);
  const checked = (chosen ?? listing.methods[0])?.slug;
  return (
    <fieldset class="panel choices" id="payment_method">
      <legend class="panel-title">{text.checkout.payment}</legend>
      {problem === null ? null : <p class="problem">{problem}</p>}
      {listing.methods.map((method) => (
        <Method method={method} checked={method.slug === checked} />
      ))}
    </fieldset>
  );
}

function Method({ method, checked }: { method: PaymentMethod; checked: boolean }) {
  return (
    <label class="choice">
      <input type="radio" name="payment_method" value={method.slug} checked={checked} required />
      <span class="choice-title">{method.title}</span>
    </label>
  );
}

/** The exact sum, made by the server; the script only keeps it in step with what is typed. */
function Total({ visit, listing, form }: CheckoutProperties) {
  const { text } = visit;
  const { product, methods } = listing;
  const { terms } = product;
  const quantity = Math.max(1, Math.trunc(Number(form.quantity)) || 1);
  const quoted = quote(terms, terms.variants.length === 0 ? null : form.variant, quantity);
  const sum = quoted.ok ? quoted.value : null;
  const amount = sum === null ? "–" : money(visit, product, sum.amountMinor);
  const free = isFree(product);
  return (
    <aside class="panel total" aria-label={text.checkout.total}>
      <div class="total-product">
        <Picture product={product} eager />
        <p>{terms.title}</p>
      </div>
      <dl class="total-lines">
        <dt>{text.checkout.unit}</dt>
        <dd data-unit>{sum === null ? "–" : money(visit, product, sum.unitPriceMinor)}</dd>
        <dt>{text.product.quantity}</dt>
        <dd data-count>{quantity}</dd>
        <dt data-saved-row hidden={!sum?.discountMinor}>
          {text.checkout.saved}
        </dt>
        <dd class="saved" data-saved data-saved-row hidden={!sum?.discountMinor}>
          {sum?.discountMinor ? money(visit, product, sum.discountMinor) : ""}
        </dd>
        <dt class="total-sum">{text.checkout.total}</dt>
        <dd class="total-sum" data-total aria-live="polite">
          {amount}
        </dd>
      </dl>
      <input type="hidden" name="expected_amount_minor" value={String(sum?.amountMinor ?? "")} />
      <button class="button button-wide" type="submit" disabled={!free && methods.length === 0}>
        {free ? text.checkout.getFree : text.checkout.pay}{" "}
        <span data-total>{free ? "" : amount}</span>
      </button>
      <noscript>
        <button class="button button-quiet button-wide" type="submit" name="update" value="yes">
          {text.checkout.update}
        </button>
      </noscript>
      <p class="hint">{text.checkout.held(Math.ceil(terms.holdSeconds / 60))}</p>
    </aside>
  );
}

function isFree({ terms }: Product): boolean {
  const prices = terms.variants.map((variant) => variant.priceMinor);
  return (prices.length === 0 ? [terms.priceMinor] : prices).every((price) => price === 0);
}
