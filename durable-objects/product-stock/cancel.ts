import type { CancelRequest, ChangeOutcome } from "./contract.ts";
import type { Ledger } from "./ledger.ts";
import { changeOrder, findOrder } from "./orders.ts";
import { releaseHeld } from "./pool.ts";
import { fillOwed } from "./restock.ts";
import { snapshot } from "./snapshot.ts";
import { inArchive } from "./tombstones.ts";

/** Gives an unpaid order up and its keys back. Money that comes later is still resolved. */
export function cancel(
  ledger: Ledger,
  { orderId, by }: CancelRequest,
  nowMs: number,
): ChangeOutcome {
  const order = findOrder(ledger, orderId);
  if (order === null) return { kind: "unknown", ...inArchive(ledger, orderId) };
  if (order.state === "cancelled") return { kind: "unchanged", order: snapshot(ledger, order) };
  if (order.state !== "pending") {
    return { kind: "refused", state: order.state, order: snapshot(ledger, order) };
  }
  const cancelled = changeOrder(ledger, order, "cancel", { by, nowMs });
  if (releaseHeld(ledger, order.id) > 0) fillOwed(ledger, "clock", nowMs);
  return { kind: "changed", order: snapshot(ledger, cancelled) };
}
