import { exports } from "cloudflare:workers";
import type { AppContext } from "../../../http/env.ts";
import type { Told } from "./plays.ts";
import type { Trade } from "./trade-book.ts";

export interface Notice {
  /** What has no body is sent by GET, in the address, or where a script wants it by POST, as a form. */
  readonly query?: URLSearchParams;
  readonly body?: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** One gateway's way of saying it: its own fields, its own signature. Null where it never says such a thing. */
export type Speak = (c: AppContext, trade: Trade, told: Told) => Promise<Notice | null>;

/** What the merchant's server said to one notice. */
export interface NoticeReply {
  readonly status: number;
  readonly body: string;
}

const BODY_SHOWN_MAX = 500;
const PATIENCE_MS = 30_000;

export interface Telling {
  readonly speak: Speak;
  readonly method?: "GET" | "POST";
}

export async function sendNotices(
  c: AppContext,
  trade: Trade,
  rounds: readonly (readonly Told[])[],
  telling: Telling,
): Promise<NoticeReply[]> {
  const replies: NoticeReply[] = [];
  for (const round of rounds) {
    // Rounds are an order of events: that is what they are for.
    // oxlint-disable-next-line no-await-in-loop
    replies.push(...(await sendRound(c, trade, round, telling)));
  }
  return replies;
}

/** All of them are made first, so that they leave at once. */
async function sendRound(
  c: AppContext,
  trade: Trade,
  round: readonly Told[],
  { speak, method = "GET" }: Telling,
): Promise<NoticeReply[]> {
  const notices = await Promise.all(round.map((told) => speak(c, trade, told)));
  const { origin } = new URL(c.req.url);
  const said = notices.filter((notice) => notice !== null);
  return Promise.all(
    said.map((notice) => send(() => requestOf(trade.notify_url, notice, method), origin)),
  );
}

function requestOf(url: string, { query, body, headers }: Notice, method: "GET" | "POST"): Request {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  if (body !== undefined) return new Request(url, { method: "POST", body, headers, signal });
  if (method === "POST") {
    return new Request(url, { method: "POST", body: query ?? "", headers, signal });
  }
  const separator = url.includes("?") ? "&" : "?";
  return new Request(`${url}${separator}${query?.toString() ?? ""}`, { headers, signal });
}

/** For this very Worker through its own front door: the platform allows six open connections at once. */
async function send(makeRequest: () => Request, ownOrigin: string): Promise<NoticeReply> {
  try {
    // Made in here: where no webhook was entered there is no address, and that is the reply.
    const request = makeRequest();
    const own = new URL(request.url).origin === ownOrigin;
    const response = await (own ? exports.default.fetch(request) : fetch(request));
    return { status: response.status, body: (await response.text()).slice(0, BODY_SHOWN_MAX) };
  } catch (error) {
    return { status: 0, body: error instanceof Error ? error.message : String(error) };
  }
}
