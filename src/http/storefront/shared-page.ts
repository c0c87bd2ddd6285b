import { Memo } from "../../domain/memo.ts";
import type { Deps } from "../../platform/deps.ts";
import type { AppContext } from "../env.ts";
import { answerHtml } from "./html.ts";
import { localeOf } from "./visit.ts";

/** Short, because what pages are made from is a memory too: together they are about a second old. */
const FRESH_MS = 250;
const PAGES_MAX = 500;
/** Addresses longer than this are answered and not remembered. */
const PATH_CHARACTERS_MAX = 200;

const memos = new WeakMap<Deps, Memo<string>>();

/**
 * A page that is the same for everyone of one language, remembered by the isolate as the text it is:
 * while it is fresh nothing is rendered, read or asked. What `make` refuses is not remembered, so
 * that invented addresses cannot push real pages out.
 */
export async function sharedPage(
  c: AppContext,
  make: () => Promise<string | Response>,
): Promise<Response> {
  const { deps } = c.var;
  let memo = memos.get(deps);
  if (memo === undefined) memos.set(deps, (memo = new Memo<string>(PAGES_MAX)));

  const { path } = c.req;
  const key = `${localeOf(c)} ${path}`;
  const nowMs = deps.clock.nowMs();
  let html = memo.get(key, nowMs);
  if (html === undefined) {
    const made = await make();
    if (typeof made !== "string") return made;
    html = made;
    if (path.length <= PATH_CHARACTERS_MAX) memo.set(key, html, nowMs + FRESH_MS);
  }
  return answerHtml(c, html, { shared: true });
}
