import type { ChallengeAction, ChallengeOffer } from "../../flows/buyers/challenge-ports.ts";
import { nonceMark } from "../nonce.ts";
import type { Visit } from "./visit.ts";

interface Properties {
  readonly visit: Visit;
  readonly offer: ChallengeOffer;
  readonly action: ChallengeAction;
}

/** The name under which the widget puts its answer into the form that it stands in. */
export const CHALLENGE_FIELD = "challenge";

/**
 * Where the provider's script draws its widget. Only a page that asks for a proof has this, and so only
 * it loads anything of others; `answerHtml` must be told of the same offer, or the policy forbids it.
 */
export function ChallengeBox({ visit, offer, action }: Properties) {
  const { challenge } = visit.text;
  return (
    <section class="panel stack" aria-label={challenge.title}>
      <p>{challenge.why[action]}</p>
      <div
        class="cf-turnstile"
        data-sitekey={offer.siteKey}
        data-action={action}
        data-response-field-name={CHALLENGE_FIELD}
        data-language={visit.locale}
      ></div>
      <noscript>
        <p class="problem">{challenge.noScript}</p>
      </noscript>
      <script src={offer.script} async defer nonce={nonceMark()}></script>
    </section>
  );
}
