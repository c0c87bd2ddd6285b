import { Hono } from "hono";
import { z } from "zod";
import type { AccountId } from "../../../domain/ids.ts";
import { readJson } from "../../body.ts";
import { describeRoute, json } from "../../openapi/operation.ts";
import { FETCH_PAGES_MAX, fetchStatement } from "../../../flows/statements/fetch-statement.ts";
import { problem } from "../../problem.ts";
import { author, type AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { refusedAnswer, reportAnswer, startedRun } from "./compared-answer.ts";
import { reconciliationShape } from "./reconciliation-json.ts";

const body = z.strictObject({
  account_id: z.string().max(64),
  day: z.iso.date().describe("On the gateway's calendar."),
});
/** How long whoever asks is kept waiting: the schedule goes on with the rest. */
const PATIENCE_MS = 25_000;

/** The same comparison without a file: the gateway is asked for its books. */
export const fetchStatementRoute = new Hono<AdminEnv>().post(
  "/fetch",
  allow("payments:write"),
  async (c) => {
    const { deps } = c.var;
    const { account_id: accountId, day } = await readJson(c, body);
    const run = await startedRun(c, {
      accountId: accountId as AccountId,
      day,
      origin: "fetched",
      accountChecked: false,
    });
    const account = run === null ? null : await deps.paymentAccounts.account(run.accountId);
    if (run === null || account === null) return problem(c, "statement_unsupported");
    const { gateway } = account;
    const pace = { pagesLeft: FETCH_PAGES_MAX, untilMs: deps.clock.nowMs() + PATIENCE_MS };
    const fetched = await fetchStatement(deps, author(c), run, { gateway, from: null, pace });
    return fetched.ok ? reportAnswer(c, fetched.value) : refusedAnswer(c, fetched.error);
  },
);

describeRoute(fetchStatementRoute, {
  name: "fetchStatement",
  summary: "Ask the gateway for its statement of a day, and compare it with the books",
  description:
    "Stripe (its balance transactions), Alipay and WeChat (their bills, from ten in the morning of the next day). Of the others the file is sent. A long day is gone on with by the schedule.",
  body: json(body, { account_id: "acct_…", day: "2026-11-24" }),
  answers: {
    200: { description: "The report that this very file had.", schema: reconciliationShape },
    201: {
      description: "What was found.",
      schema: reconciliationShape,
      headers: { Location: "Where the report is." },
    },
    202: {
      description: "It is long: `rows_done` tells how far it is, and the schedule goes on with it.",
      schema: reconciliationShape,
      headers: { Location: "Where the report will be." },
    },
  },
  problems: {
    statement_unsupported: "The account's gateway gives its statements only by hand, or none.",
    statement_unfit:
      "`reason` as of a file that is sent, `day_too_old` (ten years), or `gateway_refused` with the gateway's own `answer`.",
    statement_under_way: "Ask again when that one is done, or two minutes after it broke off.",
    busy: "The gateway does not answer now, or broke off.",
  },
});
