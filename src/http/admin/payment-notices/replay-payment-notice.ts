import { Hono } from "hono";
import { z } from "zod";
import { replayNotice } from "../../../flows/payments/replay-notice.ts";
import { describeRoute } from "../../openapi/operation.ts";
import { problem } from "../../problem.ts";
import { author, type AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { judgementJson, judgementShape, noticeJson, noticeShape } from "./notice-json.ts";
import { ownNotice } from "./own-notice.ts";

const shape = z
  .object({
    before: judgementShape,
    after: judgementShape.describe("What it is found to be now."),
    notice: noticeShape.describe("As the inbox has it now."),
  })
  .meta({ id: "NoticeReplay" });

/** After a mistake was mended: a wrong key, an order that was not there. Again changes nothing. */
export const replayPaymentNoticeRoute = new Hono<AdminEnv>().post(
  "/:id/replay",
  allow("payments:write"),
  async (c) => {
    const replayed = await replayNotice(c.get("deps"), await ownNotice(c), author(c));
    if (!replayed.ok) return problem(c, "notice_not_kept");
    const { before, after, notice } = replayed.value;
    return c.json({
      before: judgementJson(before),
      after: judgementJson(after),
      notice: noticeJson(notice),
    });
  },
);

describeRoute(replayPaymentNoticeRoute, {
  name: "replayPaymentNotice",
  summary: "Read a kept notice again, with the account's present credentials",
  description:
    "What it says is given to its order as when it came; its age is judged as of then. What is settled stays as it is. In the audit log.",
  answers: { 200: { description: "What was made of it before and now.", schema: shape } },
  problems: { notice_not_kept: "It was too long to keep, or is an answer to a query." },
});
