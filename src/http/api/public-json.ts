import type { AppContext } from "../env.ts";
import type { AnswerKind } from "../ready-answer.ts";
import { giveTo, rememberedAnswer } from "../remembered-answer.ts";

/**
 * How old a public answer may be in a browser or a shared cache: what it says of stock is a second or two
 * old already, so whoever looks again after a second asks, with the ETag.
 */
const PUBLIC_JSON: AnswerKind = {
  policy: null,
  headers: {
    "content-type": "application/json",
    "cache-control": "public, max-age=1, stale-while-revalidate=1",
    "x-content-type-options": "nosniff",
  },
};

/** A JSON answer that everyone may see and keep for a second. Refusals pass as they are. */
export async function publicJson(
  c: AppContext,
  make: () => Promise<object | Response>,
): Promise<Response> {
  const ready = await rememberedAnswer(c, c.req.url, PUBLIC_JSON, async () => {
    const made = await make();
    return made instanceof Response ? made : JSON.stringify(made);
  });
  return ready instanceof Response ? ready : giveTo(c, ready);
}
