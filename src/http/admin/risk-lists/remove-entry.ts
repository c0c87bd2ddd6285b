import { Hono } from "hono";
import { isId } from "../../../domain/ids.ts";
import { describeRoute } from "../../openapi/operation.ts";
import { problem } from "../../problem.ts";
import { auditEntry, type AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";

export const removeRiskListEntryRoute = new Hono<AdminEnv>().delete(
  "/:id",
  allow("settings:write"),
  async (c) => {
    const id = c.req.param("id");
    if (!isId("riskListEntry", id)) return problem(c, "not_found");
    const { deps, merchantId } = c.var;
    const audit = auditEntry(c, "risk_list.remove", id);
    const removed = await deps.riskLists.remove(merchantId, id, audit);
    deps.forgetRiskLists();
    return removed ? c.body(null, 204) : problem(c, "not_found");
  },
);

describeRoute(removeRiskListEntryRoute, {
  name: "removeRiskListEntry",
  summary: "Take an entry off its list",
  answers: { 204: { description: "It is gone." } },
});
