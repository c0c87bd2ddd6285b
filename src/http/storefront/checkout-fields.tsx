import { fieldInput } from "./checkout-form.ts";
import type { CheckoutProperties } from "./checkout-page.tsx";
import { Field, problemOf } from "./form-parts.tsx";
import { money } from "./product-parts.tsx";

/** The inputs of a checkout that depend on the product. */
export function VariantField({ visit, listing, form, problems }: CheckoutProperties) {
  const { product } = listing;
  const { variants } = product.terms;
  if (variants.length === 0) return null;
  const problem = problemOf(problems, "variant");
  return (
    <fieldset class="choices" id="variant">
      <legend class="label">{visit.text.product.variant}</legend>
      {problem === null ? null : <p class="problem">{problem}</p>}
      {variants.map(({ id, title, priceMinor }) => (
        <label class="choice">
          <input type="radio" name="variant" value={id} checked={id === form.variant} required />
          <span class="choice-title">{title}</span>
          <span class="choice-side">{money(visit, product, priceMinor)}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** A number that works bare; the buttons beside it appear with the script that moves it. */
export function QuantityField({ visit, listing, form, problems }: CheckoutProperties) {
  const { text } = visit;
  const { perOrder } = listing.product.terms.limits;
  if (perOrder === 1) return <input type="hidden" name="quantity" value="1" />;
  return (
    <Field
      id="quantity"
      label={text.product.quantity}
      hint={text.product.perOrder(perOrder)}
      problems={problems}
    >
      {(attributes) => (
        <span class="stepper">
          <button type="button" class="step" data-step="-1" aria-label={text.checkout.less} hidden>
            −
          </button>
          <input
            {...attributes}
            type="number"
            value={form.quantity}
            min="1"
            max={String(perOrder)}
            step="1"
            inputmode="numeric"
            required
          />
          <button type="button" class="step" data-step="1" aria-label={text.checkout.more} hidden>
            +
          </button>
        </span>
      )}
    </Field>
  );
}

/** What this product asks for, and the optional password under which orders are found again. */
export function CheckoutDetails({ visit, listing, form, problems }: CheckoutProperties) {
  const { text } = visit;
  return (
    <>
      {listing.product.fields.map(({ id, label, required, maxLength }) => (
        <Field
          id={fieldInput(id)}
          label={fieldLabel(label, required, text.checkout.optional)}
          problems={problems}
        >
          {(attributes) => (
            <input
              {...attributes}
              type="text"
              value={form.fields[id] ?? ""}
              maxlength={maxLength}
              required={required}
              autocomplete="off"
            />
          )}
        </Field>
      ))}
      <details class="more" open={problemOf(problems, "lookup_password") !== null}>
        <summary>{text.checkout.passwordSummary}</summary>
        <Field
          id="lookup_password"
          label={fieldLabel(text.checkout.password, false, text.checkout.optional)}
          hint={text.checkout.passwordHint}
          problems={problems}
        >
          {(attributes) => (
            <input {...attributes} type="password" autocomplete="new-password" maxlength={128} />
          )}
        </Field>
      </details>
    </>
  );
}

function fieldLabel(label: string, required: boolean, optional: string) {
  return (
    <>
      {label} {required ? null : <small class="optional">{optional}</small>}
    </>
  );
}
