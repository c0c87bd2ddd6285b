import { lookUpRules, questionsOf, refusedOf, type Standing } from "../domain/limit-rules.ts";
import type { MerchantId } from "../domain/ids.ts";
import type { AppContext } from "./env.ts";
import { limitsOf } from "./limits.ts";

/**
 * How often one network may look up, and one mailbox be looked up: the first before anything is read, the
 * second when it is known whose orders are asked for. The refusal, or null.
 */
export async function limitLookUps(
  c: AppContext,
  merchantId: MerchantId,
  asker: { network: string } | { email: string },
): Promise<Standing | null> {
  const { limits } = await c.get("deps").shopSettings(merchantId);
  const questions = questionsOf(lookUpRules(limits), {
    network: null,
    email: null,
    ...asker,
    merchantId,
  });
  return refusedOf(await limitsOf(c).take(questions)) ?? null;
}
