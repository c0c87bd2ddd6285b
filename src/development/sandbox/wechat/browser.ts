import { createMiddleware } from "hono/factory";
import type { AppEnv } from "../../../http/env.ts";
import { APP_ID } from "./inside-wechat.ts";

const REAL = `https://open.weixin.qq.com/connect/oauth2/authorize?appid=${APP_ID}&`;

/**
 * Makes of any browser that calls itself WeChat's one that is: it is led to the simulator where the shop sends the
 * simulated merchant's buyers to WeChat, and pages have the script that WeChat puts into them. As WeChat's own does,
 * the script runs beside the page's policy, here by the page's own nonce.
 */
export const asInsideWechat = createMiddleware<AppEnv>(async (c, next) => {
  await next();
  const { headers, status } = c.res;
  const address = headers.get("location") ?? "";
  if (address.startsWith(REAL)) {
    const { pathname, search } = new URL(address);
    const led = new Headers(headers);
    led.set("location", `/sandbox/wechat${pathname}${search}`);
    c.res = undefined;
    c.res = new Response(null, { status, headers: led });
    return;
  }
  const nonce = /'nonce-([^']+)'/.exec(headers.get("content-security-policy") ?? "")?.[1];
  const isInside = (c.req.header("user-agent") ?? "").includes("MicroMessenger/");
  if (!isInside || nonce === undefined || c.req.path.startsWith("/sandbox")) return;
  const script = `<script nonce="${nonce}" src="/sandbox/wechat/bridge.js" defer></script>`;
  const html = (await c.res.text()).replace("</body>", `${script}</body>`);
  c.res = undefined;
  c.res = new Response(html, { status, headers });
});
