import { createMiddleware } from "hono/factory";
import type { AppContext, AppEnv } from "../env.ts";
import { staticPage } from "../maintenance.ts";
import { busy, wantsPage } from "../refuse.ts";
import { routeKind } from "../route-kind.ts";
import { shopClosed } from "../shop-closed.ts";

/** What a shop that is closed does not answer. Orders that were placed, and money, are not among it. */
const SELLS: ReadonlySet<string> = new Set([
  "home",
  "product",
  "checkout",
  "submit_checkout",
  "drop_page",
  "api_products",
  "api_drops",
  "api_place_order",
]);
const TAKES_ORDERS: ReadonlySet<string> = new Set(["submit_checkout", "api_place_order"]);
const VERIFIES = /^\/(?:api\/v1\/)?drops\/[^/]+\/verify/;
const RETRY_SECONDS = 60;

/**
 * A shop that the operator has switched off, or one that takes no orders: a page from the files for people, 503 for programs. A
 * guess at the merchant is enough: a slug that names none is refused by the route itself.
 */
export const closed = createMiddleware<AppEnv>(async (c, next) => {
  const kind = routeKind(c.req.method, c.req.path);
  // A draw that was promised is shown by a closed shop, too.
  if (!SELLS.has(kind) || VERIFIES.test(c.req.path)) return next();
  const off = await offHere(c);
  if (!off.shop) {
    if (!off.orders || !TAKES_ORDERS.has(kind)) return next();
    return busy(c, RETRY_SECONDS, "orders_paused");
  }
  c.get("deps").metrics.count("shed", "shop_closed");
  const page = wantsPage(c) ? await staticPage(c.req.raw, c.env, c.get("requestId")) : null;
  return page ?? shopClosed(c);
});

async function offHere(c: AppContext) {
  const deps = c.get("deps");
  const slug = c.req.query("merchant") ?? deps.settings.defaultMerchant;
  // With D1 down and nothing remembered there is no shop to open: the route would only ask once more.
  const shop = await deps.shop(slug);
  return deps.switches.of(shop?.id ?? null);
}
