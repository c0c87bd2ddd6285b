import type { Drop } from "../../../domain/drop/drop.ts";
import type { ChallengeOffer } from "../../../flows/buyers/challenge-ports.ts";
import { ChallengeBox } from "../challenge-box.tsx";
import type { FormProblem } from "../checkout-form.ts";
import { Field } from "../form-parts.tsx";
import type { Visit } from "../visit.ts";

interface Properties {
  readonly visit: Visit;
  readonly drop: Drop;
  /** What was typed, given back. */
  readonly email: string;
  readonly code?: string;
  readonly problems: readonly FormProblem[];
  /** A code is on its way to that address. */
  readonly codeSent?: boolean;
  readonly offer?: ChallengeOffer | null;
}

/**
 * Joining is a form and works bare. Where the shop wants a proven address, the same form asks for the
 * code: its second button goes to another address of ours and changes nothing else.
 */
export function JoinForm(properties: Properties) {
  const { visit, drop, email, problems, code = "", codeSent = false, offer = null } = properties;
  const { join } = visit.text.drop;
  const asksForCode = drop.policy.qualification === "email_code";
  return (
    <form class="join" method="post" action={`/drops/${drop.id}/join`} data-guard={join.submitting}>
      <Field id="email" label={join.email} hint={join.emailHint} problems={problems}>
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
      {asksForCode ? <CodeField {...{ visit, drop, problems, codeSent, email, code }} /> : null}
      {offer === null ? null : <ChallengeBox visit={visit} offer={offer} action="ticket" />}
      <button class="button button-wide" type="submit">
        {join.submit}
      </button>
    </form>
  );
}

function CodeField({
  visit,
  drop,
  problems,
  codeSent,
  email,
  code,
}: Required<Omit<Properties, "offer">>) {
  const { join } = visit.text.drop;
  return (
    <div class="join-code">
      <p class="hint" role="status">
        {codeSent ? join.codeSent(email) : join.codeFirst}
      </p>
      <button
        class="button button-quiet button-small"
        type="submit"
        formaction={`/drops/${drop.id}/codes`}
        formnovalidate
      >
        {codeSent ? join.sendAgain : join.sendCode}
      </button>
      <Field id="code" label={join.code} hint={join.codeHint} problems={problems}>
        {(attributes) => (
          <input
            {...attributes}
            type="text"
            value={code}
            inputmode="numeric"
            autocomplete="one-time-code"
            maxlength={16}
            autofocus={codeSent}
          />
        )}
      </Field>
    </div>
  );
}
