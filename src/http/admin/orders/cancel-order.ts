import { Hono } from "hono";
import { describeRoute } from "../../openapi/operation.ts";
import { auditEntry, type AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { changedOrder } from "./changed-order.ts";
import { ownOrder } from "./own-order.ts";
import { orderShape } from "./order-json.ts";

/** Gives the held keys back. Again changes nothing. */
export const cancelOrderRoute = new Hono<AdminEnv>().post(
  "/:id/cancel",
  allow("orders:write"),
  async (c) => {
    const { order, stockNumber } = await ownOrder(c);
    const deps = c.get("deps");
    const stock = deps.stock.of(stockNumber);
    const outcome = await stock.cancel({ orderId: order.id, by: "merchant" });
    if (outcome.kind === "changed") {
      await deps.audit.append(auditEntry(c, "order.cancel", order.id));
    }
    const answer = await changedOrder(c, outcome);
    return answer instanceof Response ? answer : c.json(answer.body);
  },
);

describeRoute(cancelOrderRoute, {
  name: "cancelOrder",
  summary: "Cancel an order that waits for payment",
  description: "Gives the held keys back. Again changes nothing.",
  answers: { 200: { description: "The order, cancelled.", schema: orderShape } },
  problems: { state_conflict: "The order waits for no payment; `state` says what it is." },
});
