import { createMiddleware } from "hono/factory";
import { isId, type MerchantId } from "../../domain/ids.ts";
import type { Off } from "../../domain/switches.ts";
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
const DROP = /^\/(?:api\/v1\/)?drops\/([^/]+)/;
const RETRY_SECONDS = 60;

/**
 * A shop that the operator or its merchant has switched off, or one that takes no orders: a page from the files
 * for people, 503 for programs. Orders come through to a shop that its merchant has closed: whoever repeats one
 * from before still finds it (order-guards/shop-open.ts). What the operator closes is asked nothing.
 */
export const closed = createMiddleware<AppEnv>(async (c, next) => {
  const kind = routeKind(c.req.method, c.req.path);
  // A draw that was promised is shown by a closed shop, too.
  if (!SELLS.has(kind) || VERIFIES.test(c.req.path)) return next();
  const takesOrders = TAKES_ORDERS.has(kind);
  const { off, isOpen } = await standingHere(c);
  if (!off.shop && (isOpen || takesOrders)) {
    if (!off.orders || !takesOrders) return next();
    return busy(c, RETRY_SECONDS, "orders_paused");
  }
  c.get("deps").metrics.count("shed", "shop_closed");
  const page = wantsPage(c) ? await staticPage(c.req.raw, c.env, c.get("requestId")) : null;
  return page ?? shopClosed(c);
});

/** What is off for the shop that is asked, and whether its merchant has it open. */
async function standingHere(c: AppContext): Promise<{ off: Off; isOpen: boolean }> {
  const { switches, shopSettings } = c.get("deps");
  const merchantId = await merchantHere(c);
  if (merchantId === null) return { off: await switches.of(null), isOpen: true };
  const [off, settings] = await Promise.all([switches.of(merchantId), shopSettings(merchantId)]);
  return { off, isOpen: settings.switches.shop };
}

/** Null where the address names no shop: the route itself says so. */
async function merchantHere(c: AppContext): Promise<MerchantId | null> {
  const deps = c.get("deps");
  const [, drop] = DROP.exec(c.req.path) ?? [];
  if (drop !== undefined) {
    const booked = isId("drop", drop) ? await deps.drops.drop(drop) : null;
    return booked?.drop.merchantId ?? null;
  }
  // With D1 down and nothing remembered there is no shop to open: the route would only ask once more.
  const shop = await deps.shop(c.req.query("merchant") ?? deps.settings.defaultMerchant);
  return shop?.id ?? null;
}
