import { paypalEvidence } from "../../../domain/payments/evidence-fields.ts";
import type { EvidenceSubmission, EvidenceTaken } from "../../../flows/disputes/evidence-ports.ts";
import { refusal, type PaypalCall } from "./paypal-client.ts";

/** "Provide evidence" takes a form whose field `input` is the JSON. PayPal asks for more, or for nothing, by its own stage. */
export async function submitToPaypal(
  call: PaypalCall,
  { submissionId, evidence, words }: EvidenceSubmission,
): Promise<EvidenceTaken> {
  const answer = await call({
    method: "POST",
    path: `/v1/customer/disputes/${encodeURIComponent(evidence.dispute.disputeNo)}/provide-evidence`,
    requestId: submissionId,
    form: { input: { evidences: paypalEvidence(evidence, words) } },
  });
  if (answer.kind === "failed") return refusal(answer);
  return answer.kind === "answered" ? { kind: "taken" } : answer;
}
