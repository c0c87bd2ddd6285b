import { Hono } from "hono";
import { z } from "zod";
import type { AppContext, AppEnv } from "../../../http/env.ts";
import { answerPage } from "../../page.tsx";
import { CashierPage } from "../pages/cashier-page.tsx";
import { GatewayPage } from "../pages/gateway-page.tsx";
import { readerOf } from "../pages/parts.tsx";
import { knowsNoTrade } from "../pages/refused-page.tsx";
import type { Simulated } from "../simulated.ts";
import { evidenceOf } from "./evidence-book.ts";
import { behaving, CALLS, MANNERS, mannersOf, setManner } from "./manners.ts";
import { leadsBackTo, pay } from "./pay.tsx";
import { isForm, misfit, requestFields } from "./request-fields.ts";
import { findTrade, newestTrades } from "./trade-book.ts";
import { setWebhook, webhookOf } from "./webhooks.ts";

/** On a page; a script is given as many as it asks for. */
const TRADES_SHOWN = 10;

const behaviour = z.object({
  call: z.enum(CALLS),
  /** "none" is to behave. */
  manner: z.enum([...MANNERS, "none"]),
  /** How many calls from now on. */
  times: z.coerce.number().int().min(1).max(1_000).default(1),
});

const listing = z.object({ limit: z.coerce.number().int().min(1).max(1_000).default(50) });

/**
 * What every simulated gateway has besides its own protocol, for a person and for a script: its page and its
 * `/credentials`; the cashier at `/pay` (`{order, mode, …}` in, `{trade_no, paid, notices, return_url}` out);
 * `/behave`, `/trades` and `/webhook`.
 */
export function sandboxOf(gateway: Simulated): Hono<AppEnv> {
  const { name, routes, callOf, refuse } = gateway;
  return new Hono<AppEnv>()
    .get("/", (c) => showGateway(c, gateway))
    .get("/credentials", async (c) => c.json(await gateway.credentials(c)))
    .get("/pay", (c) => showCashier(c, gateway))
    .post("/pay", (c) => pay(c, gateway))
    .get("/trades", async (c) => {
      const parsed = listing.safeParse(c.req.query());
      if (!parsed.success) return misfit(c, parsed.error);
      return c.json({ data: await newestTrades(c.env.DB, name, parsed.data) });
    })
    .get("/behave", async (c) => c.json({ data: await mannersOf(c.env.DB, name) }))
    .post("/behave", async (c) => {
      const parsed = behaviour.safeParse(await requestFields(c));
      if (!parsed.success) return misfit(c, parsed.error);
      const { call, manner, times } = parsed.data;
      const chosen = manner === "none" ? null : manner;
      await setManner(c.env.DB, name, { call, manner: chosen, times });
      return isForm(c) ? c.redirect(`/sandbox/${name}`, 303) : c.json({ call, manner, times });
    })
    .post("/webhook", async (c) => {
      const parsed = z.object({ url: z.url() }).safeParse(await requestFields(c));
      if (!parsed.success) return misfit(c, parsed.error);
      await setWebhook(c.env.DB, name, parsed.data.url);
      return isForm(c) ? c.redirect(`/sandbox/${name}`, 303) : c.json(parsed.data);
    })
    .use(behaving(name, callOf, refuse))
    .route("/", routes);
}

async function showGateway(c: AppContext, gateway: Simulated): Promise<Response> {
  const { DB } = c.env;
  const [credentials, now, webhook, trades] = await Promise.all([
    gateway.credentials(c),
    mannersOf(DB, gateway.name),
    webhookOf(DB, gateway.name),
    newestTrades(DB, gateway.name, { limit: TRADES_SHOWN }),
  ]);
  const shown = { gateway, credentials, now, webhook, trades };
  return answerPage(c, <GatewayPage reader={readerOf(c)} {...shown} />);
}

async function showCashier(c: AppContext, gateway: Simulated): Promise<Response> {
  const { DB } = c.env;
  const trade = await findTrade(DB, gateway.name, c.req.query("order") ?? "");
  if (trade === null) return knowsNoTrade(c, gateway);
  const now = await mannersOf(DB, gateway.name);
  const evidence = await evidenceOf(DB, trade);
  const shown = { reader: readerOf(c), gateway, trade, now, evidence };
  const page = <CashierPage {...shown} />;
  // Whoever pays is led on to the shop, which a form may do only where the page's policy names it.
  return answerPage(c, page, leadsBackTo(trade));
}
