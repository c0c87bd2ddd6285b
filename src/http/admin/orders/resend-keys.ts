import { Hono } from "hono";
import { z } from "zod";
import { resendKeys } from "../../../flows/mail/resend-keys.ts";
import { problem } from "../../problem.ts";
import { describeRoute } from "../../openapi/operation.ts";
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

describeRoute(resendKeysRoute, {
  name: "resendKeys",
  summary: "Mail the keys once more",
  idempotencyKey: "optional",
  answers: {
    200: {
      description: "The mail is under way.",
      schema: z.object({ order_id: z.string(), delivery_id: z.string() }),
    },
  },
  problems: { state_conflict: "Only delivered keys can be mailed; `state` says what it is." },
});
