import { z } from "zod";
import {
  CHECK_RESULTS,
  NOTICE_CHECKS,
  NOTICE_VERDICTS,
  failedCheck,
} from "../../../domain/payments/notice.ts";
import type { NoticeRow } from "../../../domain/payments/notice-row.ts";
import { instant, timeJson, type Json } from "../../api/json.ts";

export const checkName = z.enum(NOTICE_CHECKS);

/** A notice as lists show it. */
export const noticeShape = z
  .object({
    id: z.string().startsWith("ntc_"),
    account_id: z.string().startsWith("acct_"),
    trade_no: z.string().describe("The gateway's number; `<payment>/<refund or dispute>`."),
    order_ref: z.string().describe("The order as the gateway named it."),
    amount_minor: z.int().nullable(),
    currency: z.string().nullable(),
    verdict: z.enum(NOTICE_VERDICTS).describe("What became of it, the last time it was looked at."),
    failed: checkName.nullable().describe("The first check that failed."),
    source: z
      .enum(["notice", "query"])
      .describe("`query`: no notice has come, the gateway said it when it was asked."),
    genuine: z.boolean().describe("False: its signature did not hold. Of those a sample is kept."),
    matched: z
      .boolean()
      .nullable()
      .describe(
        "Whether an order of yours has it; null where none was asked, or, of a refund, nothing could be written down yet.",
      ),
    attention: z.boolean().describe("A person should look at it."),
    received_at: instant.describe("The first time."),
    last_received_at: instant,
    times: z.int().min(1).describe("How often it came."),
    replayed_at: instant.nullable(),
  })
  .meta({ id: "PaymentNotice" });

export function noticeJson(notice: NoticeRow): Json<typeof noticeShape> {
  return {
    id: notice.id,
    account_id: notice.accountId,
    trade_no: notice.tradeNo,
    order_ref: notice.orderRef,
    amount_minor: notice.amountMinor,
    currency: notice.currency,
    verdict: notice.verdict,
    failed: failedCheck(notice.checks),
    source: notice.source,
    genuine: notice.genuine,
    matched: notice.matched,
    attention: notice.attention,
    received_at: timeJson(notice.receivedAtMs),
    last_received_at: timeJson(notice.lastReceivedAtMs),
    times: notice.times,
    replayed_at: notice.replayedAtMs === null ? null : timeJson(notice.replayedAtMs),
  };
}

const checkShape = z
  .object({
    check: checkName,
    result: z
      .enum(CHECK_RESULTS)
      .describe(
        "`unsigned`, of a signature: an answer to our question, asked over TLS, of a gateway that signs none.",
      ),
    said: z.string().optional().describe("What it was that passed or failed."),
  })
  .meta({ id: "NoticeCheck" });

/** What was made of a notice, check by check. */
export const judgementShape = z
  .object({ verdict: z.enum(NOTICE_VERDICTS), checks: z.array(checkShape) })
  .meta({ id: "NoticeJudgement" });

export function judgementJson({
  verdict,
  checks,
}: Pick<NoticeRow, "verdict" | "checks">): Json<typeof judgementShape> {
  return { verdict, checks };
}
