import type { OrderSnapshot } from "../../durable-objects/product-stock/contract.ts";
import { USER_AGENT_MAX, VISIT_KEYS_MAX, type VisitAct } from "../domain/payments/dispute.ts";
import { callerCountry } from "./caller.ts";
import type { AppContext } from "./env.ts";

/** Notes who is being shown the keys of an order, or who ordered it; nothing where neither is so. */
export function noteVisit(c: AppContext, order: OrderSnapshot, act: VisitAct): void {
  if (order.keys.length === 0 && act !== "ordered") return;
  c.get("deps").visits.note({
    merchantId: order.merchantId,
    orderId: order.id,
    act,
    visitor: {
      ip: c.req.header("cf-connecting-ip") ?? null,
      country: callerCountry(c),
      userAgent: (c.req.header("user-agent") ?? "").slice(0, USER_AGENT_MAX),
    },
    keyIds: order.keys.slice(0, VISIT_KEYS_MAX).map(({ id }) => id),
    keys: order.keys.length,
  });
}
