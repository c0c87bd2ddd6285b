import { Memo } from "../domain/memo.ts";
import type { Deps } from "../platform/deps.ts";
import type { AppContext } from "./env.ts";

/** Short, because what answers are made from is a memory too: together they are about a second old. */
const FRESH_MS = 250;
/** Together at most some tens of MB, whatever is asked for: an isolate has 128. */
const TEXTS_MAX = 100;
const TEXT_CHARACTERS_MAX = 250_000;
/** Answers to longer addresses are made each time: nobody links to them. */
const KEY_CHARACTERS_MAX = 300;

/** How old a public answer may be in a browser: what it says of stock is a second old already. */
export const PUBLIC_CACHE = "public, max-age=1, stale-while-revalidate=5";

const memos = new WeakMap<Deps, Memo<string>>();

/**
 * The text of an answer that is the same for everyone who asks under `key`, as this isolate made it
 * a moment ago: while it is fresh nothing is rendered, read or asked. A refusal (a Response) is
 * passed on and not remembered, so that invented addresses cannot push real answers out.
 */
export async function rememberedText(
  c: AppContext,
  key: string,
  make: () => Promise<string | Response>,
): Promise<string | Response> {
  const deps = c.get("deps");
  let memo = memos.get(deps);
  if (memo === undefined) memos.set(deps, (memo = new Memo<string>(TEXTS_MAX)));

  const nowMs = deps.clock.nowMs();
  const known = memo.get(key, nowMs);
  if (known !== undefined) return known;
  const made = await make();
  if (typeof made === "string" && isSmall(key, made)) {
    memo.set(key, made, deps.clock.nowMs() + FRESH_MS);
  }
  return made;
}

function isSmall(key: string, text: string): boolean {
  return key.length <= KEY_CHARACTERS_MAX && text.length <= TEXT_CHARACTERS_MAX;
}
