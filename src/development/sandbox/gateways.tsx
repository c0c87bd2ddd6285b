import { exports } from "cloudflare:workers";
import { Hono } from "hono";
import { trimTrailingSlash } from "hono/trailing-slash";
import type { AppContext, AppEnv } from "../../http/env.ts";
import { answerPage } from "../page.tsx";
import { alipaySandbox } from "./alipay/alipay.ts";
import { sandboxOf } from "./cashier/cashier.tsx";
import { mannersOf } from "./cashier/manners.ts";
import { newestTrades } from "./cashier/trade-book.ts";
import { epayV2Sandbox } from "./epay-v2/epay-v2.ts";
import { epaySandbox } from "./epay/epay.ts";
import { paypalSandbox } from "./paypal/paypal.ts";
import { IndexPage } from "./pages/index-page.tsx";
import { readerOf } from "./pages/parts.tsx";
import type { Simulated } from "./simulated.ts";
import { stripeSandbox } from "./stripe/stripe.ts";
import { tokenpaySandbox } from "./tokenpay/tokenpay.ts";
import { bepusdtSandbox, epusdtSandbox } from "./usdt/usdt.ts";
import { wechatSandbox } from "./wechat/wechat.ts";

/** Every simulated gateway, in the order in which the demo shop offers them. */
const GATEWAYS: readonly Simulated[] = [
  epaySandbox,
  epayV2Sandbox,
  alipaySandbox,
  wechatSandbox,
  stripeSandbox,
  paypalSandbox,
  bepusdtSandbox,
  epusdtSandbox,
  tokenpaySandbox,
];

const TRADES_SHOWN = 8;

/** Everything under /sandbox. */
export function sandbox(): Hono<AppEnv> {
  const app = new Hono<AppEnv>()
    .use(trimTrailingSlash())
    .get("/", (c) => showIndex(c))
    .get("/gateways.json", async (c) => {
      const accounts = GATEWAYS.map(async (gateway) => ({
        gateway: gateway.name,
        title: gateway.title,
        currency: gateway.currency,
        credentials: await gateway.credentials(c),
        needs_webhook: gateway.tellsWebhook ?? false,
      }));
      return c.json({ data: await Promise.all(accounts) });
    });
  for (const gateway of GATEWAYS) app.route(`/${gateway.name}`, sandboxOf(gateway));
  return app;
}

async function showIndex(c: AppContext): Promise<Response> {
  const { DB } = c.env;
  const gateways = await Promise.all(
    GATEWAYS.map(async (gateway) => ({ gateway, now: await mannersOf(DB, gateway.name) })),
  );
  const trades = await newestTrades(DB, null, { limit: TRADES_SHOWN });
  const page = <IndexPage reader={readerOf(c)} gateways={gateways} trades={trades} />;
  return answerPage(c, page);
}

/**
 * `fetch`, but what the demo accounts send to a gateway of one fixed address is answered by the simulator. So
 * adapters know the real addresses and no other, here as in production; an account of the gateway's own test
 * environment still reaches it.
 */
export async function reachGateway(address: string, init: RequestInit): Promise<Response> {
  const url = new URL(address);
  const authorization = new Headers(init.headers).get("authorization") ?? "";
  const simulated = GATEWAYS.find(
    ({ host, alsoAt = [], isForMerchant }) =>
      [host, ...alsoAt].includes(url.host) && isForMerchant?.(url, authorization),
  );
  if (simulated === undefined) return fetch(address, init);
  const path = `/sandbox/${simulated.name}${url.pathname}${url.search}`;
  return exports.default.fetch(new Request(new URL(path, "http://localhost"), init));
}
