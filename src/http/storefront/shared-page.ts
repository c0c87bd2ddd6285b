import type { AppContext } from "../env.ts";
import { giveTo, pageKey, rememberedAnswer } from "../remembered-answer.ts";
import { answerHtml, sharedPageKind } from "./html.ts";
import { languageAskedIn } from "./locale-of.ts";
import { localeOf } from "./visit.ts";

/**
 * A page that is the same for everyone of one language, whatever is in its query. Refusals pass as they
 * are. The answer to a request that chooses a language is this visitor's, with the cookie that says so.
 */
export async function sharedPage(
  c: AppContext,
  make: () => Promise<string | Response>,
): Promise<Response> {
  if (languageAskedIn(new URL(c.req.url).search)) {
    const html = await make();
    return typeof html === "string" ? answerHtml(c, html) : html;
  }
  const key = pageKey(localeOf(c), c.req.path);
  const ready = await rememberedAnswer(c, key, sharedPageKind(), make);
  return ready instanceof Response ? ready : giveTo(c, ready);
}
