import type { AppContext } from "../env.ts";
import { rememberedText } from "../remembered-text.ts";
import { answerHtml } from "./html.ts";
import { localeOf } from "./visit.ts";

/** A page that is the same for everyone of one language. Refusals pass as they are. */
export async function sharedPage(
  c: AppContext,
  make: () => Promise<string | Response>,
): Promise<Response> {
  const html = await rememberedText(c, `${localeOf(c)} ${c.req.path}`, make);
  return typeof html === "string" ? answerHtml(c, html, { shared: true }) : html;
}
