import type { AppContext } from "../env.ts";
import { PUBLIC_CACHE, rememberedText } from "../remembered-text.ts";

/** A JSON answer that everyone may see and keep for a second. Refusals pass as they are. */
export async function publicJson(
  c: AppContext,
  make: () => Promise<object | Response>,
): Promise<Response> {
  const text = await rememberedText(c, c.req.url, async () => {
    const made = await make();
    return made instanceof Response ? made : JSON.stringify(made);
  });
  if (typeof text !== "string") return text;
  return c.body(text, 200, {
    "content-type": "application/json",
    "cache-control": PUBLIC_CACHE,
  });
}
