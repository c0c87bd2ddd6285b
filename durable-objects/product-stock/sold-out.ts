import { lapseDue, LAPSE_BATCH_MAX } from "./lapse.ts";
import type { Ledger } from "./ledger.ts";
import { FREE_COUNTED_MAX, type SoldOutReport } from "./sold-out-contract.ts";
import { spare } from "./transfers.ts";

/**
 * What the edge may refuse orders by. "None left" is said as it is said to a buyer: after the holds that
 * are due have lapsed.
 */
export function soldOut(ledger: Ledger, nowMs: number): SoldOutReport {
  const { terms } = ledger;
  if (terms === null) return { termsVersion: null, free: {}, isMoving: true, knownOrders: null };
  const lapsed = lapseDue(ledger, nowMs);
  const free: Record<string, number> = {};
  let isMoving = lapsed === LAPSE_BATCH_MAX;
  const variants = terms.variants.length === 0 ? [null] : terms.variants.map(({ id }) => id);
  for (const variantId of variants) {
    const found = spare(ledger, { variantId, quantity: FREE_COUNTED_MAX }, nowMs);
    free[variantId ?? ""] = found.free;
    isMoving ||= found.moving.length > 0;
  }
  const isEnough = Object.values(free).every((count) => count === FREE_COUNTED_MAX);
  return {
    termsVersion: terms.version,
    free,
    isMoving,
    knownOrders: isEnough || isMoving ? null : ledger.knownOrders.read(ledger.sql),
  };
}
