import type { AppContext } from "../../../http/env.ts";
import { evidenceOf, keepEvidence } from "../cashier/evidence-book.ts";
import { answerJson } from "../cashier/manners.ts";
import { requestFields } from "../cashier/request-fields.ts";
import { findTrade } from "../cashier/trade-book.ts";

type Refusal = (c: AppContext, status: 400 | 404, code: string) => Response;

/** "Update a dispute": `evidence[…]` and `submit`. One submission, and none after it, as Stripe has it. */
export async function updateDispute(c: AppContext, no: Refusal): Promise<Response> {
  const id = c.req.param("id") ?? "";
  const trade = await findTrade(c.env.DB, "stripe", id);
  if (trade?.state !== "paid") return no(c, 404, "resource_missing");
  const sent = await requestFields(c);
  const fields = Object.fromEntries(
    Object.entries(sent).flatMap(([name, value]) => {
      const field = /^evidence\[(\w+)\]$/.exec(name)?.[1];
      return field === undefined ? [] : [[field, value]];
    }),
  );
  const isSubmitted = sent["submit"] === "true";
  if (isSubmitted) {
    const act = c.req.header("idempotency-key") ?? crypto.randomUUID();
    const known = await evidenceOf(c.env.DB, trade);
    if (known.some((other) => other.act !== act)) return no(c, 400, "dispute_already_submitted");
    await keepEvidence(c.env.DB, trade, { act, dispute: id, fields });
  }
  return answerJson(c, trade, {
    id,
    object: "dispute",
    payment_intent: `pi_${trade.trade_no}`,
    amount: trade.minor,
    currency: trade.currency.toLowerCase(),
    status: isSubmitted ? "under_review" : "needs_response",
    evidence: fields,
  });
}
