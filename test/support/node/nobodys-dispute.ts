import type { Dispute, DisputeTold } from "../../../src/domain/payments/dispute.ts";
import type { DisputeId } from "../../../src/domain/ids.ts";

/** The case of what was told, whose order nobody knows. */
export function nobodysDispute({ toldAtMs, ...told }: DisputeTold): Dispute {
  const id = "dsp_00000000000000000000" as DisputeId;
  return {
    ...told,
    id,
    orderId: null,
    openedAtMs: toldAtMs,
    settledAtMs: null,
    evidenceSentAtMs: null,
  };
}
