import { Hono } from "hono";
import { z } from "zod";
import { DISPUTE_STATES, type Dispute } from "../../../domain/payments/dispute.ts";
import type { AccountId, DisputeId } from "../../../domain/ids.ts";
import { pageOf } from "../../api/json.ts";
import { readQuery } from "../../body.ts";
import { describeRoute } from "../../openapi/operation.ts";
import type { AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { pageJson, pageQuery, readCursor } from "../page.ts";
import { disputeJson, disputeShape } from "./dispute-json.ts";

const text = z.string().min(1).max(255).optional();
const query = z.strictObject({
  ...pageQuery,
  state: z.enum(DISPUTE_STATES).optional(),
  account_id: text.transform((id) => id as AccountId | undefined),
  order_id: text,
  trade_no: text.describe("Of the payment, at the gateway."),
  reason: text.describe("The gateway's own word."),
  due_before: z.iso
    .datetime({ offset: true })
    .optional()
    .describe("Those whose evidence is due before it: with `state=opened`, what must be answered."),
});
const place = z.strictObject({
  openedAtMs: z.int(),
  id: z.string().transform((id) => id as DisputeId),
});

/** The cases that gateways opened, newest first. */
export const listDisputesRoute = new Hono<AdminEnv>().get(
  "/",
  allow("payments:read"),
  async (c) => {
    const { limit, cursor, ...wanted } = readQuery(c, query);
    const { deps, merchantId } = c.var;
    const after = readCursor(place, cursor);
    const rows = await deps.disputes.list({
      merchantId,
      state: wanted.state,
      accountId: wanted.account_id,
      orderId: wanted.order_id,
      tradeNo: wanted.trade_no,
      reason: wanted.reason,
      dueBeforeMs: wanted.due_before === undefined ? undefined : Date.parse(wanted.due_before),
      after,
      limit: limit + 1,
    });
    const placeOf = ({ openedAtMs, id }: Dispute) => ({ openedAtMs, id });
    return c.json(pageJson(rows, limit, disputeJson, placeOf));
  },
);

describeRoute(listDisputesRoute, {
  name: "listDisputes",
  summary: "Disputes that gateways told of, the newest first",
  query,
  answers: { 200: { description: "A page of disputes.", schema: pageOf(disputeShape) } },
});
