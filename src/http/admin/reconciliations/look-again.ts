import { Hono } from "hono";
import { describeRoute } from "../../openapi/operation.ts";
import { auditEntry, type AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { ownStatement } from "./own-statement.ts";
import { reconciliationJson, reconciliationShape } from "./reconciliation-json.ts";

/** A notice that came after all, or was replayed, settles what was missing. Again changes nothing. */
export const lookAgainRoute = new Hono<AdminEnv>().post(
  "/:id/look-again",
  allow("payments:write"),
  async (c) => {
    const record = await ownStatement(c);
    const { statementReports } = c.var.deps;
    const entry = auditEntry(c, "statement.look_again", record.id);
    await statementReports.lookAgain(record.id, entry);
    return c.json(reconciliationJson(c, record, await statementReports.found([record.id])));
  },
);

describeRoute(lookAgainRoute, {
  name: "lookAgain",
  summary: "Settle what our books lacked and have by now",
  description:
    "Of the open `missing_here`, those that a late notice has brought since: the same sum, taken by the order that was named. Again changes nothing.",
  answers: { 200: { description: "The comparison after it.", schema: reconciliationShape } },
});
