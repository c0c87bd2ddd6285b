import { Hono } from "hono";
import { z } from "zod";
import { daySummaryText, sentenceOf } from "../../../domain/statements/day-summary.ts";
import { sumUpDay, type SummedUpDay } from "../../../flows/statements/sum-up-day.ts";
import type { Json } from "../../api/json.ts";
import { describeRoute } from "../../openapi/operation.ts";
import { Refused } from "../../problem.ts";
import type { AdminContext, AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { fetchStateJson, fetchStateShape } from "./fetch-json.ts";
import {
  reconciliationJson,
  reconciliationShape,
  unexplainedJson,
  unexplainedShape,
} from "./reconciliation-json.ts";

const shape = z
  .object({
    day: z.iso.date().describe("Of each account, on its gateway's calendar."),
    says: z.string().describe("In a sentence: `0 unexplained cents, 0 unexplained keys`."),
    over: z.boolean().describe("On the calendar of every account's gateway."),
    explained: z
      .boolean()
      .describe(
        "The day is over, what was paid that day was compared, and no finding of it is open.",
      ),
    unexplained: unexplainedShape,
    uncompared: z.int().describe("Payments and refunds of ours that no statement has had yet."),
    accounts: z.array(
      z.object({
        account_id: z.string().startsWith("acct_"),
        title: z.string(),
        gateway: z.string(),
        uncompared: z.int(),
        fetch: fetchStateShape.nullable().describe("Null where the schedule does not fetch it."),
        report: reconciliationShape.nullable().describe("The last one that is done, or under way."),
      }),
    ),
  })
  .meta({ id: "ReconciledDay" });

/** All accounts' day in one look. */
export const daySummaryRoute = new Hono<AdminEnv>().get(
  "/days/:day",
  allow("payments:read"),
  async (c) => c.json(dayJson(c, await summedUp(c, c.req.param("day")))),
);

/** The same for whoever reads it at a terminal. */
export const daySummaryTextRoute = new Hono<AdminEnv>().get(
  "/days/:day/summary.txt",
  allow("payments:read"),
  async (c) => {
    const { summary } = await summedUp(c, c.req.param("day"));
    const headers = { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" };
    return c.body(daySummaryText(summary), 200, headers);
  },
);

function summedUp(c: AdminContext, text: string): Promise<SummedUpDay> {
  const day = z.iso.date().safeParse(text);
  if (!day.success) throw new Refused("not_found");
  const { deps, merchantId } = c.var;
  return sumUpDay(deps, merchantId, day.data, deps.clock.nowMs());
}

function dayJson(c: AdminContext, { summary, reports, found }: SummedUpDay): Json<typeof shape> {
  const { day, isOver, explained, unexplained, uncompared } = summary;
  return {
    day,
    says: sentenceOf(unexplained, uncompared),
    over: isOver,
    explained,
    unexplained: unexplainedJson(unexplained),
    uncompared,
    accounts: summary.accounts.map((account) => {
      const report = reports.find(({ id }) => id === account.report?.id);
      return {
        account_id: account.id,
        title: account.title,
        gateway: account.gateway,
        uncompared: account.uncompared,
        fetch: account.fetch && fetchStateJson(account.fetch),
        report: report === undefined ? null : reconciliationJson(c, report, found),
      };
    }),
  };
}

describeRoute(daySummaryRoute, {
  name: "getReconciledDay",
  summary: "A day of all accounts: what was compared, and what of it is unexplained",
  description: "Accounts whose gateway has statements that we read.",
  answers: { 200: { description: "The day.", schema: shape } },
  problems: { not_found: "No such day." },
});

describeRoute(daySummaryTextRoute, {
  name: "readReconciledDay",
  summary: "The same as a text, to be read at a terminal",
  answers: { 200: { description: "UTF-8, in English.", schema: z.string(), type: "text/plain" } },
  problems: { not_found: "No such day." },
});
