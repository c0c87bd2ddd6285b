import { z } from "zod";
import { DISPUTE_STATES, type Dispute } from "../../../domain/payments/dispute.ts";
import { isId } from "../../../domain/ids.ts";
import { instant, money, moneyJson, timeJson, type Json } from "../../api/json.ts";
import { Refused } from "../../problem.ts";
import type { AdminContext } from "../admin-env.ts";

export const disputeShape = z
  .object({
    id: z.string().startsWith("dsp_"),
    order_id: z
      .string()
      .nullable()
      .describe("Null while no payment of yours has the number that it is about."),
    account_id: z.string().startsWith("acct_"),
    trade_no: z.string().describe("Of the payment, at the gateway."),
    dispute_no: z.string().describe("What the gateway calls it."),
    state: z.enum(DISPUTE_STATES),
    amount: money.nullable(),
    reason: z.string().nullable().describe("The gateway's own word."),
    evidence_due_at: instant.nullable().describe("Until when the gateway takes evidence."),
    evidence_sent_at: instant.nullable().describe("When the gateway took ours."),
    opened_at: instant,
    settled_at: instant.nullable(),
  })
  .meta({ id: "Dispute" });

export function disputeJson(dispute: Dispute): Json<typeof disputeShape> {
  return {
    id: dispute.id,
    order_id: dispute.orderId,
    account_id: dispute.accountId,
    trade_no: dispute.tradeNo,
    dispute_no: dispute.disputeNo,
    state: dispute.state,
    amount: dispute.money === null ? null : moneyJson(dispute.money),
    reason: dispute.reason,
    evidence_due_at: timeJson(dispute.evidenceDueAtMs),
    evidence_sent_at: timeJson(dispute.evidenceSentAtMs),
    opened_at: timeJson(dispute.openedAtMs),
    settled_at: timeJson(dispute.settledAtMs),
  };
}

/** The dispute of the address, if it is this merchant's. */
export async function ownDispute(c: AdminContext): Promise<Dispute> {
  const id = c.req.param("id") ?? "";
  const { deps, merchantId } = c.var;
  const dispute = isId("dispute", id) ? await deps.disputes.byId(merchantId, id) : null;
  if (dispute === null) throw new Refused("not_found");
  return dispute;
}
