import { Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { dropPhase } from "../../../domain/drop/drop.ts";
import type { Standing } from "../../../domain/limits/limit-rules.ts";
import { normalizeEmail } from "../../../domain/email.ts";
import { askForCode } from "../../../flows/buyers/email-codes.ts";
import { joinLine, joinOutcome, type JoinRefusal } from "../../../flows/drops/join-line.ts";
import { mediaType, readText } from "../../body.ts";
import { callerNetwork } from "../../caller.ts";
import type { AppContext, AppEnv } from "../../env.ts";
import { limitAct } from "../../limit-act.ts";
import { limitsOf, seconds } from "../../limits.ts";
import { CHALLENGE_FIELD } from "../challenge-box.tsx";
import { answerHtml, documentOf } from "../html.ts";
import { htmlNotFound, htmlProblem } from "../problems.tsx";
import type { Text } from "../text/text.ts";
import { visit as visitOf } from "../visit.ts";
import { JoinPage, type JoinProperties } from "./join-page.tsx";
import { knownDrop, type KnownDrop } from "./known-drop.ts";
import { heldTicket, holdTicket } from "./ticket-cookie.ts";

const FORM_BYTES_MAX = 8 * 1024;
const EMAIL_TYPED_MAX = 254;
const CODE_TYPED_MAX = 16;
const CHALLENGE_CHARACTERS_MAX = 4_096;

/** A visitor who wants to join, and what they typed. */
interface Asked {
  readonly known: KnownDrop;
  readonly text: Text;
  readonly typed: string;
  /** Null where what was typed is no address. */
  readonly email: string | null;
  readonly code: string;
  /** What the widget of a challenge gave. */
  readonly challenge: string;
}

/** The same line as POST /api/v1/drops/{id}/tickets, for a browser's form: the answer is the next page. */
export const joinLinePage = new Hono<AppEnv>()
  .post("/drops/:id/join", async (c) => {
    const asked = await askedOf(c);
    return asked instanceof Response ? asked : join(c, asked);
  })
  .post("/drops/:id/codes", async (c) => {
    const asked = await askedOf(c);
    return asked instanceof Response ? asked : mailCode(c, asked);
  });

async function askedOf(c: AppContext): Promise<Asked | Response> {
  const known = await knownDrop(c, c.req.param("id") ?? "");
  if (known === null) return htmlNotFound(c);
  if (mediaType(c) !== "application/x-www-form-urlencoded") {
    return htmlProblem(c, "unsupported_media_type");
  }
  const sent = new URLSearchParams(await readText(c, FORM_BYTES_MAX));
  const typed = (sent.get("email") ?? "").replaceAll("\0", "").slice(0, EMAIL_TYPED_MAX).trim();
  const { text } = await visitOf(c);
  return {
    known,
    text,
    typed,
    email: normalizeEmail(typed),
    code: (sent.get("code") ?? "").trim().slice(0, CODE_TYPED_MAX),
    challenge: (sent.get(CHALLENGE_FIELD) ?? "").slice(0, CHALLENGE_CHARACTERS_MAX),
  };
}

async function join(c: AppContext, asked: Asked): Promise<Response> {
  const { known, text, email, code, challenge } = asked;
  const { booked } = known;
  const { drop } = booked;
  if (email === null) return again(c, asked, wrong("email", text.refusal.email));
  const asker = { network: callerNetwork(c), email };
  const limited = await limitAct(c, "tickets", drop.merchantId, asker);
  if (limited !== null) return tooOften(c, asked, limited);

  const deps = c.get("deps");
  const joined = await joinLine(
    { ...deps, limits: limitsOf(c) },
    {
      booked,
      email,
      code: code === "" ? null : code,
      challenge: challenge === "" ? null : challenge,
      network: asker.network,
      held: heldTicket(c, drop.id)?.ticket ?? null,
      nowMs: deps.clock.nowMs(),
    },
  );
  deps.metrics.count("tickets", joinOutcome(joined));
  if (!joined.ok) return refused(c, asked, joined.error);
  holdTicket(c, drop.id, { ticket: joined.value.text, email });
  return c.redirect(`/drops/${drop.id}`, 303);
}

function refused(c: AppContext, asked: Asked, refusal: JoinRefusal): Response | Promise<Response> {
  const { join: words } = asked.text.drop;
  switch (refusal.reason) {
    case "shop_closed":
      return htmlProblem(c, "shop_closed");
    case "drop_over":
      // The product's page says what became of it.
      return c.redirect(`/p/${asked.known.listing.product.slug}`, 303);
    case "code_required":
      return again(c, asked, wrong("code", words.codeMissing));
    case "code_invalid":
      return again(c, asked, wrong("code", words.codeWrong));
    case "line_full":
      return htmlProblem(c, "line_full");
    case "challenge_required":
      return again(c, asked, {
        ...wrong(null, words.challenge),
        offer: refusal.offer,
        status: 403,
      });
    case "too_many_requests":
      return tooOften(c, asked, refusal.standing);
    default:
      return refusal satisfies never;
  }
}

async function mailCode(c: AppContext, asked: Asked): Promise<Response> {
  const { known, text, email } = asked;
  const { drop } = known.booked;
  const deps = c.get("deps");
  const nowMs = deps.clock.nowMs();
  if (drop.policy.qualification !== "email_code" || dropPhase(drop, nowMs) === "closed") {
    return c.redirect(`/p/${known.listing.product.slug}`, 303);
  }
  if (email === null) return again(c, asked, wrong("email", text.refusal.email));
  const asker = { network: callerNetwork(c), email };
  const limited = await limitAct(c, "codes", drop.merchantId, asker);
  if (limited !== null) return tooOften(c, asked, limited);
  const { locale } = await visitOf(c);
  const { title: productTitle } = known.listing.product.terms;
  await askForCode(deps, { dropId: drop.id, locale, to: email, productTitle }, nowMs);
  return again(c, asked, { problems: [], codeSent: true, offer: null, status: 200 });
}

interface Answer extends Pick<JoinProperties, "problems" | "codeSent" | "offer"> {
  readonly status: ContentfulStatusCode;
}

function wrong(input: string | null, message: string): Answer {
  return { problems: [{ input, message }], codeSent: false, offer: null, status: 422 };
}

function tooOften(c: AppContext, asked: Asked, { retryAfterMs }: Standing): Promise<Response> {
  const message = asked.text.problem.retry(seconds(retryAfterMs));
  return again(c, asked, {
    ...wrong(null, `${asked.text.drop.join.tooOften} ${message}`),
    status: 429,
  });
}

/** The form as it was typed; a code only where it was not what was wrong. */
async function again(c: AppContext, asked: Asked, answer: Answer): Promise<Response> {
  const { booked, listing } = asked.known;
  const { status, ...rest } = answer;
  const code = answer.offer === null ? "" : asked.code;
  const page = { listing, drop: booked.drop, email: asked.typed, code, ...rest };
  // A form that was sent has no address of its own: the language links lead to the product.
  const visit = await visitOf(c, `/p/${listing.product.slug}`);
  return answerHtml(c, await documentOf(<JoinPage visit={visit} {...page} />), {
    status,
    challenge: answer.offer,
  });
}
