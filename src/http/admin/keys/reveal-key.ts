import { Hono } from "hono";
import { z } from "zod";
import { revealKey } from "../../../flows/orders/reveal-key.ts";
import { problem } from "../../problem.ts";
import { describeRoute } from "../../openapi/operation.ts";
import { author, type AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";

/** One key in full. Each look is in the audit log. */
export const revealKeyRoute = new Hono<AdminEnv>().post(
  "/:id/reveal",
  allow("keys:read"),
  async (c) => {
    const key = await revealKey(c.get("deps"), author(c), c.req.param("id"));
    if (key === null) return problem(c, "not_found");
    const { id, productId, secret, note } = key;
    return c.json({ id, product_id: productId, secret, note });
  },
);

describeRoute(revealKeyRoute, {
  name: "revealKey",
  summary: "One key in full",
  description: "Each look is in the audit log.",
  answers: {
    200: {
      description: "The key.",
      schema: z.object({
        id: z.string().startsWith("key_"),
        product_id: z.string().startsWith("prd_"),
        secret: z.string(),
        note: z.string().nullable(),
      }),
    },
  },
});
