import { exports } from "cloudflare:workers";
import { Hono } from "hono";
import type { AppEnv } from "../../http/env.ts";
import { alipaySandbox } from "./alipay/alipay.ts";
import { sandboxOf } from "./cashier/cashier.tsx";
import { IndexPage } from "./cashier/pages.tsx";
import { epayV2Sandbox } from "./epay-v2/epay-v2.ts";
import { epaySandbox } from "./epay/epay.ts";
import { paypalSandbox } from "./paypal/paypal.ts";
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

/** Everything under /sandbox. */
export function sandbox(): Hono<AppEnv> {
  const app = new Hono<AppEnv>()
    .get("/", (c) => c.html(<IndexPage c={c} gateways={GATEWAYS} />))
    .get("/gateways.json", async (c) => {
      const accounts = GATEWAYS.map(async ({ name, title, currency, credentials, host }) => ({
        gateway: name,
        title,
        currency,
        credentials: await credentials(c),
        needs_webhook: host !== undefined && name !== "wechat",
      }));
      return c.json({ data: await Promise.all(accounts) });
    });
  for (const gateway of GATEWAYS) app.route(`/${gateway.name}`, sandboxOf(gateway));
  return app;
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
    ({ host, isForMerchant }) => host === url.host && isForMerchant?.(url, authorization),
  );
  if (simulated === undefined) return fetch(address, init);
  const path = `/sandbox/${simulated.name}${url.pathname}${url.search}`;
  return exports.default.fetch(new Request(new URL(path, "http://localhost"), init));
}
