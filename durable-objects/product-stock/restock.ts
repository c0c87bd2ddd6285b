import type { OrderId } from "../../src/domain/ids.ts";
import type { HistoryEntry } from "./contract.ts";
import type { Ledger } from "./ledger.ts";
import { changeOrder, findOrder } from "./orders.ts";
import { sellFree } from "./pool.ts";
import { SHARED_POOL } from "./rows.ts";
import { SQL } from "./statements.ts";

type OwedRow = { id: OrderId; variant_id: string | null; quantity: number };

/**
 * Keys have become free: orders that are paid and owed keys come before anyone who might still buy.
 * The order paid longest ago first, each whole or not at all. One that is too large for what is
 * left is passed over and keeps its place: holding the smaller ones behind it back would help
 * nobody, since whatever stays free is sold to new buyers, and would leave paid money waiting for
 * ever. The large one is first in line at the next restock, and a person may fulfil it meanwhile.
 */
export function fillOwed(ledger: Ledger, by: HistoryEntry["by"], nowMs: number): number {
  let filled = 0;
  /** The smallest quantity that could not be had, by variant: as much cannot be had later either. */
  const refused = new Map<string, number>();
  for (const owed of ledger.sql.all<OwedRow>(SQL.owedOrders)) {
    const variant = owed.variant_id ?? SHARED_POOL;
    if (owed.quantity >= (refused.get(variant) ?? Infinity)) continue;
    const order = findOrder(ledger, owed.id);
    if (order !== null && sellFree(ledger, order, nowMs)) {
      changeOrder(ledger, order, "restock", { by, nowMs });
      filled++;
    } else {
      refused.set(variant, owed.quantity);
      if (ledger.sql.all(SQL.anyFree).length === 0) break;
    }
  }
  return filled;
}
