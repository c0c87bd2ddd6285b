import type { OrderSnapshot } from "../../../durable-objects/product-stock/contract.ts";
import type { OrderId } from "../../domain/ids.ts";
import type { OrderState } from "../../domain/order/order.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { lookAtMoney, type MoneyPorts } from "../payments/look-at-money.ts";

export type StopRefusal =
  | { reason: "unknown" }
  /** It waits for no keys: they came first, or the money goes back already. */
  | { reason: "not_waiting"; state: OrderState }
  /** Their bank decides about the money, or has taken it. */
  | { reason: "disputed" };

export interface Stopped {
  readonly order: OrderSnapshot;
  /** By this call, and not by one before it. */
  readonly isNew: boolean;
}

/**
 * The buyer of a paid order that waits for keys wants the money back. The object takes the order off the wait list,
 * or says that an import was first: never both.
 */
export async function stopWaiting(
  { stock }: Pick<MoneyPorts, "stock">,
  { id, stockNumber }: { readonly id: OrderId; readonly stockNumber: number },
): Promise<Result<Stopped, StopRefusal>> {
  const outcome = await stock.of(stockNumber).stopWaiting({ orderId: id });
  switch (outcome.kind) {
    case "changed":
    case "unchanged":
      return ok({ order: outcome.order, isNew: outcome.kind === "changed" });
    case "refused":
      return outcome.disputed === true
        ? err({ reason: "disputed" })
        : err({ reason: "not_waiting", state: outcome.state });
    case "unknown":
      return err({ reason: "unknown" });
    case "wrong_quantity":
    case "duplicate_key":
      throw new Error(`stopWaiting answered ${outcome.kind}`);
    default:
      return outcome satisfies never;
  }
}

/**
 * Asks for the money at once, for a buyer who should not wait for the schedule. It looks too, by the task that the
 * order book writes: should this be lost, or both come at once, there is one refund.
 */
export async function giveBackToStopped(
  ports: MoneyPorts,
  { id: orderId, merchantId, payments }: OrderSnapshot,
  nowMs: number,
): Promise<void> {
  const paid = payments.find(({ verdict }) => verdict === "unfilled");
  if (paid === undefined) return;
  const { accountId, tradeNo, atMs: paidAtMs } = paid;
  const told = { merchantId, orderId, accountId, tradeNo, paidAtMs, reason: "stopped" } as const;
  await lookAtMoney(ports, told, nowMs);
}
