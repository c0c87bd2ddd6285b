import { Hono } from "hono";
import { z } from "zod";
import type { AccountId } from "../../../domain/ids.ts";
import { Unavailable } from "../../../domain/unavailable.ts";
import { STATEMENT_ROWS_MAX } from "../../../flows/compare-statement.ts";
import { mediaType, readQuery } from "../../body.ts";
import { describeRoute } from "../../openapi/operation.ts";
import { problem, Refused } from "../../problem.ts";
import type { AdminContext, AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { comparedAnswer, startedRun } from "./compared-answer.ts";
import { reconciliationShape } from "./reconciliation-json.ts";

/** A day of 200,000 rows at the longest that gateways write. */
const BYTES_MAX = 90 * 1024 * 1024;
/** What browsers and spreadsheets call a CSV. The bytes say themselves what they are written in. */
const TYPES = ["text/csv", "application/csv", "application/octet-stream", "text/plain"];

const query = z.strictObject({
  account: z.string().max(64).describe("The account's id, `acct_…`."),
  day: z.iso.date().describe("On the gateway's calendar."),
});

/**
 * A day's statement, as the gateway gave it, against our books. The file is compared while it comes in;
 * the very same file again is the same report.
 */
export const compareStatementRoute = new Hono<AdminEnv>().post(
  "/",
  allow("payments:write"),
  async (c) => {
    const { account, day } = readQuery(c, query);
    if (!TYPES.includes(mediaType(c))) {
      throw new Refused("unsupported_media_type", { accepts: TYPES });
    }
    const run = await startedRun(c, account as AccountId, day);
    return run === null ? problem(c, "statement_unsupported") : comparedAnswer(c, run, pieces(c));
  },
);

async function* pieces(c: AdminContext): AsyncGenerator<Uint8Array> {
  const announced = Number(c.req.header("content-length") ?? 0);
  if (announced > BYTES_MAX) throw new Refused("body_too_large", { limit_bytes: BYTES_MAX });
  let length = 0;
  try {
    for await (const piece of c.req.raw.body ?? []) {
      length += piece.byteLength;
      if (length > BYTES_MAX) throw new Refused("body_too_large", { limit_bytes: BYTES_MAX });
      yield piece;
    }
  } catch (cause) {
    if (cause instanceof Refused) throw cause;
    // Whoever sent it has gone: nothing is wrong here, and they send it again.
    throw new Unavailable("upload", 1, { cause });
  }
}

describeRoute(compareStatementRoute, {
  name: "compareStatement",
  summary: "Compare a gateway's statement of a day with the books",
  description:
    "The file as the gateway gave it: Alipay (业务明细), WeChat (交易账单), Stripe (itemized balance changes) or an epay panel's order list, by the account's gateway. The same file again answers the report that it had.",
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
    statement_unfit: `\`reason\`: \`not_a_statement\`, \`incomplete\` (its own \`total\` does not fit its rows, or there is none), \`other_day\` (no row is of that day), \`too_long\` (more than ${STATEMENT_ROWS_MAX} rows), \`too_many_missing\` (it lacks 100,000 payments that were reported on that day).`,
    statement_under_way: "Send it again when that one is done, or two minutes after it broke off.",
  },
});
