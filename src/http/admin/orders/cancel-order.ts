import { Hono } from "hono";
import { auditEntry, type AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { changedOrder } from "./changed-order.ts";
import { ownOrder } from "./own-order.ts";

/** Gives the held keys back. Again changes nothing. */
export const cancelOrderRoute = new Hono<AdminEnv>().post(
  "/:id/cancel",
  allow("orders:write"),
  async (c) => {
    const { order, product } = await ownOrder(c);
    const { deps } = c.var;
    const stock = deps.stock.of(product.number);
    const outcome = await stock.cancel({ orderId: order.id, by: "merchant" });
    if (outcome.kind === "changed") {
      await deps.audit.append(auditEntry(c, "order.cancel", order.id));
    }
    const answer = await changedOrder(c, outcome);
    return answer instanceof Response ? answer : c.json(answer.body);
  },
);
