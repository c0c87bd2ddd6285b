import { Hono } from "hono";
import { z } from "zod";
import { lookUpOrders, type OrderLookup } from "../../flows/look-up-orders.ts";
import { showOrder } from "../../flows/show-order.ts";
import { readJson, readQuery } from "../body.ts";
import { callerNetwork } from "../caller.ts";
import type { AppEnv } from "../env.ts";
import { describeRoute, json } from "../openapi/operation.ts";
import { payerOf } from "../payer.ts";
import { problem } from "../problem.ts";
import { pageOf } from "./json.ts";
import { orderJson, placedOrderShape } from "./order-json.ts";
import { email, lookupPassword } from "./order-request.ts";
import { shopQuery } from "./shop-query.ts";

const lookupBody = z.union([
  z.strictObject({ order_id: z.string().min(1).max(64), email }),
  z.strictObject({ email, lookup_password: lookupPassword }),
]);

/** The limit (wrangler.toml, LOOKUP_LIMIT): so many look-ups of one network in so many seconds. */
const LIMIT = 30;
const LIMIT_SECONDS = 60;

export const lookUpOrdersRoute = new Hono<AppEnv>().post("/", async (c) => {
  const deps = c.get("deps");
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
  const { merchant: slug = deps.settings.defaultMerchant } = readQuery(c, shopQuery);
  const merchant = await deps.shop(slug);
  if (merchant === null) return problem(c, "not_found");

  const found = await lookUpOrders(deps, merchant.id, lookup);
  const data = await Promise.all(
    found.map(async ({ order, accessToken }) => ({
      ...orderJson(await showOrder(deps, order, payerOf(c))),
      access_token: accessToken,
    })),
  );
  return c.json({ data, next_cursor: null });
});

describeRoute(lookUpOrdersRoute, {
  name: "lookUpOrders",
  summary: "Find orders again, with fresh access tokens",
  description:
    "By number and e-mail, or by e-mail and the password chosen at checkout. What is not found is an empty list, whatever the reason.",
  query: shopQuery,
  body: json(lookupBody, { email: "buyer@example.com", lookup_password: "a-password-of-mine" }),
  answers: {
    200: {
      description: "The orders found, all on one page.",
      schema: pageOf(placedOrderShape),
      headers: { "RateLimit-Policy": "How many look-ups in how many seconds." },
    },
  },
  problems: { not_found: "No such shop.", too_many_requests: "Too many look-ups of one network." },
});
