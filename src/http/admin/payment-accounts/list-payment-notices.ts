import { Hono } from "hono";
import { z } from "zod";
import type { NoticeId } from "../../../domain/ids.ts";
import { instant, pageOf, timeJson, type Json } from "../../api/json.ts";
import { readQuery } from "../../body.ts";
import { describeRoute } from "../../openapi/operation.ts";
import type { AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { pageJson, pageQuery, readCursor } from "../page.ts";

const query = z.strictObject(pageQuery);
const place = z.strictObject({
  receivedAtMs: z.int(),
  id: z.string() as unknown as z.ZodType<NoticeId>,
});

const noticeShape = z
  .object({
    id: z.string().startsWith("ntc_"),
    account_id: z.string().startsWith("acct_"),
    trade_no: z.string(),
    order_ref: z.string().describe("The order as the gateway named it."),
    amount_minor: z.int().nullable(),
    verdict: z.string(),
    received_at: instant,
  })
  .meta({ id: "PaymentNotice" });

/** Notices that no order could take as they are, newest first: a person must look at them. */
export const listPaymentNoticesRoute = new Hono<AdminEnv>().get(
  "/",
  allow("payments:read"),
  async (c) => {
    const { limit, cursor } = readQuery(c, query);
    const { deps, merchantId } = c.var;
    const rows = await deps.notices.list(merchantId, readCursor(place, cursor), limit + 1);
    const toJson = (notice: (typeof rows)[number]): Json<typeof noticeShape> => ({
      id: notice.id,
      account_id: notice.accountId,
      trade_no: notice.tradeNo,
      order_ref: notice.orderRef,
      amount_minor: notice.amountMinor,
      verdict: notice.verdict,
      received_at: timeJson(notice.receivedAtMs),
    });
    const placeOf = ({ receivedAtMs, id }: (typeof rows)[number]) => ({ receivedAtMs, id });
    return c.json(pageJson(rows, limit, toJson, placeOf));
  },
);

describeRoute(listPaymentNoticesRoute, {
  name: "listPaymentNotices",
  summary: "Notices that no order could take as they are, newest first",
  query,
  answers: { 200: { description: "A page of notices.", schema: pageOf(noticeShape) } },
});
