import { Hono } from "hono";
import { z } from "zod";
import { lookUpOrders, type OrderLookup } from "../../flows/orders/look-up-orders.ts";
import { showOrder } from "../../flows/orders/show-order.ts";
import { readJson, readQuery } from "../body.ts";
import { callerNetwork } from "../caller.ts";
import type { AppEnv } from "../env.ts";
import { limitAct } from "../limit-act.ts";
import { LIMIT_HEADERS, tooMany } from "../limits.ts";
import { describeRoute, json } from "../openapi/operation.ts";
import { noteVisit } from "../note-visit.ts";
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

export const lookUpOrdersRoute = new Hono<AppEnv>().post("/", async (c) => {
  const deps = c.get("deps");
  const { merchant: slug = deps.settings.defaultMerchant } = readQuery(c, shopQuery);
  const merchant = await deps.shop(slug);
  if (merchant === null) return problem(c, "not_found");

  // Before the body is read: what answers with access tokens is limited strictly.
  const limited = await limitAct(c, "lookUps", merchant.id, { network: callerNetwork(c) });
  if (limited !== null) return tooMany(c, limited);
  const body = await readJson(c, lookupBody);
  const guesses = await limitAct(c, "lookUps", merchant.id, { email: body.email });
  if (guesses !== null) return tooMany(c, guesses);
  const lookup: OrderLookup =
    "order_id" in body
      ? { orderId: body.order_id, email: body.email }
      : { email: body.email, lookupPassword: body.lookup_password };

  const found = await lookUpOrders(deps, merchant.id, lookup);
  for (const { order } of found) noteVisit(c, order, "look_up");
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
      headers: LIMIT_HEADERS,
    },
  },
  problems: {
    not_found: "No such shop.",
    too_many_requests:
      "Too many look-ups of one network, or of one e-mail: `policy`. Again after `retry_after_seconds`.",
  },
});
