import { z } from "zod";
import type { AppContext } from "../../../http/env.ts";
import { keepEvidence } from "../cashier/evidence-book.ts";
import { answerJson } from "../cashier/manners.ts";
import { requestFields } from "../cashier/request-fields.ts";
import { findTrade } from "../cashier/trade-book.ts";

const evidences = z.object({
  evidences: z.array(z.looseObject({ evidence_type: z.string(), notes: z.string() })).min(1),
});

interface Refusals {
  readonly notFound: (c: AppContext) => Response;
  readonly unprocessable: (c: AppContext, issue: string) => Response;
}

/** "Provide evidence": a form whose field `input` is the JSON. */
export async function provideEvidence(
  c: AppContext,
  { notFound, unprocessable }: Refusals,
): Promise<Response> {
  const dispute = c.req.param("id") ?? "";
  const trade = await findTrade(c.env.DB, "paypal", dispute);
  if (trade?.state !== "paid") return notFound(c);
  const given = evidences.safeParse(jsonOf((await requestFields(c))["input"] ?? ""));
  if (!given.success) return unprocessable(c, "INVALID_EVIDENCE");
  const act = c.req.header("paypal-request-id") ?? crypto.randomUUID();
  await keepEvidence(c.env.DB, trade, { act, dispute, fields: given.data });
  const self = `https://api-m.sandbox.paypal.com/v1/customer/disputes/${dispute}`;
  return answerJson(c, trade, { links: [{ href: self, rel: "self", method: "GET" }] });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
