import { Hono } from "hono";
import { z } from "zod";
import { STATEMENT_FINDINGS } from "../../../domain/statements/judge.ts";
import type { FindingRecord } from "../../../flows/statements/statement-ports.ts";
import { pageOf } from "../../api/json.ts";
import { readQuery } from "../../body.ts";
import { describeRoute } from "../../openapi/operation.ts";
import type { AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { pageJson, pageQuery, readCursor } from "../page.ts";
import { statementFindingJson, statementFindingShape } from "./finding-json.ts";
import { ownStatement } from "./own-statement.ts";

const query = z.strictObject({
  ...pageQuery,
  kind: z.enum(STATEMENT_FINDINGS).optional(),
  open: z.enum(["true", "false"]).optional().describe("Only those that nobody has settled."),
});
const place = z.strictObject({ number: z.int() });

export const listStatementFindingsRoute = new Hono<AdminEnv>().get(
  "/:id/findings",
  allow("payments:read"),
  async (c) => {
    const { limit, cursor, kind, open } = readQuery(c, query);
    const { id: statementId } = await ownStatement(c);
    const rows = await c.var.deps.statementReports.findings({
      statementId,
      kind,
      open: open === undefined ? undefined : open === "true",
      afterNumber: readCursor(place, cursor)?.number ?? 0,
      limit: limit + 1,
    });
    const placeOf = ({ number }: FindingRecord) => ({ number });
    return c.json(pageJson(rows, limit, statementFindingJson, placeOf));
  },
);

describeRoute(listStatementFindingsRoute, {
  name: "listStatementFindings",
  summary: "What the two books of a day do not agree on",
  query,
  answers: { 200: { description: "A page of findings.", schema: pageOf(statementFindingShape) } },
});
