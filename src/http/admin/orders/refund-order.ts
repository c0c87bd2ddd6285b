import { Hono } from "hono";
import { z } from "zod";
import { ID_BYTES, newId, type AccountId } from "../../../domain/ids.ts";
import { AMOUNT_MINOR_MAX } from "../../../domain/money.ts";
import { KEY_FATES } from "../../../domain/payments/refund.ts";
import {
  refundOrder,
  type Refunded,
  type RefundRefusal,
} from "../../../flows/refunds/refund-order.ts";
import { readJson } from "../../body.ts";
import { describeRoute, json } from "../../openapi/operation.ts";
import { problem, Refused } from "../../problem.ts";
import { author, type AdminContext, type AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { idempotent, type Answer, type Failure } from "../idempotent.ts";
import { line } from "../schemas.ts";
import { orderJson, orderShape } from "./order-json.ts";
import { ownOrder } from "./own-order.ts";
import { refundJson } from "./refund-json.ts";

const body = z.strictObject({
  amount_minor: z
    .int()
    .min(1)
    .max(AMOUNT_MINOR_MAX)
    .nullish()
    .describe("Left out: all that is left of the payment."),
  payment: z
    .strictObject({ account_id: z.string().max(64), trade_no: z.string().min(1).max(255) })
    .nullish()
    .describe("Left out: the one by which the order is paid."),
  keys: z
    .enum(KEY_FATES)
    .optional()
    .describe(
      "Of keys that were delivered, once all of the order's money goes back. Left out: the setting `money.refund_keys`.",
    ),
  method: z
    .enum(["gateway", "hand"])
    .default("gateway")
    .describe("`hand`: you have given the money back, and it is only written down."),
  despite_dispute: z
    .boolean()
    .default(false)
    .describe(
      "Give it back although the buyer's bank is taking the payment back, or has: you may pay twice.",
    ),
  reason: line(1, 80).describe("The buyer may see it on their statement."),
  reference: line(1, 120)
    .optional()
    .describe(
      "Only by hand: the number of your transfer, or of the refund at the gateway's own desk. It stands in the books as `refund_no`, once for each payment.",
    ),
});

/** Money goes back, through the gateway or by hand. The same Idempotency-Key is the same refund. */
export const refundOrderRoute = new Hono<AdminEnv>().post(
  "/:id/refunds",
  allow("payments:write"),
  async (c) => {
    const { deps, merchantId } = c.var;
    // Without one a request that comes twice would be two refunds.
    if (!c.req.header("idempotency-key")) throw new Refused("idempotency_key_required");
    const content = await readJson(c, body);
    if (content.reference !== undefined && content.method !== "hand") {
      const errors = [{ path: "reference", message: "only with the method `hand`" }];
      throw new Refused("invalid_body", { errors });
    }
    const { order, stockNumber } = await ownOrder(c);
    const act = { operation: `orders.refund:${order.id}`, body: content, merchantId };
    return idempotent(c, act, async (random) => {
      const { money: policy } = await deps.shopSettings(merchantId);
      const refunded = await refundOrder(deps, author(c), {
        order,
        stockNumber,
        refundId: newId("refund", random.subarray(0, ID_BYTES)),
        payment: content.payment
          ? {
              accountId: content.payment.account_id as AccountId,
              tradeNo: content.payment.trade_no,
            }
          : null,
        amountMinor: content.amount_minor ?? null,
        keys: content.keys ?? policy.refundKeys,
        method: content.method,
        reason: content.reason,
        ...(content.reference === undefined ? {} : { reference: content.reference }),
        despiteDispute: content.despite_dispute,
      });
      return refunded.ok ? answerOf(c, refunded.value) : refusal(c, refunded.error);
    });
  },
);

/** By how the refund stands: done, still asked for, or refused by the gateway, which is no success. */
async function answerOf(c: AdminContext, { refund, order }: Refunded): Promise<Answer | Failure> {
  switch (refund.state) {
    case "done":
      return { status: 201, body: await orderJson(c, order) };
    case "asked":
      return { status: 202, body: await orderJson(c, order) };
    case "refused": {
      const detail = "Nothing has gone back. Give it back in another way, or by hand.";
      const evidence = { detail, order_state: order.state, refund: refundJson(refund) };
      return { problem: "refund_refused", evidence };
    }
    default:
      return refund.state satisfies never;
  }
}

function refusal(c: AdminContext, refused: RefundRefusal): Response {
  switch (refused.reason) {
    case "not_paid":
      return problem(c, "not_refundable", { because: "not_paid" });
    case "too_much":
      return problem(c, "not_refundable", { because: "too_much", left_minor: refused.leftMinor });
    case "recorded":
      return problem(c, "not_refundable", {
        because: "recorded",
        detail: "The books of this payment have a refund of that reference.",
        refund: refundJson(refused.refund),
      });
    case "by_hand_only":
      return problem(c, "not_refundable", {
        because: "by_hand_only",
        detail: "Give the money back yourself, then send this with the method `hand`.",
      });
    case "whole_only":
      return problem(c, "not_refundable", {
        because: "whole_only",
        whole_minor: refused.wholeMinor,
      });
    case "disputed":
      return problem(c, "disputed", {
        dispute_no: refused.disputeNo,
        dispute_state: refused.state,
      });
    default:
      return refused satisfies never;
  }
}

describeRoute(refundOrderRoute, {
  name: "refundOrder",
  summary: "Give money back, all of a payment or a part",
  description:
    "It is written down before the gateway is asked, and asked for under one number until there is an answer: see `refunds` of the order. Once all of the order's money goes back the order is `refunded`; one that waited for a look is rejected with it. The same Idempotency-Key is the same refund.",
  idempotencyKey: "required",
  body: json(body, { amount_minor: 500, keys: "keep", reason: "one of two was faulty" }),
  answers: {
    201: {
      description: "The money has gone back: the order, with the refund.",
      schema: orderShape,
    },
    202: {
      description:
        "The gateway has not said yet, and is asked on: the refund stands as `asked` in the order.",
      schema: orderShape,
    },
  },
  problems: {
    refund_refused:
      "The gateway said no: nothing has gone back, and order and keys are what they were (`order_state`). `refund` is what is recorded of it, with the gateway's own word as `refusal`.",
    disputed:
      "The payment's dispute (`dispute_no`) is open or lost (`dispute_state`): the bank is taking the money back, or has. Send `despite_dispute` if you mean it.",
    not_refundable:
      "`because`: `not_paid`, `too_much` (`left_minor` is left), `recorded` (that `reference`, as `refund`), `by_hand_only`, or `whole_only` (`whole_minor`).",
  },
});
