import { Hono } from "hono";
import { z } from "zod";
import type { NoticeId } from "../../../domain/ids.ts";
import { timeJson } from "../../api/json.ts";
import { readQuery } from "../../body.ts";
import type { AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { pageJson, pageQuery, readCursor } from "../page.ts";

const query = z.strictObject(pageQuery);
const place = z.strictObject({
  receivedAtMs: z.int(),
  id: z.string() as unknown as z.ZodType<NoticeId>,
});

/** Notices that no order could take as they are, newest first: a person must look at them. */
export const listPaymentNoticesRoute = new Hono<AdminEnv>().get(
  "/",
  allow("payments:read"),
  async (c) => {
    const { limit, cursor } = readQuery(c, query);
    const { deps, merchantId } = c.var;
    const rows = await deps.notices.list(merchantId, readCursor(place, cursor), limit + 1);
    const toJson = (notice: (typeof rows)[number]) => ({
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
