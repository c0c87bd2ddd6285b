import type { HistoryEntry } from "./contract.ts";
import type { Ledger } from "./ledger.ts";
import { findOrder, moveToAccount } from "./orders.ts";
import {
  REROUTES_MAX,
  type BindOutcome,
  type BindRequest,
  type Rerouted,
  type RerouteRequest,
} from "./reroute-contract.ts";
import { snapshot } from "./snapshot.ts";
import { SQL } from "./statements.ts";
import { inArchive } from "./tombstones.ts";

/**
 * The order stays with that account. Nothing that anyone is told of has changed, so its version stays too.
 * Again it is the same answer: whoever did not hear it asks once more.
 */
export function bindAccount(ledger: Ledger, { orderId, accountId }: BindRequest): BindOutcome {
  const order = findOrder(ledger, orderId);
  if (order === null) return { kind: "unknown", ...inArchive(ledger, orderId) };
  if (order.state !== "pending" || order.payment_account_id !== accountId) {
    return { kind: "refused", order: snapshot(ledger, order) };
  }
  if (order.reroutable === 1) ledger.sql.run(SQL.bindAccount, orderId);
  return { kind: "bound", order: snapshot(ledger, { ...order, reroutable: 0 }) };
}

/** Both accounts' notices are honoured, before and after: who asks changes nothing for who pays. */
export function reroute(
  ledger: Ledger,
  { orderId, from, to }: RerouteRequest,
  nowMs: number,
): Rerouted {
  const order = findOrder(ledger, orderId);
  if (order === null) return { kind: "unknown", ...inArchive(ledger, orderId) };
  if (order.payment_account_id === to) return { kind: "rerouted", order: snapshot(ledger, order) };
  const may =
    order.state === "pending" && order.reroutable === 1 && order.payment_account_id === from;
  if (!may || timesRerouted(order.history) >= REROUTES_MAX) {
    return { kind: "refused", order: snapshot(ledger, order) };
  }
  return { kind: "rerouted", order: snapshot(ledger, moveToAccount(ledger, order, to, nowMs)) };
}

function timesRerouted(history: string): number {
  const entries = JSON.parse(history) as HistoryEntry[];
  return entries.filter(({ event }) => event === "reroute").length;
}
