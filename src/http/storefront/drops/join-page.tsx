import type { Drop } from "../../../domain/drop/drop.ts";
import type { Listing } from "../../../domain/product/product.ts";
import type { ChallengeOffer } from "../../../flows/buyers/challenge-ports.ts";
import type { FormProblem } from "../checkout-form.ts";
import { Summary } from "../form-parts.tsx";
import { Layout } from "../layout.tsx";
import type { Visit } from "../visit.ts";
import { FairPlay } from "./fair-play.tsx";
import { JoinForm } from "./join-form.tsx";

export interface JoinProperties {
  readonly visit: Visit;
  readonly listing: Listing;
  readonly drop: Drop;
  readonly email: string;
  readonly problems: readonly FormProblem[];
  readonly code: string;
  readonly codeSent: boolean;
  /** A proof of a person that the form asks for; null: none. */
  readonly offer: ChallengeOffer | null;
}

/** The form once more: with what was wrong, room for the code that was mailed, or for a proof. */
export function JoinPage(properties: JoinProperties) {
  const { visit, listing, drop, problems } = properties;
  const { join } = visit.text.drop;
  const { slug, terms } = listing.product;
  return (
    <Layout
      visit={visit}
      title={`${join.title} · ${terms.title}`}
      styles={["drop.css"]}
      scripts={["submit-guard.js"]}
      unlisted
    >
      <div class="narrow">
        <p class="crumb">
          <a href={`/p/${slug}`}>← {terms.title}</a>
        </p>
        <h1>{join.title}</h1>
        <Summary heading={visit.text.refusal.heading} problems={problems} />
        <div class="panel stack">
          <JoinForm {...properties} />
          <FairPlay visit={visit} drop={drop} />
        </div>
      </div>
    </Layout>
  );
}
