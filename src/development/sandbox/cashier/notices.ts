import { exports } from "cloudflare:workers";
import type { AppContext } from "../../../http/env.ts";
import type { Play } from "../epay/play.ts";
import type { Trade } from "./trade-book.ts";

/** What a notice says, and how it is signed. */
export interface Told {
  readonly order: string;
  readonly tradeNo: string;
  readonly sum: string;
  readonly paid: boolean;
  /** "other": another merchant's number and secret, where the gateway has such. */
  readonly account: "own" | "other";
  readonly signature: "genuine" | "wrong" | "none";
}

export interface Notice {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** One gateway's way of saying it: its own fields, its own signature. */
export type Speak = (c: AppContext, trade: Trade, told: Told) => Promise<Notice>;

/** What the merchant's server said to one notice. */
export interface NoticeReply {
  readonly status: number;
  readonly body: string;
}

export interface Variation {
  readonly mode: Play;
  readonly times: number;
  readonly sum?: string | undefined;
  readonly trade_no?: string | undefined;
  readonly order?: string | undefined;
}

const BODY_SHOWN_MAX = 500;
const PATIENCE_MS = 30_000;

/** Rounds one after the other; the notices of a round all at once. */
function rounds(trade: Trade, { mode, times, ...given }: Variation): Told[][] {
  const paid: Told = {
    order: given.order ?? trade.order_no,
    tradeNo: given.trade_no ?? trade.trade_no,
    sum: given.sum ?? trade.sum,
    paid: true,
    account: "own",
    signature: "genuine",
  };
  switch (mode) {
    case "pay":
    case "late":
      return [[paid]];
    case "twice":
      return [[paid], [paid]];
    case "parallel":
      return [Array.from({ length: times }, () => paid)];
    case "wrong_sum":
      return [[{ ...paid, sum: given.sum ?? oneMore(trade.sum) }]];
    case "not_paid_first":
      return [[{ ...paid, paid: false }], [paid]];
    case "not_paid_last":
      return [[paid], [{ ...paid, paid: false }]];
    case "bad_signature":
    case "array_signature":
      return [[{ ...paid, signature: "wrong" }]];
    case "no_signature":
      return [[{ ...paid, signature: "none" }]];
    case "wrong_pid":
      return [[{ ...paid, account: "other" }]];
    case "never":
      return [];
    default:
      return mode satisfies never;
  }
}

export async function sendNotices(
  c: AppContext,
  trade: Trade,
  play: Variation,
  speak: Speak,
): Promise<NoticeReply[]> {
  const replies: NoticeReply[] = [];
  for (const round of rounds(trade, play)) {
    // Rounds are an order of events: that is what they are for.
    // oxlint-disable-next-line no-await-in-loop
    replies.push(...(await sendRound(c, trade, round, speak)));
  }
  return replies;
}

/** All of them are made first, so that they leave at once. */
async function sendRound(
  c: AppContext,
  trade: Trade,
  round: readonly Told[],
  speak: Speak,
): Promise<NoticeReply[]> {
  const notices = await Promise.all(round.map((told) => speak(c, trade, told)));
  const { origin } = new URL(c.req.url);
  return Promise.all(notices.map((notice) => send(trade.notify_url, notice, origin)));
}

/** For this very Worker through its own front door: the platform allows six open connections at once. */
async function send(url: string, { body, headers }: Notice, ownOrigin: string) {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const request = new Request(url, { method: "POST", body, headers, signal });
  try {
    const own = new URL(url).origin === ownOrigin;
    const response = await (own ? exports.default.fetch(request) : fetch(request));
    return { status: response.status, body: (await response.text()).slice(0, BODY_SHOWN_MAX) };
  } catch (error) {
    return { status: 0, body: error instanceof Error ? error.message : String(error) };
  }
}

/** One of the last digit more, whichever unit it is. */
function oneMore(sum: string): string {
  const digits = sum.split(".")[1]?.length ?? 0;
  const minor = String(Number(sum.replace(".", "")) + 1).padStart(digits + 1, "0");
  return digits === 0 ? minor : `${minor.slice(0, -digits)}.${minor.slice(-digits)}`;
}
