import type { Author } from "../../domain/audit.ts";
import type { Dispute } from "../../domain/payments/dispute.ts";
import type { ShopsWords } from "../../domain/payments/evidence-fields.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { EvidenceBook } from "./dispute-ports.ts";
import { gatherEvidence, type EvidencePorts } from "./gather-evidence.ts";
import type { GatewayUnavailable, PaymentAccounts } from "../payments/payment-ports.ts";

type Ports = EvidencePorts & {
  readonly disputes: EvidenceBook;
  readonly paymentAccounts: PaymentAccounts;
};

interface Sending {
  readonly dispute: Dispute;
  /** Names this act: the gateway takes the same once. */
  readonly submissionId: string;
  readonly words: ShopsWords;
}

export type EvidenceRefusal =
  /** It has ended, or the gateway has our evidence: it takes none after that. */
  | { reason: "not_open" }
  | { reason: "already_sent"; sentAtMs: number }
  /** The gateway takes evidence by hand only. */
  | { reason: "by_hand_only" }
  | { reason: "refused"; refusal: string }
  /** It was asked and did not answer as its document says: asking again alone will not mend that. */
  | { reason: "misanswered"; failure: GatewayUnavailable["reason"] }
  /** Nobody knows whether it was taken: the same act may be done again. */
  | { reason: "unavailable" };

/** What may be over in a moment. */
const PASSING: ReadonlySet<GatewayUnavailable["reason"]> = new Set([
  "network",
  "timeout",
  "status",
  "breaker_open",
]);

/**
 * Gives the pack to the gateway, in its own fields, to be passed on to the bank. That somebody did is in the audit log
 * before; the same act again is the same submission there. Who sends it at the same time as another makes two, of
 * which the gateway takes what it will: no money moves by it.
 */
export async function sendEvidence(
  ports: Ports,
  author: Author,
  { dispute, submissionId, words }: Sending,
): Promise<Result<Dispute, EvidenceRefusal>> {
  if (dispute.evidenceSentAtMs !== null) {
    return err({ reason: "already_sent", sentAtMs: dispute.evidenceSentAtMs });
  }
  if (dispute.state !== "opened") return err({ reason: "not_open" });
  const account = await ports.paymentAccounts.account(dispute.accountId);
  const send = account?.gateway.sendEvidence;
  if (send === undefined) return err({ reason: "by_hand_only" });
  const evidence = await gatherEvidence(ports, author, dispute);
  const detail = { dispute_no: dispute.disputeNo, submission_id: submissionId };
  const { id: subject } = dispute;
  await ports.audit.append({ ...author, action: "dispute.send_evidence", subject, detail });
  const taken = await send({ submissionId, evidence, words });
  switch (taken.kind) {
    case "taken":
      await ports.disputes.evidenceSent(dispute.id, author.atMs);
      return ok({ ...dispute, evidenceSentAtMs: author.atMs });
    case "refused":
      return err({ reason: "refused", refusal: taken.reason });
    case "unavailable":
      return err(
        PASSING.has(taken.reason)
          ? { reason: "unavailable" }
          : { reason: "misanswered", failure: taken.reason },
      );
    default:
      return taken satisfies never;
  }
}
