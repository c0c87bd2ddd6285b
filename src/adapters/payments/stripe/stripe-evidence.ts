import type { Stripe } from "stripe";
import { z } from "zod";
import { stripeEvidence } from "../../../domain/payments/evidence-fields.ts";
import type { EvidenceSubmission, EvidenceTaken } from "../../../flows/disputes/evidence-ports.ts";
import { unavailable } from "../outgoing.ts";
import { outcomeOf } from "./stripe-client.ts";

const answered = z.object({ id: z.string(), object: z.literal("dispute") });

/** Sends the text fields on to the bank at once: Stripe takes one submission, and none after it. */
export async function submitToStripe(
  client: Stripe,
  { submissionId, evidence, words }: EvidenceSubmission,
): Promise<EvidenceTaken> {
  const { disputeNo } = evidence.dispute;
  let answer: unknown;
  try {
    answer = await client.disputes.update(
      disputeNo,
      { evidence: stripeEvidence(evidence, words), submit: true },
      { idempotencyKey: submissionId },
    );
  } catch (error) {
    return outcomeOf(error);
  }
  const parsed = answered.safeParse(answer);
  if (!parsed.success) return unavailable("not_understood");
  return parsed.data.id === disputeNo ? { kind: "taken" } : unavailable("other_order");
}
