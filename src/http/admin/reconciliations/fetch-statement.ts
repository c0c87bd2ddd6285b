import { Hono } from "hono";
import { z } from "zod";
import type { AccountId } from "../../../domain/ids.ts";
import { Unavailable } from "../../../domain/unavailable.ts";
import { readJson } from "../../body.ts";
import { describeRoute, json } from "../../openapi/operation.ts";
import { problem } from "../../problem.ts";
import type { AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { comparedAnswer, startedRun } from "./compared-answer.ts";
import { reconciliationShape } from "./reconciliation-json.ts";

const body = z.strictObject({
  account_id: z.string().max(64),
  day: z.iso.date().describe("On the gateway's calendar."),
});
const AGAIN_SECONDS = 60;

/** The same comparison without a file: the gateway is asked for its books. */
export const fetchStatementRoute = new Hono<AdminEnv>().post(
  "/fetch",
  allow("payments:write"),
  async (c) => {
    const { account_id: accountId, day } = await readJson(c, body);
    const run = await startedRun(c, {
      accountId: accountId as AccountId,
      day,
      origin: "fetched",
      accountChecked: false,
    });
    const account = run === null ? null : await c.var.deps.paymentAccounts.account(run.accountId);
    const fetched = await account?.gateway.statement?.(run ?? { day, fromMs: 0, toMs: 0 });
    if (run === null || fetched === undefined) return problem(c, "statement_unsupported");
    switch (fetched.kind) {
      case "file":
        return comparedAnswer(c, run, fetched.pieces);
      case "refused":
        return problem(c, "statement_unfit", { reason: "gateway_refused", answer: fetched.reason });
      case "unavailable":
        if (fetched.reason === "credentials") {
          return problem(c, "statement_unfit", {
            reason: "gateway_refused",
            answer: "credentials",
          });
        }
        throw new Unavailable("gateway", fetched.retryAfterSeconds ?? AGAIN_SECONDS);
      default:
        return fetched satisfies never;
    }
  },
);

describeRoute(fetchStatementRoute, {
  name: "fetchStatement",
  summary: "Ask the gateway for its statement of a day, and compare it with the books",
  description:
    "Stripe (its balance transactions, at most 20,000 of a day), Alipay and WeChat (their bills, from ten in the morning of the next day). Of the others the file is sent.",
  body: json(body, { account_id: "acct_…", day: "2026-11-24" }),
  answers: {
    200: { description: "The report that this very file had.", schema: reconciliationShape },
    201: {
      description: "What was found.",
      schema: reconciliationShape,
      headers: { Location: "Where the report is." },
    },
  },
  problems: {
    statement_unsupported: "The account's gateway gives its statements only by hand, or none.",
    statement_unfit:
      "`reason` as of a file that is sent, or `gateway_refused` with the gateway's own `answer`.",
    statement_under_way: "Ask again when that one is done, or two minutes after it broke off.",
    busy: "The gateway does not answer now, or broke off.",
  },
});
