import { Hono } from "hono";
import { describeRoute } from "../../openapi/operation.ts";
import type { AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { disputeJson, disputeShape, ownDispute } from "./dispute-json.ts";

export const getDisputeRoute = new Hono<AdminEnv>().get("/:id", allow("payments:read"), async (c) =>
  c.json(disputeJson(await ownDispute(c))),
);

describeRoute(getDisputeRoute, {
  name: "getDispute",
  summary: "One dispute, as its gateway told it last",
  answers: { 200: { description: "The dispute.", schema: disputeShape } },
});
