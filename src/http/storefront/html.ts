import type { HtmlEscapedString } from "hono/utils/html";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { AppContext } from "../env.ts";
import { PUBLIC_CACHE } from "../remembered-text.ts";
import { keepLocale } from "./visit.ts";

interface Answer {
  readonly status?: ContentfulStatusCode;
  /** Only for pages that are the same for everyone of one language. */
  readonly shared?: boolean;
  /** Where forms of the page may lead besides ourselves, e.g. "https:". */
  readonly formsTo?: string;
}

/**
 * A page of ours, with everything forbidden that it does not need: scripts and styles are our own
 * files, nothing is inline, nobody may frame it, and no address of ours leaves to other sites (order
 * addresses would be the ones that matter).
 */
export function answerHtml(c: AppContext, html: string, answer: Answer = {}): Response {
  const languageKept = keepLocale(c);
  return c.body(html, answer.status ?? 200, {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": contentPolicy(answer.formsTo),
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "cache-control": answer.shared === true && !languageKept ? PUBLIC_CACHE : "no-store",
    ...(answer.shared === true ? { vary: "accept-language, cookie" } : {}),
  });
}

function contentPolicy(formsTo: string | undefined): string {
  const forms = formsTo === undefined ? "'self'" : `'self' ${formsTo}`;
  return (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; " +
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
