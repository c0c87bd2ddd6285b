import { exports } from "cloudflare:workers";
import { Hono } from "hono";
import { z } from "zod";
import type { AppContext, AppEnv } from "../../../http/env.ts";
import { requestFields } from "./request-fields.ts";
import type { Simulated } from "../simulated.ts";
import { behaving, CALLS, MANNER_NAMES, setManner } from "./manners.ts";
import { sendNotices } from "./notices.ts";
import { CashierPage, OutcomePage } from "./pages.tsx";
import { PLAY_NAMES, PLAYS, rounds } from "./plays.ts";
import { findTrade, markTrade, refundTrade, type Trade } from "./trade-book.ts";
import { setWebhook } from "./webhooks.ts";

/** How long "late" is where the caller does not say. */
const LATE_MS = 30_000;

const play = z.object({
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

const behaviour = z.object({
  call: z.enum(CALLS),
  /** "none" is to behave. */
  manner: z.enum([...MANNER_NAMES, "none"]),
  /** How many calls from now on. */
  times: z.coerce.number().int().min(1).max(1_000).default(1),
});

/**
 * What every simulated gateway has besides its own protocol: `/pay` for a person (a page) or a script (`{order,
 * mode, …}` in, `{trade_no, paid, notices, return_url}` out), `/behave`, `/webhook` and `/credentials`.
 */
export function sandboxOf(gateway: Simulated): Hono<AppEnv> {
  const { name, routes, callOf, refuse } = gateway;
  return new Hono<AppEnv>()
    .get("/credentials", async (c) => c.json(await gateway.credentials(c)))
    .get("/pay", async (c) => {
      const trade = await findTrade(c.env.DB, name, c.req.query("order") ?? "");
      if (trade === null) return c.json({ error: "no such trade" }, 404);
      return c.html(<CashierPage c={c} gateway={gateway} trade={trade} />);
    })
    .post("/pay", (c) => pay(c, gateway))
    .post("/behave", async (c) => {
      const parsed = behaviour.safeParse(await requestFields(c));
      if (!parsed.success) return c.json({ error: "does not fit", in: parsed.error.issues }, 400);
      const { call, manner, times } = parsed.data;
      const chosen = manner === "none" ? null : manner;
      await setManner(c.env.DB, name, { call, manner: chosen, times });
      return isForm(c) ? c.redirect("/sandbox", 303) : c.json({ call, manner, times });
    })
    .post("/webhook", async (c) => {
      const parsed = z.object({ url: z.url() }).safeParse(await requestFields(c));
      if (!parsed.success) return c.json({ error: "does not fit", in: parsed.error.issues }, 400);
      await setWebhook(c.env.DB, name, parsed.data.url);
      return c.json(parsed.data);
    })
    .use(behaving(name, callOf, refuse))
    .route("/", routes);
}

async function pay(c: AppContext, gateway: Simulated): Promise<Response> {
  const parsed = play.safeParse(await requestFields(c));
  if (!parsed.success) return c.json({ error: "does not fit", in: parsed.error.issues }, 400);
  const { mode, delay_ms, method, ...given } = parsed.data;
  if (given.order === undefined && given.url === undefined) {
    return c.json({ error: "name an order, or give the url where the shop sends its buyer" }, 400);
  }
  const trade = await tradeOf(c, gateway.name, given);
  if (trade === null) return c.json({ error: "no such trade" }, 404);
  const approves = gateway.approves ?? false;
  const delayMs = mode === "late" && delay_ms === 0 ? LATE_MS : delay_ms;
  if (delayMs > 0) await scheduler.wait(delayMs);
  if (PLAYS[mode].pays) await markTrade(c.env.DB, trade, approves ? "approved" : "paid");
  if (mode === "refunded") await refundAtTheDesk(c, trade);
  const told = rounds(mode, trade, { ...given, approves });
  const notices = await sendNotices(c, trade, told, { speak: gateway.speak, method });
  if (approves) notices.push(...(await tellCaptured(c, gateway, trade)));
  const return_url = (await gateway.returnUrl?.(c, trade)) ?? trade.return_url;
  if (isForm(c)) {
    // An ordinary payment goes straight back to the shop; for the rest the answers are the point.
    const wentWell = notices.length > 0 && notices.every(({ status }) => status < 300);
    if (mode === "pay" && wentWell) return c.redirect(return_url, 303);
    return c.html(
      <OutcomePage c={c} gateway={gateway} trade={{ ...trade, return_url }} notices={notices} />,
    );
  }
  return c.json({ trade_no: trade.trade_no, paid: PLAYS[mode].pays, notices, return_url });
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
  { order, url }: { order?: string | undefined; url?: string | undefined },
): Promise<Trade | null> {
  if (order !== undefined) return findTrade(c.env.DB, gateway, order);
  if (url === undefined || new URL(url).origin !== new URL(c.req.url).origin) return null;
  const gone = await exports.default.fetch(new Request(url, { redirect: "manual" }));
  await gone.body?.cancel();
  const at = new URL(gone.headers.get("location") ?? url, url);
  return findTrade(c.env.DB, gateway, at.searchParams.get("order") ?? "");
}

function isForm(c: AppContext): boolean {
  return (c.req.header("content-type") ?? "").includes("form");
}
