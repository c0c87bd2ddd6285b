import { Hono } from "hono";
import { z } from "zod";
import { showNotice, type ShownNotice } from "../../../domain/payments/shown-notice.ts";
import { rawOf } from "../../../flows/payments/replay-notice.ts";
import type { Json } from "../../api/json.ts";
import { describeRoute } from "../../openapi/operation.ts";
import type { AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { judgementJson, judgementShape, noticeJson, noticeShape } from "./notice-json.ts";
import { ownNotice } from "./own-notice.ts";

const rawShape = z
  .object({
    method: z.enum(["GET", "POST"]),
    query: z.string(),
    content_type: z.string().nullable(),
    headers: z.record(z.string(), z.string()).describe("Those that are signed."),
    body: z.string().nullable().describe("Null where it is neither a form nor JSON."),
    body_bytes: z.int(),
  })
  .meta({ id: "RawNotice" });
const shape = noticeShape
  .extend({
    checks: judgementShape.shape.checks,
    raw: rawShape
      .nullable()
      .describe("As it came. What says more than the money is `***`. Null: too long, or a query."),
  })
  .meta({ id: "PaymentNoticeDetails" });

/** One notice, whole. */
export const getPaymentNoticeRoute = new Hono<AdminEnv>().get(
  "/:id",
  allow("payments:read"),
  async (c) => {
    const notice = await ownNotice(c);
    const raw = await rawOf(c.get("deps"), notice);
    const answer: Json<typeof shape> = {
      ...noticeJson(notice),
      checks: judgementJson(notice).checks,
      raw: raw === null ? null : rawJson(showNotice(raw)),
    };
    return c.json(answer);
  },
);

function rawJson(shown: ShownNotice): Json<typeof rawShape> {
  const { method, query, contentType, headers, body, bodyBytes } = shown;
  return { method, query, content_type: contentType, headers, body, body_bytes: bodyBytes };
}

describeRoute(getPaymentNoticeRoute, {
  name: "getPaymentNotice",
  summary: "One notice, as it came and with the verdict of each check",
  answers: { 200: { description: "The notice.", schema: shape } },
});
