import { Memo } from "../../domain/memo.ts";
import type { Deps } from "../../platform/deps.ts";
import type { AppContext } from "../env.ts";

/** What the public may see may be this old, here and in caches between. */
const FRESH_MS = 1_000;
const BODIES_MAX = 500;
/** Addresses longer than this are answered and not remembered. */
const ADDRESS_CHARACTERS_MAX = 300;

const memos = new WeakMap<Deps, Memo<string>>();

/**
 * A public JSON answer, remembered by the isolate as the text it is: while it is fresh, answering
 * costs a look into a map. Whatever `make` refuses is passed on and not remembered.
 */
export async function cachedJson(
  c: AppContext,
  make: () => Promise<object | Response>,
): Promise<Response> {
  const { deps } = c.var;
  let memo = memos.get(deps);
  if (memo === undefined) memos.set(deps, (memo = new Memo<string>(BODIES_MAX)));

  const address = c.req.url;
  const nowMs = deps.clock.nowMs();
  let body = memo.get(address, nowMs);
  if (body === undefined) {
    const made = await make();
    if (made instanceof Response) return made;
    body = JSON.stringify(made);
    if (address.length <= ADDRESS_CHARACTERS_MAX) memo.set(address, body, nowMs + FRESH_MS);
  }
  return c.body(body, 200, {
    "content-type": "application/json",
    "cache-control": "public, max-age=1, stale-while-revalidate=5",
  });
}
