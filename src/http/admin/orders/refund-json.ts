import { z } from "zod";
import {
  KEY_FATES,
  REFUND_METHODS,
  REFUND_STATES,
  type Refund,
} from "../../../domain/payments/refund.ts";
import { instant, money, moneyJson, timeJson, type Json } from "../../api/json.ts";

export const refundShape = z.object({
  id: z.string().startsWith("rfd_"),
  account_id: z.string(),
  trade_no: z.string().describe("Of the payment that it is of."),
  amount: money,
  state: z
    .enum(REFUND_STATES)
    .describe("`asked` until the gateway has said; `refused`: nothing went back."),
  method: z.enum(REFUND_METHODS).describe("`desk`: made at the gateway's own desk."),
  keys: z.enum(KEY_FATES),
  reason: z.string(),
  refund_no: z
    .string()
    .nullable()
    .describe("What the gateway calls it; by hand, your `reference`."),
  refusal: z.string().nullable().describe("The gateway's own word."),
  asked_at: instant,
  settled_at: instant.nullable(),
});

export function refundJson(refund: Omit<Refund, "orderWas">): Json<typeof refundShape> {
  return {
    id: refund.id,
    account_id: refund.accountId,
    trade_no: refund.tradeNo,
    amount: moneyJson(refund.money),
    state: refund.state,
    method: refund.method,
    keys: refund.keys,
    reason: refund.reason,
    refund_no: refund.refundNo,
    refusal: refund.refusal,
    asked_at: timeJson(refund.askedAtMs),
    settled_at: timeJson(refund.settledAtMs),
  };
}
