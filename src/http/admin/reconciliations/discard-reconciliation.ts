import { Hono } from "hono";
import { describeRoute } from "../../openapi/operation.ts";
import { problem } from "../../problem.ts";
import { auditEntry, type AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { ownStatement } from "./own-statement.ts";

/** The wrong file, or one that is to be compared anew: what was recorded by repairs stays recorded. */
export const discardReconciliationRoute = new Hono<AdminEnv>().delete(
  "/:id",
  allow("payments:write"),
  async (c) => {
    const record = await ownStatement(c);
    const { id, finishedAtMs, resumeAtMs, accountId, day, digest, summary } = record;
    // What is being sent is its own upload's to end, and what broke off is cleared by the next.
    if (finishedAtMs === null && resumeAtMs === null) return problem(c, "statement_under_way");
    const { rows = 0, matched = 0 } = summary ?? {};
    const detail = { account: accountId, day, digest, rows, matched };
    const { statementReports } = c.var.deps;
    await statementReports.discard(record, auditEntry(c, "statement.discard", id, detail));
    return c.body(null, 204);
  },
);

describeRoute(discardReconciliationRoute, {
  name: "discardReconciliation",
  summary: "Discard a comparison and what it found",
  description:
    "Of a wrong file, or to compare the same one anew. Payments that were recorded by repairs stay. In the audit log.",
  answers: { 204: { description: "It is gone." } },
  problems: { statement_under_way: "It is not done." },
});
