import { Hono } from "hono";
import { z } from "zod";
import type { AccountId } from "../../../domain/ids.ts";
import { STATEMENT_ROWS_MAX } from "../../../flows/statements/compare-pages.ts";
import { mediaType, readQuery } from "../../body.ts";
import { describeRoute } from "../../openapi/operation.ts";
import { problem, Refused } from "../../problem.ts";
import type { AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { comparedAnswer, startedRun } from "./compared-answer.ts";
import { reconciliationShape } from "./reconciliation-json.ts";
import { sentFile } from "./sent-file.ts";

/** What browsers and spreadsheets call a CSV, or a ZIP of one. The bytes say themselves what they are. */
const TYPES = [
  "text/csv",
  "application/csv",
  "application/zip",
  "application/x-zip-compressed",
  "application/octet-stream",
  "text/plain",
];

const query = z.strictObject({
  account: z.string().max(64).describe("The account's id, `acct_…`."),
  day: z.iso.date().describe("On the gateway's calendar."),
  account_checked: z
    .enum(["true", "false"])
    .optional()
    .describe("You have looked: the file is this account's, though it looks like another's."),
});

/**
 * A day's statement, as the gateway gave it, against our books. The file is compared while it comes in;
 * the very same file again is the same report.
 */
export const compareStatementRoute = new Hono<AdminEnv>().post(
  "/",
  allow("payments:write"),
  async (c) => {
    const { account, day, account_checked } = readQuery(c, query);
    if (!TYPES.includes(mediaType(c))) {
      throw new Refused("unsupported_media_type", { accepts: TYPES });
    }
    const run = await startedRun(c, {
      accountId: account as AccountId,
      day,
      origin: "sent",
      accountChecked: account_checked === "true",
    });
    return run === null ? problem(c, "statement_unsupported") : comparedAnswer(c, run, sentFile(c));
  },
);

describeRoute(compareStatementRoute, {
  name: "compareStatement",
  summary: "Compare a gateway's statement of a day with the books",
  description:
    "The file as the gateway gave it: Alipay (业务明细), WeChat (交易账单), Stripe (itemized balance changes) or an epay panel's order list, by the account's gateway; a ZIP with one such file as well. The same file again answers the report that it had.",
  query,
  body: {
    "text/csv": {
      schema: z.string(),
      example:
        "trade_no,out_trade_no,money,status,endtime\n2026112410000012345,ord_…,10.00,1,2026-11-24 10:00:00\n",
    },
  },
  answers: {
    200: { description: "The report that this very file had.", schema: reconciliationShape },
    201: {
      description: "What was found.",
      schema: reconciliationShape,
      headers: { Location: "Where the report is." },
    },
  },
  problems: {
    statement_unsupported: "The account's gateway is none of those.",
    statement_unfit: `\`reason\`: \`not_a_statement\`, \`not_one_file\` (a ZIP with none, or several), \`damaged\` (a ZIP that cannot be unpacked), \`incomplete\` (its own \`total\` does not fit its rows, or there is none), \`unreadable\` (more rows cannot be read than can), \`no_rows\` (headings and no totals: nothing says that nobody paid), \`day_not_begun\` (on the gateway's calendar), \`other_day\` (no row is of that day), \`other_account\` (it names another one, \`named\`; or it names none, and most of its \`rows\` are of orders that were to be paid to another \`account\` of yours, or few are \`known\` here and more of ours are \`missing\` in it: send it with \`account_checked\` if it is this one's after all), \`too_long\` (more than ${STATEMENT_ROWS_MAX} rows), \`too_many_missing\` (it lacks 100,000 payments that were reported on that day).`,
    statement_under_way: "Send it again when that one is done, or two minutes after it broke off.",
  },
});
