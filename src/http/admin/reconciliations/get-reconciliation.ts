import { Hono } from "hono";
import { describeRoute } from "../../openapi/operation.ts";
import type { AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { ownStatement } from "./own-statement.ts";
import { reconciliationJson, reconciliationShape } from "./reconciliation-json.ts";

export const getReconciliationRoute = new Hono<AdminEnv>().get(
  "/:id",
  allow("payments:read"),
  async (c) => {
    const record = await ownStatement(c);
    const found = await c.var.deps.statementReports.found([record.id]);
    return c.json(reconciliationJson(c, record, found));
  },
);

describeRoute(getReconciliationRoute, {
  name: "getReconciliation",
  summary: "One comparison: its progress, its sums, and what of it is open now",
  answers: { 200: { description: "The comparison.", schema: reconciliationShape } },
});
