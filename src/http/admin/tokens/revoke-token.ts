import { Hono } from "hono";
import { isId } from "../../../domain/ids.ts";
import { problem } from "../../problem.ts";
import { describeRoute } from "../../openapi/operation.ts";
import { auditEntry, type AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";

/** From now on the token opens nothing. Again changes nothing. */
export const revokeTokenRoute = new Hono<AdminEnv>().delete(
  "/:id",
  allow("tokens:write"),
  async (c) => {
    const id = c.req.param("id");
    if (!isId("token", id)) return problem(c, "not_found");
    const { deps, merchantId } = c.var;
    const revoked = await deps.tokens.revoke(merchantId, id, auditEntry(c, "token.revoke", id));
    return revoked === null ? problem(c, "not_found") : c.body(null, 204);
  },
);

describeRoute(revokeTokenRoute, {
  name: "revokeToken",
  summary: "Revoke a token",
  description: "From now on it opens nothing. Again changes nothing.",
  answers: { 204: { description: "It is revoked." } },
});
