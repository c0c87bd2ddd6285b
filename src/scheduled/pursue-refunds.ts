import { pursueRefund } from "../flows/refunds/refund-order.ts";
import type { Deps } from "../platform/deps.ts";
import { errorFields, log } from "../platform/log.ts";

const DUE_MAX = 20;

/** Asks gateways on for refunds that have no end yet. One that fails is asked again in its own time. */
export async function pursueRefunds(deps: Deps, nowMs: number): Promise<number> {
  const due = await deps.refunds.claimDue(nowMs, DUE_MAX);
  const ended = await Promise.all(
    due.map(async ({ id, orderId }) => {
      try {
        return await pursueRefund(deps, { orderId, refundId: id });
      } catch (error) {
        log("warn", "refund_not_pursued", { refund: id, ...errorFields(error) });
        return false;
      }
    }),
  );
  return ended.filter(Boolean).length;
}
