import { Hono } from "hono";
import { z } from "zod";
import type { AccountId, StatementId } from "../../../domain/ids.ts";
import { pageOf } from "../../api/json.ts";
import { readQuery } from "../../body.ts";
import { describeRoute } from "../../openapi/operation.ts";
import type { AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { pageJson, pageQuery, readCursor } from "../page.ts";
import { reconciliationJson, reconciliationShape } from "./reconciliation-json.ts";

const query = z.strictObject({
  ...pageQuery,
  account: z
    .string()
    .max(64)
    .regex(/^acct_/, "the id of an account, `acct_…`")
    .optional(),
  day: z.iso.date().optional(),
  attention: z
    .enum(["true", "false"])
    .optional()
    .describe("`true`: only those that are done and have findings that nobody has settled."),
});
const place = z.strictObject({
  startedAtMs: z.int(),
  id: z.string().transform((id) => id as StatementId),
});

export const listReconciliationsRoute = new Hono<AdminEnv>().get(
  "/",
  allow("payments:read"),
  async (c) => {
    const { limit, cursor, account, day, attention } = readQuery(c, query);
    const filter = {
      accountId: account as AccountId | undefined,
      day,
      attention: attention === "true",
    };
    const { deps, merchantId } = c.var;
    const after = readCursor(place, cursor);
    const rows = await deps.statementReports.list(merchantId, after, limit + 1, filter);
    const found = await deps.statementReports.found(rows.map(({ id }) => id));
    const toJson = (row: (typeof rows)[number]) => reconciliationJson(c, row, found);
    const placeOf = ({ startedAtMs, id }: (typeof rows)[number]) => ({ startedAtMs, id });
    return c.json(pageJson(rows, limit, toJson, placeOf));
  },
);

describeRoute(listReconciliationsRoute, {
  name: "listReconciliations",
  summary: "Comparisons of statements with the books, newest first",
  query,
  answers: { 200: { description: "A page.", schema: pageOf(reconciliationShape) } },
});
