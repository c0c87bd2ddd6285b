import { Hono } from "hono";
import { z } from "zod";
import { DISPUTE_STATES, type Dispute } from "../../../domain/dispute.ts";
import type { DisputeId } from "../../../domain/ids.ts";
import { pageOf } from "../../api/json.ts";
import { readQuery } from "../../body.ts";
import { describeRoute } from "../../openapi/operation.ts";
import type { AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { pageJson, pageQuery, readCursor } from "../page.ts";
import { disputeJson, disputeShape } from "./dispute-json.ts";

const query = z.strictObject({ ...pageQuery, state: z.enum(DISPUTE_STATES).optional() });
const place = z.strictObject({
  openedAtMs: z.int(),
  id: z.string().transform((id) => id as DisputeId),
});

/** The cases that gateways opened, newest first. */
export const listDisputesRoute = new Hono<AdminEnv>().get(
  "/",
  allow("payments:read"),
  async (c) => {
    const { state, limit, cursor } = readQuery(c, query);
    const { deps, merchantId } = c.var;
    const after = readCursor(place, cursor);
    const rows = await deps.disputes.list({ merchantId, state, after, limit: limit + 1 });
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
