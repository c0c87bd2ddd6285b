import { Hono } from "hono";
import { z } from "zod";
import type { RefundId } from "../../../domain/ids.ts";
import { REFUND_STATES } from "../../../domain/payments/refund.ts";
import { pageOf } from "../../api/json.ts";
import { readQuery } from "../../body.ts";
import { describeRoute } from "../../openapi/operation.ts";
import type { AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { pageJson, pageQuery, readCursor } from "../page.ts";
import { refundJson, refundShape } from "./refund-json.ts";

const query = z.strictObject({ ...pageQuery, state: z.enum(REFUND_STATES).optional() });
const place = z.strictObject({
  askedAtMs: z.int(),
  id: z.string().transform((id) => id as RefundId),
});
const row = refundShape.extend({ order_id: z.string().startsWith("ord_"), tries: z.int() });

/** All refunds, newest first: by the order book, moments behind. */
export const listRefundsRoute = new Hono<AdminEnv>().get("/", allow("payments:read"), async (c) => {
  const { state, limit, cursor } = readQuery(c, query);
  const { deps, merchantId } = c.var;
  const after = readCursor(place, cursor);
  const rows = await deps.refunds.list({ merchantId, state, after, limit: limit + 1 });
  const toJson = ({ amountMinor, currency, ...refund }: (typeof rows)[number]) => ({
    ...refundJson({ ...refund, money: { amountMinor, currency } }),
    order_id: refund.orderId,
    tries: refund.tries,
  });
  const placeOf = ({ askedAtMs, id }: (typeof rows)[number]) => ({ askedAtMs, id });
  return c.json(pageJson(rows, limit, toJson, placeOf));
});

describeRoute(listRefundsRoute, {
  name: "listRefunds",
  summary: "Refunds, the newest first",
  description: "`asked` ones are asked for again by themselves; `tries` says how often.",
  query,
  answers: { 200: { description: "A page of refunds.", schema: pageOf(row) } },
});
