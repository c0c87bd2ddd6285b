import { Hono } from "hono";
import type { AppEnv } from "../../../http/env.ts";
import { findTrade } from "../cashier/trade-book.ts";
import { cashierUrl } from "../simulated.ts";

const GOOD_MS = 5 * 60_000;

/** WeChat's page for phones: good for five minutes, and for nobody who comes from another place than the shop. */
export function h5Url(base: string, orderNo: string): string {
  const url = new URL("/sandbox/wechat/h5", base);
  url.searchParams.set("prepay", orderNo);
  url.searchParams.set("until", String(Date.now() + GOOD_MS));
  return url.href;
}

export const h5Routes = new Hono<AppEnv>().get("/h5", async (c) => {
  const { prepay = "", until } = c.req.query();
  const trade = await findTrade(c.env.DB, "wechat", prepay);
  if (trade === null) return c.text("订单不存在", 404);
  const from = URL.parse(c.req.header("referer") ?? "")?.origin;
  if (from !== new URL(trade.notify_url).origin)
    return c.text("商家参数格式有误，请联系商家解决", 400);
  if (Date.now() > Number(until)) return c.text("支付请求已失效，请重新发起支付", 400);
  return c.redirect(cashierUrl(trade.notify_url, "wechat", prepay), 302);
});
