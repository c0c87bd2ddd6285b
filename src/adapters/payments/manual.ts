import { z } from "zod";
import { plainAnswers } from "./answers.ts";
import { defineGateway } from "./gateway.ts";
import { SUMS } from "../../domain/payments/sums.ts";
import type { GatewayOfSums } from "./exact-sums.ts";

const credentials = z.strictObject({
  /** What the buyer reads: where to send the money, and what to write beside it. Plain text. */
  instructions: z.string().trim().min(1).max(2_000),
});

/**
 * Bank transfer, cash: the buyer reads how to pay, and the merchant marks the order as paid when the
 * money is there. Nobody else can: there is no notice, so none is believed.
 */
export const manual = defineGateway({
  credentials,
  sums: SUMS.manual,
  make: ({ instructions }): GatewayOfSums => ({
    capabilities: {
      devices: ["desktop", "phone"],
      actions: ["none"],
      opensByCall: false,
      query: false,
      refund: "none",
      tellsRefunds: false,
      tellsDisputes: false,
    },
    open: async () => ({
      kind: "opened",
      action: { action: "none", instructions },
      reference: null,
    }),
    read: async () => ({ kind: "invalid", check: "malformed" }),
    query: async () => ({ kind: "unsupported" }),
    refund: async () => ({ kind: "unsupported" }),
    answers: plainAnswers("success"),
  }),
});
