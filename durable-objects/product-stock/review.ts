import { transition } from "../../src/domain/order/order.ts";
import type { ChangeOutcome, ReviewRequest } from "./contract.ts";
import type { Ledger } from "./ledger.ts";
import { changeOrder, findOrder } from "./orders.ts";
import { releaseHeld, sellHeld } from "./pool.ts";
import { fillOwed } from "./restock.ts";
import { snapshot } from "./snapshot.ts";
import { inArchive } from "./tombstones.ts";

/**
 * A person's word on an order that waited for it. Approved, the keys that were held for it are the
 * buyer's; rejected, they are anyone's, orders that are owed keys first, and the money is owed back. The
 * same word again changes nothing, the other one is refused: keys may have been seen. An order may be
 * approved before it is paid; one that is not to be paid is cancelled instead.
 */
export function review(
  ledger: Ledger,
  { orderId, word }: ReviewRequest,
  nowMs: number,
): ChangeOutcome {
  const order = findOrder(ledger, orderId);
  if (order === null) return { kind: "unknown", ...inArchive(ledger, orderId) };
  const said = word === "approve" ? "approved" : "rejected";
  if (order.review === said) return { kind: "unchanged", order: snapshot(ledger, order) };
  if (order.review !== "asked" || transition(order.state, word) === null) {
    return { kind: "refused", state: order.state, order: snapshot(ledger, order) };
  }
  if (word === "approve" && order.state === "paid" && order.held_back === 1) {
    return { kind: "refused", state: "paid", order: snapshot(ledger, order), disputed: true };
  }
  const change = { by: "merchant", nowMs, review: said } as const;
  const changed = changeOrder(ledger, order, word, change);
  if (word === "approve" && order.state === "paid") {
    const sold = sellHeld(ledger, order.id);
    if (sold !== order.quantity) throw new Error(`order ${order.id}: holds ${sold} keys`);
  }
  if (word === "reject" && releaseHeld(ledger, order.id) > 0) fillOwed(ledger, "clock", nowMs);
  return { kind: "changed", order: snapshot(ledger, changed) };
}
