import type { ShopsWords } from "../../domain/payments/evidence-fields.ts";
import type { Evidence } from "../../domain/payments/evidence.ts";
import type { GatewayRefusal, GatewayUnavailable } from "../payments/payment-ports.ts";

/** Evidence on its way to a gateway that takes some by a call. */
export interface EvidenceSubmission {
  /** Ours, the same at every try. At most 32 letters, digits, "_", "-". */
  readonly submissionId: string;
  readonly evidence: Evidence;
  readonly words: ShopsWords;
}

export type EvidenceTaken = { readonly kind: "taken" } | GatewayRefusal | GatewayUnavailable;
