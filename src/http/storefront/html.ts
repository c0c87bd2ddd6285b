import type { HtmlEscapedString } from "hono/utils/html";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { ChallengeOffer } from "../../flows/buyers/challenge-ports.ts";
import type { AppContext } from "../env.ts";
import { newNonce, nonceMark } from "../nonce.ts";
import type { AnswerKind } from "../ready-answer.ts";
import { keepLocale } from "./visit.ts";

export interface Answer {
  readonly status?: ContentfulStatusCode;
  /** Where forms of the page may lead besides ourselves, e.g. "https:". */
  readonly formsTo?: string;
  /** A page that pays by WeChat's bridge: older ones call the app by a frame of the app's own scheme. */
  readonly wechatBridge?: boolean;
  /** The proof of a person that the page asks for: its provider draws a frame of its own. */
  readonly challenge?: ChallengeOffer | null;
}

/** The headers that all pages have. */
const PAGE = {
  "content-type": "text/html; charset=utf-8",
  // Order addresses leave to no other site; forms still say which site they are from.
  "referrer-policy": "same-origin",
  "x-frame-options": "DENY",
  "x-content-type-options": "nosniff",
  "cross-origin-opener-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
  // Taken by browsers over https only; it holds for this host alone.
  "strict-transport-security": "max-age=31536000",
} as const;

/**
 * A page for this visitor, kept nowhere, with everything forbidden that it does not need: it runs and
 * draws what the Layout has put in and nothing else, nobody may frame it, and no address of ours leaves to
 * other sites (order addresses would be the ones that matter).
 */
export function answerHtml(c: AppContext, html: string, answer: Answer = {}): Response {
  keepLocale(c);
  const nonce = newNonce();
  return c.body(html.replaceAll(nonceMark(), nonce), answer.status ?? 200, {
    ...PAGE,
    "content-security-policy": contentPolicy(answer).replaceAll(nonceMark(), nonce),
    "cache-control": "no-store",
  });
}

/**
 * Pages that are the same for everyone of one language. A browser may keep them and asks each time whether
 * they still stand, with the ETag; caches that serve many may not, since a nonce is for one.
 */
export function sharedPageKind(): AnswerKind {
  return {
    policy: contentPolicy({}),
    headers: { ...PAGE, "cache-control": "private, no-cache", vary: "accept-language, cookie" },
  };
}

/**
 * Scripts and styles are those that this answer's nonce is on, and what they import. A nonce says more
 * than 'self': a file of ours that somebody else could fill would not run.
 */
function contentPolicy({ formsTo, challenge = null, wechatBridge = false }: Answer): string {
  const nonce = `'nonce-${nonceMark()}'`;
  const forms = formsTo === undefined ? "'self'" : `'self' ${formsTo}`;
  // The development build's widget is a file of ours and needs nobody's leave.
  const provider = challenge === null ? null : (URL.parse(challenge.script)?.origin ?? null);
  const scripts = provider === null ? nonce : `${nonce} ${provider}`;
  const framed = wechatBridge ? "weixin:" : provider;
  const frames = framed === null ? "" : `frame-src ${framed}; `;
  return (
    `default-src 'none'; script-src ${scripts}; style-src ${nonce}; ${frames}img-src 'self' data:; ` +
    `connect-src 'self'; form-action ${forms}; base-uri 'none'; frame-ancestors 'none'`
  );
}

/** What JSX makes here: text, or the promise of it. */
type Element = HtmlEscapedString | Promise<HtmlEscapedString>;

/** A whole document as text. */
export async function documentOf(element: Element): Promise<string> {
  return `<!doctype html>${(await element).toString()}`;
}

/** A part of a document as text. */
export async function fragmentOf(element: Element): Promise<string> {
  return (await element).toString();
}
