import type { Drop } from "../../../domain/drop/drop.ts";
import { recipe } from "../../../domain/drop/recipe.ts";
import type { Listing } from "../../../domain/product/product.ts";
import type { RevealedDrop } from "../../../flows/drops/reveal-draw.ts";
import type { FormProblem } from "../checkout-form.ts";
import { Field } from "../form-parts.tsx";
import { Layout } from "../layout.tsx";
import { Moment } from "../product-parts.tsx";
import type { Visit } from "../visit.ts";
import { numberText } from "./room-words.ts";

/** What is known of a draw once it is over. */
export interface Revealed extends RevealedDrop {
  /** The seed's bytes in hexadecimal, as openssl takes them. */
  readonly seedHex: string;
}

/** One person's part in it. */
export interface Proof {
  readonly identityHex: string;
  readonly draw: number;
}

export interface ProofProperties {
  readonly visit: Visit;
  readonly listing: Listing;
  readonly drop: Drop;
  readonly revealed: Revealed | null;
  readonly proof: Proof | null;
  readonly problems: readonly FormProblem[];
  readonly email: string;
}

export function ProofPage(properties: ProofProperties) {
  const { visit, listing, drop, revealed } = properties;
  const words = visit.text.drop.proof;
  const { slug, terms } = listing.product;
  return (
    <Layout
      visit={visit}
      title={`${words.title} · ${terms.title}`}
      styles={["drop.css"]}
      scripts={["time.js", "copy.js", "drop-verify.js"]}
    >
      <p class="visually-hidden" role="status" id="announcement"></p>
      <div class="narrow">
        <p class="crumb">
          <a href={`/p/${slug}`}>← {terms.title}</a>
        </p>
        <h1>{words.title}</h1>
        <p class="lead">{words.intro}</p>
        <dl class="panel proof-lines">
          <div>
            <dt>{words.seal}</dt>
            <dd class="proof-value mono">{drop.commitment}</dd>
          </div>
          {revealed === null ? null : <Seed visit={visit} revealed={revealed} />}
        </dl>
        {revealed === null ? (
          <p class="note">
            {words.notYet} {visit.text.drop.closes} <Moment atMs={drop.closesAtMs} />
          </p>
        ) : (
          <>
            <ProofForm {...properties} revealed={revealed} />
            <Result {...properties} revealed={revealed} />
            <ByHand visit={visit} drop={drop} revealed={revealed} />
          </>
        )}
      </div>
    </Layout>
  );
}

function Seed({ visit, revealed }: { visit: Visit; revealed: Revealed }) {
  const words = visit.text.drop.proof;
  return (
    <>
      <div>
        <dt>{words.seed}</dt>
        <dd class="proof-value mono">{revealed.seed}</dd>
      </div>
      <p class={revealed.isPromised ? "proof-good" : "proof-bad"}>
        {revealed.isPromised ? `✓ ${words.sealHolds}` : `✗ ${words.sealBroken}`}
      </p>
    </>
  );
}

type RevealedProperties = ProofProperties & { readonly revealed: Revealed };

/** The script takes it over where it can, so that the address stays in the browser. */
function ProofForm({ visit, drop, revealed, problems, email }: RevealedProperties) {
  const words = visit.text.drop.proof;
  return (
    <form
      class="panel join"
      method="post"
      action={`/drops/${drop.id}/verify`}
      data-proof="yes"
      data-drop={drop.id}
      data-seed={revealed.seed}
      data-early={revealed.last?.early}
      data-people={revealed.last?.people}
      data-place-words={words.placeValue("#1", "#2")}
      data-hint={words.emailHint}
    >
      <Field id="email" label={words.email} hint={words.emailHintPlain} problems={problems}>
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
      <button class="button" type="submit">
        {words.submit}
      </button>
    </form>
  );
}

function Result({ visit, revealed, proof }: RevealedProperties) {
  const words = visit.text.drop.proof;
  const { last } = revealed;
  const number = (count: number) => numberText(count, visit.locale);
  const isAdmitted = proof !== null && last !== null && proof.draw < last.early;
  return (
    <section class="panel stack" id="proof-result" tabindex={-1} hidden={proof === null}>
      <dl class="proof-lines">
        <div>
          <dt>{words.identity}</dt>
          <dd class="proof-value mono" data-proof-identity>
            {proof?.identityHex}
          </dd>
        </div>
        <div>
          <dt>{words.draw}</dt>
          <dd class="proof-value mono" data-proof-draw>
            {proof === null ? "" : drawText(proof.draw)}
          </dd>
          <dd class="hint">{words.drawHint}</dd>
        </div>
        {last === null ? null : (
          <>
            <div>
              <dt>{words.threshold}</dt>
              <dd class="proof-value mono">{last.early.toFixed(6)}</dd>
            </div>
            <div>
              <dt>{words.place}</dt>
              <dd data-proof-place>
                {proof === null
                  ? ""
                  : words.placeValue(
                      number(Math.max(1, Math.round(proof.draw * last.people))),
                      number(last.people),
                    )}
              </dd>
            </div>
          </>
        )}
      </dl>
      {last === null ? (
        <p class="hint">{words.noThreshold}</p>
      ) : (
        <>
          <p class="proof-good" data-admitted hidden={proof !== null && !isAdmitted}>
            {words.admitted}
          </p>
          <p class="note" data-refused hidden={proof !== null && isAdmitted}>
            {words.notAdmitted}
          </p>
        </>
      )}
      <p class="hint">{words.early}</p>
    </section>
  );
}

/** As the script writes it: the fraction, and the digits that the recipe gives. */
function drawText(draw: number): string {
  const digits = (draw * 2 ** 52).toString(16).padStart(13, "0");
  return `${draw.toFixed(6)} (0x${digits} / 2^52)`;
}

function ByHand({
  visit,
  drop,
  revealed,
}: Pick<RevealedProperties, "visit" | "drop" | "revealed">) {
  const words = visit.text.drop.proof;
  const { seed, seedHex, last } = revealed;
  const { id: dropId, commitment } = drop;
  const commands = recipe(
    { dropId, commitment, seed, seedHex, early: last?.early ?? null },
    words.recipe,
  );
  return (
    <section class="panel stack" aria-labelledby="by-hand">
      <h2 id="by-hand">{words.byHand}</h2>
      <p class="hint">{words.byHandHint}</p>
      {/* Wide lines scroll inside, and the keyboard can scroll them, too. */}
      <pre class="recipe" id="recipe" tabindex={0}>
        {commands}
      </pre>
      <p class="scripted">
        <button
          class="button button-quiet button-small"
          type="button"
          data-copy="#recipe"
          data-copied={words.copied}
          data-failed={words.copyFailed}
        >
          {words.copy}
        </button>
      </p>
    </section>
  );
}
