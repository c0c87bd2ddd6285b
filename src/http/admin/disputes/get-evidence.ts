import { Hono } from "hono";
import { z } from "zod";
import { VISIT_ACTS } from "../../../domain/payments/dispute.ts";
import { evidenceText, type Evidence } from "../../../domain/payments/evidence.ts";
import {
  paypalEvidence,
  stripeEvidence,
  STRIPE_FIELDS,
} from "../../../domain/payments/evidence-fields.ts";
import { gatherEvidence } from "../../../flows/disputes/gather-evidence.ts";
import { instant, money, moneyJson, timeJson, type Json } from "../../api/json.ts";
import { describeRoute } from "../../openapi/operation.ts";
import { author, type AdminContext, type AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { refundJson, refundShape } from "../orders/refund-json.ts";
import { disputeJson, disputeShape, ownDispute } from "./dispute-json.ts";

const shape = z
  .object({
    dispute: disputeShape,
    gathered_at: instant,
    order: z
      .object({
        id: z.string(),
        state: z.string(),
        product: z.string(),
        variant: z.string().nullable(),
        quantity: z.int(),
        amount: money,
        email: z.string(),
        placed_at: instant,
        paid_at: instant.nullable(),
        delivered_at: instant.nullable(),
        history: z.array(z.object({ at: instant, event: z.string(), by: z.string() })),
        payments: z.array(
          z.object({ trade_no: z.string(), amount: money, verdict: z.string(), at: instant }),
        ),
        refunds: z.array(refundShape),
      })
      .nullable(),
    gateway_fields: z
      .object({
        stripe: z
          .partialRecord(z.enum(STRIPE_FIELDS), z.string())
          .describe("The text fields of Stripe's `evidence`, by its names."),
        paypal: z
          .array(
            z.object({
              evidence_type: z.enum(["PROOF_OF_FULFILLMENT", "PROOF_OF_REFUND", "OTHER"]),
              notes: z.string().optional(),
              evidence_info: z
                .object({ refund_ids: z.array(z.object({ refund_id: z.string() })) })
                .optional(),
            }),
          )
          .describe("PayPal's `evidences`, by its names."),
      })
      .describe(
        "The same in each gateway's own words, cut to what it takes. What is not known is left out.",
      ),
    keys: z.array(z.object({ id: z.string(), masked: z.string() })),
    visits: z
      .array(
        z.object({
          act: z.enum(VISIT_ACTS),
          ip: z.string().nullable(),
          country: z.string().nullable(),
          user_agent: z.string(),
          key_ids: z.array(z.string()).describe("Which keys they were shown: at most 50."),
          keys: z.int().describe("How many."),
          first_at: instant,
          last_at: instant,
          times: z.int().describe("Looks within ten minutes of one another are one."),
        }),
      )
      .describe("Who ordered and who was shown keys, the earliest first; at most 100."),
    mails: z.array(
      z.object({
        purpose: z.string(),
        state: z.string(),
        message_id: z.string().nullable(),
        created_at: instant,
        sent_at: instant.nullable(),
      }),
    ),
    notices: z.array(
      z.object({
        trade_no: z.string(),
        verdict: z.string(),
        received_at: instant,
        times: z.int(),
      }),
    ),
  })
  .meta({ id: "DisputeEvidence" });

const gathered = async (c: AdminContext): Promise<Evidence> =>
  gatherEvidence(c.get("deps"), author(c), await ownDispute(c));

/** The pack, for programs. */
export const getEvidenceRoute = new Hono<AdminEnv>().get(
  "/:id/evidence",
  allow("orders:read"),
  async (c) => c.json(evidenceJson(await gathered(c))),
);

/** The pack as a file that a gateway's form takes. */
export const getEvidenceTextRoute = new Hono<AdminEnv>().get(
  "/:id/evidence.txt",
  allow("orders:read"),
  async (c) => {
    const evidence = await gathered(c);
    return c.body(evidenceText(evidence), 200, {
      "content-type": "text/plain; charset=utf-8",
      "content-disposition": `attachment; filename="${evidence.dispute.id}.txt"`,
      "cache-control": "no-store",
    });
  },
);

function evidenceJson(evidence: Evidence): Json<typeof shape> {
  return {
    dispute: disputeJson(evidence.dispute),
    gathered_at: timeJson(evidence.gatheredAtMs),
    order: evidence.order === null ? null : orderJson(evidence.order),
    gateway_fields: { stripe: stripeEvidence(evidence), paypal: paypalJson(evidence) },
    keys: evidence.keys,
    visits: evidence.visits.map(({ act, visitor, keyIds, keys, firstAtMs, lastAtMs, times }) => ({
      act,
      ip: visitor.ip,
      country: visitor.country,
      user_agent: visitor.userAgent,
      key_ids: keyIds,
      keys,
      first_at: timeJson(firstAtMs),
      last_at: timeJson(lastAtMs),
      times,
    })),
    mails: evidence.mails.map(({ purpose, state, messageId, createdAtMs, sentAtMs }) => ({
      purpose,
      state,
      message_id: messageId,
      created_at: timeJson(createdAtMs),
      sent_at: timeJson(sentAtMs),
    })),
    notices: evidence.notices.map(({ tradeNo, verdict, receivedAtMs, times }) => ({
      trade_no: tradeNo,
      verdict,
      received_at: timeJson(receivedAtMs),
      times,
    })),
  };
}

function paypalJson(evidence: Evidence): Json<typeof shape>["gateway_fields"]["paypal"] {
  return paypalEvidence(evidence).map(({ evidence_type, notes, evidence_info }) => ({
    evidence_type,
    ...(notes === undefined ? {} : { notes }),
    ...(evidence_info === undefined
      ? {}
      : { evidence_info: { refund_ids: [...evidence_info.refund_ids] } }),
  }));
}

function orderJson(order: NonNullable<Evidence["order"]>): Json<typeof shape>["order"] {
  return {
    id: order.id,
    state: order.state,
    product: order.productTitle,
    variant: order.variantTitle,
    quantity: order.quantity,
    amount: moneyJson(order),
    email: order.email,
    placed_at: timeJson(order.placedAtMs),
    paid_at: timeJson(order.paidAtMs),
    delivered_at: timeJson(order.deliveredAtMs),
    history: order.history.map(({ atMs, event, by }) => ({ at: timeJson(atMs), event, by })),
    payments: order.payments.map(({ tradeNo, money: paid, verdict, atMs }) => ({
      trade_no: tradeNo,
      amount: moneyJson(paid),
      verdict,
      at: timeJson(atMs),
    })),
    refunds: (order.refunds ?? []).map(refundJson),
  };
}

describeRoute(getEvidenceRoute, {
  name: "getDisputeEvidence",
  summary: "All that is known of a disputed payment",
  description:
    "What was ordered, paid and sent, and who was shown which key when and from which address. Keys are masked. That it was read is in the audit log.",
  answers: { 200: { description: "The evidence.", schema: shape } },
});

describeRoute(getEvidenceTextRoute, {
  name: "downloadDisputeEvidence",
  summary: "The same as a text, to be uploaded at the gateway",
  answers: { 200: { description: "UTF-8, in English.", schema: z.string(), type: "text/plain" } },
});
