import type { FormProblem } from "./checkout-form.ts";
import { Field } from "./form-parts.tsx";
import type { Visit } from "./visit.ts";

interface Properties {
  readonly visit: Visit;
  readonly email: string;
  readonly orderId: string;
  readonly problems: readonly FormProblem[];
}

/** What was typed comes back, but the password. */
export function LookupForm({ visit, email, orderId, problems }: Properties) {
  const { lookup } = visit.text;
  return (
    <form class="panel stack" method="post" action="/lookup" novalidate>
      <Field id="email" label={lookup.email} problems={problems}>
        {(attributes) => (
          <input
            {...attributes}
            type="email"
            value={email}
            autocomplete="email"
            autocapitalize="off"
            spellcheck={false}
            maxlength={254}
            required
          />
        )}
      </Field>
      <Field id="order_id" label={lookup.orderId} problems={problems}>
        {(attributes) => (
          <input
            {...attributes}
            type="text"
            class="mono"
            value={orderId}
            placeholder="ord_…"
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            maxlength={64}
          />
        )}
      </Field>
      <p class="or" aria-hidden="true">
        <span>{lookup.or}</span>
      </p>
      <Field id="lookup_password" label={lookup.password} problems={problems}>
        {(attributes) => (
          <input {...attributes} type="password" autocomplete="current-password" maxlength={128} />
        )}
      </Field>
      <button class="button button-wide" type="submit">
        {lookup.submit}
      </button>
    </form>
  );
}
