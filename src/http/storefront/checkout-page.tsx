import type { Surface } from "../../domain/payments/surface.ts";
import type { Listing } from "../../domain/product/product.ts";
import type { ChallengeOffer } from "../../flows/buyers/challenge-ports.ts";
import { ChallengeBox } from "./challenge-box.tsx";
import { CheckoutDetails, QuantityField, VariantField } from "./checkout-fields.tsx";
import type { CheckoutForm, FormProblem } from "./checkout-form.ts";
import { isFree, Methods, quantityOf, sumOf, type Sum } from "./checkout-methods.tsx";
import { Field, Summary } from "./form-parts.tsx";
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
  /** Where the buyer is: not every way to pay works everywhere. */
  readonly surface: Surface;
}

export function CheckoutPage(properties: CheckoutProperties) {
  const { visit, listing, form, problems, keyRenewed, offer } = properties;
  const { text } = visit;
  const { product } = listing;
  const title = `${text.checkout.title} · ${product.terms.title}`;
  const sum = sumOf(properties);
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
        data-prices={JSON.stringify(priceSheet(product, sum.options, visit))}
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
          <Methods {...properties} sum={sum} />
          {offer === null ? null : <ChallengeBox visit={visit} offer={offer} action="order" />}
        </div>
        <Total {...properties} sum={sum} />
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

/** The exact sum, made by the server; the script only keeps it in step with what is typed. */
function Total({ visit, listing, form, sum }: CheckoutProperties & { sum: Sum }) {
  const { text } = visit;
  const { product } = listing;
  const { terms } = product;
  const { quote: price, chosen } = sum;
  const totalMinor = chosen?.totalMinor ?? price?.amountMinor ?? null;
  const shown = (amountMinor: number | undefined) =>
    amountMinor === undefined ? "–" : money(visit, product, amountMinor);
  const amount = shown(totalMinor ?? undefined);
  const free = isFree(product);
  const fee = chosen?.feeMinor ?? 0;
  return (
    <aside class="panel total" aria-label={text.checkout.total}>
      <div class="total-product">
        <Picture product={product} eager />
        <p>{terms.title}</p>
      </div>
      <dl class="total-lines">
        <dt>{text.checkout.unit}</dt>
        <dd data-unit>{shown(price?.unitPriceMinor)}</dd>
        <dt>{text.product.quantity}</dt>
        <dd data-count>{quantityOf(form.quantity)}</dd>
        <dt data-saved-row hidden={!price?.discountMinor}>
          {text.checkout.saved}
        </dt>
        <dd class="saved" data-saved data-saved-row hidden={!price?.discountMinor}>
          {price?.discountMinor ? money(visit, product, price.discountMinor) : ""}
        </dd>
        <dt data-fee-row hidden={fee === 0}>
          {text.checkout.fee}
        </dt>
        <dd data-fee data-fee-row hidden={fee === 0}>
          {fee === 0 ? "" : money(visit, product, fee)}
        </dd>
        <dt class="total-sum">{text.checkout.total}</dt>
        <dd class="total-sum" data-total aria-live="polite">
          {amount}
        </dd>
      </dl>
      <input type="hidden" name="expected_amount_minor" value={String(totalMinor ?? "")} />
      <button class="button button-wide" type="submit" disabled={!free && sum.options.length === 0}>
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
