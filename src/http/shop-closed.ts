import { createMiddleware } from "hono/factory";
import type { AppContext, AppEnv } from "./env.ts";
import { staticPage } from "./maintenance.ts";
import { problem } from "./problem.ts";

/** When a program may look again: a merchant opens a shop by hand. */
const RETRY_SECONDS = 60;

/** A shop that its merchant has closed, told to a program. */
export function shopClosed(c: AppContext): Response {
  c.header("retry-after", String(RETRY_SECONDS));
  return problem(c, "shop_closed");
}

/** In front of the pages that sell: while the shop is closed each of them is the static page. */
export const whileOpen = createMiddleware<AppEnv>(async (c, next) => {
  const deps = c.get("deps");
  const shop = await deps.shop(deps.settings.defaultMerchant);
  const isOpen = shop === null || (await deps.shopSettings(shop.id)).switches.shop;
  if (isOpen) return next();
  return (await staticPage(c.req.raw, c.env, c.get("requestId"))) ?? shopClosed(c);
});
