import { exports } from "cloudflare:workers";
import { z } from "zod";
import type { AppContext } from "../../../http/env.ts";
import type { Answer } from "../../../http/storefront/html.ts";
import { answerPage } from "../../page.tsx";
import { OutcomePage } from "../pages/outcome-page.tsx";
import { readerOf } from "../pages/parts.tsx";
import type { Simulated } from "../simulated.ts";
import { sendNotices, type NoticeReply } from "./notices.ts";
import { movesMoney, PLAY_NAMES, rounds } from "./plays.ts";
import { isForm, misfit, requestFields } from "./request-fields.ts";
import { findTrade, markTrade, refundTrade, type Trade } from "./trade-book.ts";

/** How long "late" is where the caller does not say. */
const LATE_MS = 30_000;

const asked = z.object({
  /** The trade, by the shop's number or by the gateway's … */
  order: z.string().min(1).max(128).optional(),
  /** … or where the shop sends the buyer, which is gone to first. */
  url: z.url().max(4_000).optional(),
  mode: z.enum(PLAY_NAMES).default("pay"),
  /** Notices that "parallel" sends at once. */
  times: z.coerce.number().int().min(1).max(200).default(40),
  delay_ms: z.coerce.number().int().min(0).max(600_000).default(0),
  /** Sent, and signed, in place of the trade's own. */
  amount_minor: z.coerce.number().int().min(0).optional(),
  currency: z.string().length(3).optional(),
  trade_no: z.string().max(128).optional(),
  out_trade_no: z.string().max(128).optional(),
  /** Of notices that go in an address (epay); others come by POST always. */
  method: z.enum(["GET", "POST"]).default("GET"),
});
type Asked = z.infer<typeof asked>;

/** The buyer acts, and the gateway tells of it as `mode` says. A form is answered by a page, all else by JSON. */
export async function pay(c: AppContext, gateway: Simulated): Promise<Response> {
  const fields = Object.entries(await requestFields(c)).filter(([, value]) => value !== "");
  const parsed = asked.safeParse(Object.fromEntries(fields));
  if (!parsed.success) return misfit(c, parsed.error);
  const { order, url, mode } = parsed.data;
  if (order === undefined && url === undefined) {
    return c.json({ error: "name an order, or give the url where the shop sends its buyer" }, 400);
  }
  const trade = await tradeOf(c, gateway.name, parsed.data);
  if (trade === null) return c.json({ error: "no such trade" }, 404);
  const notices = await perform(c, gateway, trade, parsed.data);
  const return_url = (await gateway.returnUrl?.(c, trade)) ?? trade.return_url;
  if (!isForm(c)) {
    return c.json({ trade_no: trade.trade_no, paid: movesMoney(mode), notices, return_url });
  }
  // An ordinary payment goes straight back to the shop; for the rest the answers are the point.
  const wentWell =
    notices.length > 0 && notices.every(({ status }) => status >= 200 && status < 300);
  if (mode === "pay" && wentWell) return c.redirect(return_url, 303);
  const after = (await findTrade(c.env.DB, gateway.name, trade.order_no)) ?? trade;
  const shown = { gateway, trade: after, mode, notices, returnUrl: return_url };
  return answerPage(c, <OutcomePage reader={readerOf(c)} {...shown} />);
}

async function perform(
  c: AppContext,
  gateway: Simulated,
  trade: Trade,
  { mode, delay_ms, method, ...given }: Asked,
): Promise<NoticeReply[]> {
  const approves = gateway.approves ?? false;
  const delayMs = mode === "late" && delay_ms === 0 ? LATE_MS : delay_ms;
  if (delayMs > 0) await scheduler.wait(delayMs);
  if (movesMoney(mode)) await markTrade(c.env.DB, trade, approves ? "approved" : "paid");
  if (mode === "refunded") await refundAtTheDesk(c, trade);
  const told = rounds(mode, trade, { ...given, approves });
  const notices = await sendNotices(c, trade, told, { speak: gateway.speak, method });
  if (approves) notices.push(...(await tellCaptured(c, gateway, trade)));
  return notices;
}

/** The merchant has taken the money that the buyer agreed to: that is told too. */
async function tellCaptured(c: AppContext, gateway: Simulated, { order_no }: Trade) {
  const trade = await findTrade(c.env.DB, gateway.name, order_no);
  if (trade?.state !== "paid") return [];
  const told = rounds("pay", trade, { approves: false, times: 1 });
  return sendNotices(c, trade, told, gateway);
}

async function refundAtTheDesk(c: AppContext, trade: Trade): Promise<void> {
  const now = await findTrade(c.env.DB, trade.gateway, trade.order_no);
  await refundTrade(c.env.DB, now, { id: `desk-${trade.trade_no}`, minor: null });
}

/** With an address, as a browser would go there: this very Worker is where all of them lead. */
async function tradeOf(
  c: AppContext,
  gateway: string,
  { order, url }: Pick<Asked, "order" | "url">,
): Promise<Trade | null> {
  if (order !== undefined) return findTrade(c.env.DB, gateway, order);
  if (url === undefined || new URL(url).origin !== new URL(c.req.url).origin) return null;
  const gone = await exports.default.fetch(new Request(url, { redirect: "manual" }));
  await gone.body?.cancel();
  const at = new URL(gone.headers.get("location") ?? url, url);
  return findTrade(c.env.DB, gateway, at.searchParams.get("order") ?? "");
}

/** Where the buyer goes on to. An address without an origin of its own is nowhere that a form could lead. */
export function leadsBackTo({ return_url }: Trade): Answer {
  const origin = URL.parse(return_url)?.origin ?? "null";
  return origin === "null" ? {} : { formsTo: origin };
}
