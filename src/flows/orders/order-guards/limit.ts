import { orderRules, questionsOf, refusedOf } from "../../../domain/limits/limit-rules.ts";
import type { MerchantId } from "../../../domain/ids.ts";
import type { ShopSettings } from "../../../domain/settings/shop-settings.ts";
import type { Limits } from "../../ports.ts";
import type { OrderGuard } from "./order-guard.ts";

export interface LimitPorts {
  readonly limits: Limits;
  readonly shopSettings: (merchantId: MerchantId) => Promise<ShopSettings>;
}

/**
 * How often one network and one mailbox may order. Certain: whoever is refused asks again later, with
 * the same idempotency key, and finds the order that they have.
 */
export const limitGuard: OrderGuard<LimitPorts> = async (ports, { request }) => {
  const { merchantId, email, caller } = request;
  const { limits } = await ports.shopSettings(merchantId);
  const asker = { merchantId, network: caller.network, email };
  const standings = await ports.limits.take(questionsOf(orderRules(limits), asker));
  const standing = refusedOf(standings);
  if (standing === undefined) return { kind: "passed" };
  return { kind: "refused", refusal: { reason: "too_many_requests", standing }, certain: true };
};
