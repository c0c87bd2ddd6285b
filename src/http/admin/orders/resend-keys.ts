import { Hono } from "hono";
import { resendKeys } from "../../../flows/resend-keys.ts";
import { problem } from "../../problem.ts";
import { auditEntry, type AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { idempotent } from "../idempotent.ts";
import { ownOrder } from "./own-order.ts";

/** Mails the keys once more, to the address of the order. */
export const resendKeysRoute = new Hono<AdminEnv>().post(
  "/:id/resend",
  allow("orders:write"),
  async (c) => {
    const { order } = await ownOrder(c);
    const { deps, merchantId } = c.var;
    const { id, state } = order;
    if (state !== "delivered") {
      return problem(c, "state_conflict", { state, detail: "Only delivered keys can be mailed." });
    }
    const act = { operation: `orders.resend:${id}`, body: {}, merchantId };
    return idempotent(c, act, async () => {
      const { deliveryId } = await resendKeys(deps, order, deps.clock.nowMs());
      await deps.audit.append(auditEntry(c, "order.resend", id, { delivery: deliveryId }));
      return { status: 200, body: { order_id: id, delivery_id: deliveryId } };
    });
  },
);
