import { Hono } from "hono";
import { z } from "zod";
import type { AccountId, NoticeId } from "../../../domain/ids.ts";
import { NOTICE_VERDICTS } from "../../../domain/payments/notice.ts";
import type { NoticeRow } from "../../../domain/payments/notice-row.ts";
import { pageOf } from "../../api/json.ts";
import { readQuery } from "../../body.ts";
import { Refused } from "../../problem.ts";
import { describeRoute } from "../../openapi/operation.ts";
import type { AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { pageJson, pageQuery, readCursor } from "../page.ts";
import { time } from "../schemas.ts";
import { checkName, noticeJson, noticeShape } from "./notice-json.ts";

const text = z.string().trim().min(1).max(200).optional();
const yesOrNo = z.enum(["true", "false"]).optional();
const query = z.strictObject({
  ...pageQuery,
  account_id: z
    .string()
    .max(64)
    .regex(/^acct_/, "the id of an account, `acct_…`")
    .transform((id) => id as AccountId)
    .optional(),
  gateway: text.describe("A kind of gateway: `epay`, `stripe` …"),
  trade_no: text.describe("Of a payment: its refunds and disputes too."),
  order_id: text.describe("The order as the gateway named it."),
  verdict: z.enum(NOTICE_VERDICTS).optional().describe("What became of it."),
  failed: checkName.optional().describe("The check that it failed."),
  matched: yesOrNo,
  attention: yesOrNo.describe("`true`: what a person should look at."),
  genuine: yesOrNo,
  from: time.optional().describe("Received first at or after."),
  to: time.optional().describe("Received first before."),
});
const place = z.strictObject({
  receivedAtMs: z.int(),
  id: z.string() as unknown as z.ZodType<NoticeId>,
});

const truth = (value: "true" | "false" | undefined) =>
  value === undefined ? undefined : value === "true";

/** Every notice that gateways sent, once each, newest first, with what became of it. */
export const listPaymentNoticesRoute = new Hono<AdminEnv>().get(
  "/",
  allow("payments:read"),
  async (c) => {
    const asked = readQuery(c, query);
    const { deps, merchantId } = c.var;
    const { limit, gateway } = asked;
    if (gateway !== undefined && !deps.gatewayNames.includes(gateway)) {
      const message = `must be one of: ${deps.gatewayNames.join(", ")}`;
      throw new Refused("invalid_query", { errors: [{ path: "gateway", message }] });
    }
    const rows = await deps.noticeBook.list({
      merchantId,
      accountId: asked.account_id,
      gateway,
      tradeNo: asked.trade_no,
      orderRef: asked.order_id,
      verdict: asked.verdict,
      failed: asked.failed,
      matched: truth(asked.matched),
      attention: truth(asked.attention),
      genuine: truth(asked.genuine),
      fromMs: asked.from,
      toMs: asked.to,
      cursor: readCursor(place, asked.cursor) ?? undefined,
      limit: limit + 1,
    });
    const placeOf = ({ receivedAtMs, id }: NoticeRow) => ({ receivedAtMs, id });
    return c.json(pageJson(rows, limit, noticeJson, placeOf));
  },
);

describeRoute(listPaymentNoticesRoute, {
  name: "listPaymentNotices",
  summary: "The inbox of notices, newest first",
  description:
    "Every notice that a gateway sent, once, however often it came. What went as it should is here some moments after it was answered.",
  query,
  answers: { 200: { description: "A page of notices.", schema: pageOf(noticeShape) } },
});
