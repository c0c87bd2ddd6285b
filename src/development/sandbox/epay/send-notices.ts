import { exports } from "cloudflare:workers";
import type { NoticeFields, Variation } from "./play.ts";

/** What the merchant's server said to one notice. */
export interface NoticeReply {
  readonly status: number;
  readonly body: string;
}

const BODY_SHOWN_MAX = 500;
const PATIENCE_MS = 30_000;

interface Address {
  readonly notifyUrl: string;
  /** Of the request that asked for the notices. */
  readonly ownOrigin: string;
  readonly method: Variation["method"];
}

/** Sends each round's notices at once, and the next round when all of them are answered. */
export async function sendNotices(
  rounds: readonly (readonly NoticeFields[])[],
  address: Address,
): Promise<NoticeReply[]> {
  const replies: NoticeReply[] = [];
  for (const round of rounds) {
    // Rounds are an order of events: that is what they are for.
    // oxlint-disable-next-line no-await-in-loop
    replies.push(...(await Promise.all(round.map((fields) => send(fields, address)))));
  }
  return replies;
}

async function send(fields: NoticeFields, address: Address): Promise<NoticeReply> {
  try {
    const response = await reach(noticeRequest(fields, address), address.ownOrigin);
    return { status: response.status, body: (await response.text()).slice(0, BODY_SHOWN_MAX) };
  } catch (error) {
    return { status: 0, body: error instanceof Error ? error.message : String(error) };
  }
}

function noticeRequest(fields: NoticeFields, { notifyUrl, method }: Address): Request {
  const encoded = new URLSearchParams(fields.map(([name, value]) => [name, value]));
  const signal = AbortSignal.timeout(PATIENCE_MS);
  if (method === "POST") return new Request(notifyUrl, { method, body: encoded, signal });
  const separator = notifyUrl.includes("?") ? "&" : "?";
  return new Request(`${notifyUrl}${separator}${encoded}`, { signal });
}

/**
 * Over HTTP; for this very Worker through its own front door, since the platform allows six open
 * connections at once and forty notices in parallel are the point.
 */
function reach(request: Request, ownOrigin: string): Promise<Response> {
  const own = new URL(request.url).origin === ownOrigin;
  return own ? exports.default.fetch(request) : fetch(request);
}
