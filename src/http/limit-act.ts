import {
  codeRules,
  lookUpRules,
  questionsOf,
  refusedOf,
  ticketRules,
  type Standing,
} from "../domain/limits/limit-rules.ts";
import type { MerchantId } from "../domain/ids.ts";
import type { AppContext } from "./env.ts";
import { limitsOf } from "./limits.ts";

const RULES = { lookUps: lookUpRules, tickets: ticketRules, codes: codeRules } as const;

/**
 * How often one network may do this in a shop, and one mailbox: the network before anything is read, the
 * mailbox when it is known whose it is. The refusal, for tooMany(), or null.
 */
export async function limitAct(
  c: AppContext,
  act: keyof typeof RULES,
  merchantId: MerchantId,
  asker: { network: string } | { email: string } | { network: string; email: string },
): Promise<Standing | null> {
  const { limits } = await c.get("deps").shopSettings(merchantId);
  const whole = { network: null, email: null, ...asker, merchantId };
  const standings = await limitsOf(c).take(questionsOf(RULES[act](limits), whole));
  return refusedOf(standings) ?? null;
}
