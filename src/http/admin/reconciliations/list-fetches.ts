import { Hono } from "hono";
import { z } from "zod";
import type { AccountId } from "../../../domain/ids.ts";
import { FETCH_STATES } from "../../../domain/statements/nightly.ts";
import type { FetchRecord } from "../../../flows/statements/statement-fetch-ports.ts";
import { pageOf } from "../../api/json.ts";
import { readQuery } from "../../body.ts";
import { describeRoute } from "../../openapi/operation.ts";
import type { AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { pageJson, pageQuery, readCursor } from "../page.ts";
import { fetchStateJson, fetchStateShape } from "./fetch-json.ts";

const query = z.strictObject({
  ...pageQuery,
  state: z.enum(FETCH_STATES).optional().describe("`given_up` are those that want a person."),
  account: z.string().max(64).optional().describe("The account's id, `acct_…`."),
  day: z.iso.date().optional(),
});
const place = z.strictObject({
  day: z.string(),
  accountId: z.string().transform((id) => id as AccountId),
});

const shape = fetchStateShape
  .extend({
    account_id: z.string().startsWith("acct_"),
    day: z.iso.date().describe("On the gateway's calendar."),
    failures: z.int().describe("In a row."),
    reconciliation_id: z.string().startsWith("stm_").nullable(),
  })
  .meta({ id: "StatementFetch" });

export const listStatementFetchesRoute = new Hono<AdminEnv>().get(
  "/fetches",
  allow("payments:read"),
  async (c) => {
    const { limit, cursor, account, day, state } = readQuery(c, query);
    const { deps, merchantId } = c.var;
    const after = readCursor(place, cursor);
    const filter = { accountId: account as AccountId | undefined, day, state };
    const rows = await deps.statementFetches.list(merchantId, after, limit + 1, filter);
    const placeOf = ({ day: of, accountId }: FetchRecord) => ({ day: of, accountId });
    return c.json(pageJson(rows, limit, fetchJson, placeOf));
  },
);

function fetchJson(row: FetchRecord): z.input<typeof shape> {
  return {
    ...fetchStateJson(row),
    account_id: row.accountId,
    day: row.day,
    failures: row.failures,
    reconciliation_id: row.statementId,
  };
}

describeRoute(listStatementFetchesRoute, {
  name: "listStatementFetches",
  summary: "Statements that the schedule fetches, the newest day first",
  query,
  answers: { 200: { description: "A page.", schema: pageOf(shape) } },
});
