import { Hono } from "hono";
import { z } from "zod";
import { askGateway } from "../../../flows/payments/ask-gateway.ts";
import { describeRoute } from "../../openapi/operation.ts";
import type { AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { orderJson, orderShape } from "./order-json.ts";
import { ownOrder } from "./own-order.ts";

const shape = z
  .object({
    answer: z
      .enum(["paid", "refunded", "pending", "closed", "unknown", "unsupported", "unavailable"])
      .describe("What the gateway says of the payment; unsupported: it cannot be asked."),
    reason: z.string().nullable().describe("Why it is unavailable."),
    order: orderShape,
  })
  .meta({ id: "GatewayAnswer" });

/** A notice may be lost: what the gateway says now counts as one. Again changes nothing. */
export const askGatewayRoute = new Hono<AdminEnv>().post(
  "/:id/ask-gateway",
  allow("orders:write"),
  async (c) => {
    const { status, order } = await askGateway(c.get("deps"), await ownOrder(c));
    const reason = status.kind === "unavailable" ? status.reason : null;
    return c.json({ answer: status.kind, reason, order: await orderJson(c, order) });
  },
);

describeRoute(askGatewayRoute, {
  name: "askGateway",
  summary: "Ask the gateway what has become of an order's payment",
  description:
    "What was paid is given to the order as its notice would have been. Again changes nothing.",
  answers: { 200: { description: "What it says, and the order after it.", schema: shape } },
});
