import { Hono } from "hono";
import { z } from "zod";
import type { AccountId, NoticeId } from "../../../domain/ids.ts";
import type { NoticeRow } from "../../../domain/notice-row.ts";
import { pageOf } from "../../api/json.ts";
import { readQuery } from "../../body.ts";
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
  account_id: text,
  gateway: text.describe("A kind of gateway: `epay`, `stripe` …"),
  trade_no: text.describe("Of a payment: its refunds and disputes too."),
  order_id: text.describe("The order as the gateway named it."),
  verdict: text,
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
    const { limit } = asked;
    const rows = await deps.noticeBook.list({
      merchantId,
      accountId: asked.account_id as AccountId | undefined,
      gateway: asked.gateway,
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
