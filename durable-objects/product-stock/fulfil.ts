import { transition, waitsForReview } from "../../src/domain/order/order.ts";
import type { ChangeOutcome, FulfilRequest } from "./contract.ts";
import type { Ledger } from "./ledger.ts";
import { changeOrder, findOrder } from "./orders.ts";
import { duplicates, insertKeys } from "./pool.ts";
import { leaveWaitList } from "./restock.ts";
import { snapshot } from "./snapshot.ts";
import { inArchive } from "./tombstones.ts";

/**
 * A person hands over what is owed: the keys join the books as this order's, sold. The same act
 * again (by its request id) changes nothing; another act on an order that was delivered is refused.
 */
export function fulfil(
  ledger: Ledger,
  { orderId, requestId, keys }: FulfilRequest,
  nowMs: number,
): ChangeOutcome {
  const order = findOrder(ledger, orderId);
  if (order === null) return { kind: "unknown", ...inArchive(ledger, orderId) };
  if (order.fulfil_request === requestId) {
    return { kind: "unchanged", order: snapshot(ledger, order) };
  }
  // What waits for a person's look is approved or rejected first: its keys are held. Whoever stopped waiting
  // was told that their money comes.
  const hasStopped = order.stopped_at_ms !== null;
  if (transition(order.state, "fulfil") === null || waitsForReview(order) || hasStopped) {
    return { kind: "refused", state: order.state, order: snapshot(ledger, order) };
  }
  if (order.held_back === 1) {
    const { state } = order;
    return { kind: "refused", state, order: snapshot(ledger, order), disputed: true };
  }
  if (keys.length !== order.quantity) return { kind: "wrong_quantity", quantity: order.quantity };
  const [index] = duplicates(ledger, keys);
  if (index !== undefined) return { kind: "duplicate_key", index };

  insertKeys(ledger, {
    keys,
    state: "sold",
    orderId,
    batchId: null,
    variantId: order.variant_id,
  });
  const delivered = changeOrder(ledger, order, "fulfil", { by: "merchant", nowMs, requestId });
  if (order.state === "unfilled") leaveWaitList(ledger, orderId, nowMs);
  return { kind: "changed", order: snapshot(ledger, delivered) };
}
