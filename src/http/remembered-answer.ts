import { Memo } from "../domain/memory/memo.ts";
import type { Locale } from "../domain/locale.ts";
import type { Deps } from "../platform/deps.ts";
import type { AppContext } from "./env.ts";
import { readyAnswer, give, type AnswerKind, type ReadyAnswer } from "./ready-answer.ts";
import { COOKIE_CHARACTERS_MAX } from "./middleware/turn-away.ts";
import { newRequestId } from "./request-id.ts";
import { routeKind, statusClass } from "./route-kind.ts";
import { localeOf, languageAskedIn } from "./storefront/locale-of.ts";

/** Short, because what answers are made from is remembered too: together they are about a second old. */
const FRESH_MS = 200;
/** While one request makes an answer anew, the others are given the old one. */
const MAKING_MS = 200;
/** Together at most some tens of MB, whatever is asked for: an isolate has 128. */
const ANSWERS_MAX = 2_000;
const CHARACTERS_MAX = 8_000_000;
/** Answers to longer addresses are made each time: nobody links to them. */
const KEY_CHARACTERS_MAX = 300;

const memos = new WeakMap<Deps, Memo<ReadyAnswer>>();

/**
 * The answer of this isolate that is the same for everyone who asks under `key`, as it was made a moment
 * ago: while it is fresh nothing is rendered, read or asked. A refusal (a Response) is passed on and not
 * remembered, so that invented addresses cannot push real answers out.
 */
export async function rememberedAnswer(
  c: AppContext,
  key: string,
  kind: AnswerKind,
  make: () => Promise<string | Response>,
): Promise<ReadyAnswer | Response> {
  const deps = c.get("deps");
  const memo = memoOf(deps);
  const known = memo.get(key, deps.clock.nowMs());
  if (known !== undefined) return known;
  const last = memo.stale(key);
  if (last !== undefined) memo.set(key, last, deps.clock.nowMs() + MAKING_MS);
  const made = await make();
  if (typeof made !== "string") return made;
  const ready = await readyAnswer(made, kind);
  if (key.length <= KEY_CHARACTERS_MAX) memo.set(key, ready, deps.clock.nowMs() + FRESH_MS);
  return ready;
}

/** The answer to this request, which may have the text already. */
export function giveTo(c: AppContext, ready: ReadyAnswer): Response {
  return give(ready, {
    requestId: c.get("requestId"),
    ifNoneMatch: c.req.header("if-none-match") ?? null,
  });
}

/**
 * The short way, before any route: a request whose answer this isolate has at hand is given it. Null for
 * every other: it goes the long way. Counted in the metrics as it would be there.
 */
export function answerAtHand(request: Request, deps: Deps): Response | null {
  if (request.method !== "GET") return null;
  const { url, headers } = request;
  // What is turned away at the door is turned away here too.
  if ((headers.get("cookie")?.length ?? 0) > COOKIE_CHARACTERS_MAX) return null;
  const pathAt = url.indexOf("/", "https://".length);
  const queryAt = url.indexOf("?", pathAt);
  const path = queryAt < 0 ? url.slice(pathAt) : url.slice(pathAt, queryAt);
  const key = keyAtHand(url, path, queryAt < 0 ? "" : url.slice(queryAt), headers);
  const ready = key === null ? undefined : memoOf(deps).get(key, deps.clock.nowMs());
  if (ready === undefined) return null;
  const ifNoneMatch = headers.get("if-none-match");
  const response = give(ready, { requestId: newRequestId(), ifNoneMatch });
  const route = routeKind("GET", path);
  deps.metrics.count("requests", route, statusClass(response.status));
  deps.metrics.observe("request_seconds", 0, route);
  return response;
}

function keyAtHand(url: string, path: string, query: string, headers: Headers): string | null {
  if (path.startsWith("/api/")) return url;
  // The answer to a request that chooses a language says so in a cookie.
  if (query !== "" && languageAskedIn(query)) return null;
  return pageKey(localeOf(headers), path);
}

/** What pages are remembered under. */
export function pageKey(locale: Locale, path: string): string {
  return `${locale} ${path}`;
}

function memoOf(deps: Deps): Memo<ReadyAnswer> {
  let memo = memos.get(deps);
  if (memo === undefined) {
    const weighed = { weightMax: CHARACTERS_MAX, weigh: (one: ReadyAnswer) => one.characters };
    memos.set(deps, (memo = new Memo(ANSWERS_MAX, weighed)));
  }
  return memo;
}
