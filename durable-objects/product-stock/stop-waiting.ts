import { transition } from "../../src/domain/order/order.ts";
import type { ChangeOutcome, StopRequest } from "./contract.ts";
import type { Ledger } from "./ledger.ts";
import { changeOrder, findOrder } from "./orders.ts";
import { leaveWaitList } from "./restock.ts";
import { snapshot } from "./snapshot.ts";
import { inArchive } from "./tombstones.ts";

/**
 * Takes an order off the wait list, on its buyer's word. An import that came first has filled it, and
 * the answer says so; one that comes later passes it over, whatever becomes of its money. Again changes nothing.
 */
export function stopWaiting(
  ledger: Ledger,
  { orderId }: StopRequest,
  nowMs: number,
): ChangeOutcome {
  const order = findOrder(ledger, orderId);
  if (order === null) return { kind: "unknown", ...inArchive(ledger, orderId) };
  if (order.stopped_at_ms !== null) return { kind: "unchanged", order: snapshot(ledger, order) };
  const { state } = order;
  if (transition(state, "stop_waiting") === null) {
    return { kind: "refused", state, order: snapshot(ledger, order) };
  }
  // While a bank decides nobody here gives the money back.
  if (order.held_back === 1) {
    return { kind: "refused", state, order: snapshot(ledger, order), disputed: true };
  }
  const stopped = changeOrder(ledger, order, "stop_waiting", { by: "buyer", nowMs });
  leaveWaitList(ledger, orderId, nowMs);
  return { kind: "changed", order: snapshot(ledger, stopped) };
}
