import { Hono } from "hono";
import { z } from "zod";
import { lookUpOrders, type OrderLookup } from "../../flows/look-up-orders.ts";
import { showOrder } from "../../flows/show-order.ts";
import { readJson } from "../body.ts";
import { callerNetwork } from "../caller.ts";
import type { AppEnv } from "../env.ts";
import { publicOrigin } from "../origin.ts";
import { problem } from "../problem.ts";
import { orderJson } from "./order-json.ts";
import { email, lookupPassword } from "./order-request.ts";

const lookupBody = z.union([
  z.strictObject({ order_id: z.string().min(1).max(64), email }),
  z.strictObject({ email, lookup_password: lookupPassword }),
]);

/** The limit (wrangler.toml, LOOKUP_LIMIT): so many look-ups of one network in so many seconds. */
const LIMIT = 30;
const LIMIT_SECONDS = 60;

export const lookUpOrdersRoute = new Hono<AppEnv>().post("/", async (c) => {
  const { deps } = c.var;
  // draft-ietf-httpapi-ratelimit-headers. The platform counts and tells only yes or no, so what is
  // left is said when it is nothing.
  c.header("ratelimit-policy", `"look-up";q=${LIMIT};w=${LIMIT_SECONDS}`);
  if (!(await deps.mayLookUp(callerNetwork(c)))) {
    c.header("ratelimit", `"look-up";r=0;t=${LIMIT_SECONDS}`);
    c.header("retry-after", String(LIMIT_SECONDS));
    return problem(c, "too_many_requests", { detail: "Try again in a minute." });
  }
  const body = await readJson(c, lookupBody);
  const lookup: OrderLookup =
    "order_id" in body
      ? { orderId: body.order_id, email: body.email }
      : { email: body.email, lookupPassword: body.lookup_password };
  const merchant = await deps.shop(c.req.query("merchant") ?? deps.settings.defaultMerchant);
  if (merchant === null) return problem(c, "not_found");

  const found = await lookUpOrders(deps, merchant.id, lookup);
  const data = await Promise.all(
    found.map(async ({ order, accessToken }) => ({
      ...orderJson(await showOrder(deps, order, publicOrigin(c))),
      access_token: accessToken,
    })),
  );
  return c.json({ data, next_cursor: null });
});
