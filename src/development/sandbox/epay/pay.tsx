import type { AppContext } from "../../../http/env.ts";
import { Outcome } from "./cashier.tsx";
import { requestFields } from "./fields.ts";
import { SANDBOX_MERCHANT } from "./merchant.ts";
import { isPaidBy, returnAddress, script, variation, type Variation } from "./play.ts";
import { sendNotices, type NoticeReply } from "./send-notices.ts";
import { withSignature } from "./signature.ts";
import { findTrade, markPaid, openTrade } from "./trade-store.ts";
import { readSubmission, type Trade } from "./trade.ts";
import { wordsFor } from "./words.ts";

/** How long "late" is where the caller does not say. */
const LATE_MS = 30_000;

/**
 * The buyer acts. `order` names a trade that submit.php has seen, or `url` is the whole submit.php
 * address that the shop gave (so that a script needs one call per purchase); `mode` and its
 * variations (play.ts) say what the gateway does. JSON in, JSON out: `{trade_no, paid, notices:
 * [{status, body}], return_url}`, the answers in the order of their notices. A form gets a page.
 */
export async function pay(c: AppContext) {
  const { order, url, ...rest } = await requestFields(c);
  const play = variation.safeParse(rest);
  if (!play.success)
    return c.json({ error: "a variation does not fit", in: play.error.issues }, 400);
  const trade = await findOrOpen(c, order, url);
  if (typeof trade === "string") return c.json({ error: trade }, 400);

  const replies = await perform(c, trade, play.data);
  if (isForm(c)) return showOutcome(c, trade, play.data, replies);
  const facts = { trade_no: trade.trade_no, paid: isPaidBy(play.data.mode) };
  return c.json({ ...facts, notices: replies, return_url: await returnAddress(trade) });
}

async function findOrOpen(
  c: AppContext,
  order: string | undefined,
  url: string | undefined,
): Promise<Trade | string> {
  if (order !== undefined) {
    return (await findTrade(c.env.DB, order)) ?? "submit.php has not seen this order";
  }
  const address = url === undefined ? null : URL.parse(url);
  if (address === null) return "name an order, or give the url of submit.php";
  const submission = await readSubmission(Object.fromEntries(address.searchParams));
  if (typeof submission === "string") return submission;
  return openTrade(c.env.DB, submission, c.get("deps").clock.nowMs());
}

async function perform(c: AppContext, trade: Trade, play: Variation): Promise<NoticeReply[]> {
  const delayMs = play.mode === "late" && play.delay_ms === 0 ? LATE_MS : play.delay_ms;
  if (delayMs > 0) await scheduler.wait(delayMs);
  if (isPaidBy(play.mode)) await markPaid(c.env.DB, trade.out_trade_no);
  return sendNotices(await script(trade, play), {
    notifyUrl: trade.notify_url,
    ownOrigin: new URL(c.req.url).origin,
    method: play.method,
  });
}

function isForm(c: AppContext): boolean {
  return (c.req.header("content-type") ?? "").startsWith("application/x-www-form-urlencoded");
}

/** An ordinary payment goes straight back to the shop; for the rest the answers are the point. */
async function showOutcome(
  c: AppContext,
  trade: Trade,
  play: Variation,
  replies: readonly NoticeReply[],
) {
  const returnUrl = await returnAddress(trade);
  const wentWell = replies.length > 0 && replies.every((reply) => reply.status === 200);
  if (play.mode === "pay" && wentWell) return c.redirect(returnUrl, 303);
  const reader = wordsFor(c.req.header("accept-language"));
  const addresses = { returnUrl, cashierUrl: await cashierUrl(trade) };
  return c.html(<Outcome trade={trade} replies={replies} {...addresses} {...reader} />);
}

async function cashierUrl(trade: Trade): Promise<string> {
  const { pid, type, out_trade_no, notify_url, return_url, name, money, param } = trade;
  const fields = { pid, type, out_trade_no, notify_url, return_url, name, money, param };
  const signed = await withSignature(fields, SANDBOX_MERCHANT.key);
  return `/sandbox/epay/submit.php?${new URLSearchParams(signed)}`;
}
