import { Hono } from "hono";
import { z } from "zod";
import { base64url } from "../../../domain/encoding.ts";
import { Unavailable } from "../../../domain/overload/unavailable.ts";
import { sendEvidence, type EvidenceRefusal } from "../../../flows/disputes/send-evidence.ts";
import { timeJson } from "../../api/json.ts";
import { readJson } from "../../body.ts";
import { describeRoute, json } from "../../openapi/operation.ts";
import { problem, Refused } from "../../problem.ts";
import { author, type AdminContext, type AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { idempotent } from "../idempotent.ts";
import { disputeJson, disputeShape, ownDispute } from "./dispute-json.ts";

const WORDS_MAX = 4_000;
const SUBMISSION_BYTES = 20;
const AGAIN_AFTER_SECONDS = 30;
const words = z.string().trim().max(WORDS_MAX).default("");
const body = z.strictObject({
  refund_policy: words.describe("How and when the buyer was shown your refund policy."),
  statement: words.describe("Anything else, to the examiner."),
});

/** The pack goes to the gateway, and on to the bank. Once: Stripe takes none after it. */
export const sendEvidenceRoute = new Hono<AdminEnv>().post(
  "/:id/evidence",
  allow("payments:write"),
  async (c) => {
    // Without one a request that comes twice would be two submissions.
    if (!c.req.header("idempotency-key")) throw new Refused("idempotency_key_required");
    const content = await readJson(c, body);
    const dispute = await ownDispute(c);
    const { deps, merchantId } = c.var;
    const act = { operation: `disputes.send_evidence:${dispute.id}`, body: content, merchantId };
    return idempotent(c, act, async (random) => {
      const sent = await sendEvidence(deps, author(c), {
        dispute,
        submissionId: base64url(random.subarray(0, SUBMISSION_BYTES)),
        words: { refundPolicy: content.refund_policy, statement: content.statement },
      });
      return sent.ok ? { status: 200, body: disputeJson(sent.value) } : refusal(c, sent.error);
    });
  },
);

function refusal(c: AdminContext, refused: EvidenceRefusal): Response {
  switch (refused.reason) {
    case "already_sent": {
      const { reason: because, sentAtMs } = refused;
      return problem(c, "evidence_unfit", { because, sent_at: timeJson(sentAtMs) });
    }
    case "not_open":
    case "by_hand_only":
      return problem(c, "evidence_unfit", { because: refused.reason });
    case "refused":
      return problem(c, "evidence_unfit", { because: "refused", refusal: refused.refusal });
    case "misanswered":
      return problem(c, "evidence_unfit", { because: "misanswered", failure: refused.failure });
    case "unavailable":
      throw new Unavailable("gateway", AGAIN_AFTER_SECONDS);
    default:
      return refused satisfies never;
  }
}

describeRoute(sendEvidenceRoute, {
  name: "sendDisputeEvidence",
  summary: "Give the evidence to the gateway, for the bank",
  description:
    "The pack in the gateway's own fields (`gateway_fields`), with your words. Stripe and PayPal take it by a call; Stripe takes it once. In the audit log. The same Idempotency-Key is the same submission.",
  idempotencyKey: "required",
  body: json(body, {
    refund_policy: "Shown above the button: keys that were seen are not refunded.",
  }),
  answers: { 200: { description: "The dispute: the evidence is sent.", schema: disputeShape } },
  problems: {
    evidence_unfit:
      "`because`: `not_open`, `already_sent` (`sent_at`), `by_hand_only` (the gateway has no such call), `refused` (`refusal` is its word), or `misanswered` (`failure`: `credentials`, `not_understood`…; whether it was taken is to be seen at its desk).",
    busy: "The gateway does not answer now; the same request may be sent again.",
  },
});
