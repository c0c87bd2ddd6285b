import { Hono } from "hono";
import { z } from "zod";
import { isId } from "../../domain/ids.ts";
import { needsAttention } from "../../domain/payments/payment.ts";
import { acceptPayment, type Acceptance } from "../../flows/payments/accept-payment.ts";
import type { NoticeAnswer, RawNotice } from "../../flows/ports.ts";
import { errorFields, log } from "../../platform/log.ts";
import { readBytes } from "../body.ts";
import type { AppContext, AppEnv } from "../env.ts";
import { describeRoute } from "../openapi/operation.ts";
import { problem, Refused } from "../problem.ts";

/** The most of a notice's query or body, bytes. */
const NOTICE_BYTES_MAX = 64 * 1024;

/**
 * Where gateways report money: /payments/{account id}/notify. Nothing here is limited before the
 * signature is checked, since a limit would refuse the genuine notice with the forged ones; a forged
 * one costs a digest, and a bounded sample of them is kept. "success" is said only after the object's commit: anything
 * thrown on the way answers 5xx, and the gateway sends the notice again.
 */
export const payments = new Hono<AppEnv>().on(["GET", "POST"], "/:accountId/notify", async (c) => {
  const id = c.req.param("accountId");
  const notice = await readNotice(c);
  const account = isId("account", id) ? await c.get("deps").paymentAccounts.account(id) : null;
  if (account === null) return problem(c, "not_found");

  const reading = await account.gateway.read(notice);
  const acceptance = await acceptPayment(c.get("deps"), account, { reading, raw: notice });
  report(c, id, acceptance);
  c.get("deps").metrics.count("notices", verdictOf(acceptance));
  const { accepted, rejected } = account.gateway.answers;
  return answer(c, acceptance.kind === "refused" ? rejected : accepted);
});

async function readNotice(c: AppContext): Promise<RawNotice> {
  const [, query = ""] = c.req.url.split("#", 1)[0]?.split(/\?(.*)/s) ?? [];
  if (query.length > NOTICE_BYTES_MAX) {
    throw new Refused("body_too_large", { limit_bytes: NOTICE_BYTES_MAX });
  }
  const method = c.req.method === "POST" ? "POST" : "GET";
  return {
    method,
    query,
    contentType: c.req.header("content-type") ?? null,
    headers: new Map(Object.entries(c.req.header())),
    body: method === "POST" ? await readBytes(c, NOTICE_BYTES_MAX) : new Uint8Array(0),
    receivedAtMs: c.get("deps").clock.nowMs(),
  };
}

function verdictOf(acceptance: Acceptance): string {
  if (acceptance.kind === "recorded") return acceptance.verdict;
  return acceptance.kind === "refused" ? `refused_${acceptance.check}` : acceptance.kind;
}

/**
 * What a person may have to look at: which account, what became of it, and nothing that the notice
 * says of itself. What went as it should is in the order's own history and makes no line in a rush.
 */
function report(c: AppContext, accountId: string, acceptance: Acceptance): void {
  const facts = { request_id: c.get("requestId"), account_id: accountId, kind: acceptance.kind };
  if (acceptance.kind === "ignored" || acceptance.kind === "not_paid") return;
  if (acceptance.kind === "unmatched") return log("warn", "payment_notice", facts);
  if (acceptance.kind === "reversed") {
    return log("warn", "payment_notice", { ...facts, verdict: acceptance.verdict });
  }
  if (acceptance.copyError !== null) {
    log("error", "notice_copy_lost", { ...facts, ...errorFields(acceptance.copyError) });
  }
  if (acceptance.kind === "refused") {
    log("warn", "payment_notice", { ...facts, check: acceptance.check });
  } else if (acceptance.kind === "recorded" && needsAttention(acceptance.verdict)) {
    const { orderId, verdict } = acceptance;
    log("warn", "payment_notice", { ...facts, verdict, order_id: orderId });
  }
}

function answer(c: AppContext, { status, contentType, body }: NoticeAnswer): Response {
  return c.body(body, status, { "content-type": contentType });
}

describeRoute(payments, {
  name: "receiveNotice",
  summary: "A gateway's notice of payment",
  description:
    "Query, form or JSON as the gateway's own document says, signed. Answered in the gateway's words, after the commit only: a word of text (epay, coins, Alipay) or JSON (WeChat, Stripe, PayPal). Whatever else is answered, the gateway sends it again.",
  answers: {
    200: {
      description: "Taken.",
      type: "text/plain",
      schema: z.enum(["success", "ok"]),
      also: {
        "application/json": z.union([
          z.object({ received: z.literal(true) }),
          z.object({ code: z.literal("SUCCESS") }),
        ]),
      },
    },
    400: {
      description: "Not genuine, or not a notice.",
      type: "text/plain",
      schema: z.literal("fail"),
      also: {
        "application/json": z.union([
          z.object({ received: z.literal(false) }),
          z.object({ code: z.literal("FAIL"), message: z.string() }),
        ]),
      },
    },
  },
  problems: { not_found: "No such account.", body_too_large: "At most 64 KiB." },
});
