import type { DeadlineMs } from "../shared/alarms.ts";
import type { HistoryEntry } from "./contract.ts";
import type { Ledger } from "./ledger.ts";
import { changeOrder } from "./orders.ts";
import { takeFree } from "./pool.ts";
import { SHARED_POOL, type DeadlineRow, type OrderRow } from "./rows.ts";
import { SQL } from "./statements.ts";

/** Owed orders read at a time: one key that is released does not read a thousand of them. */
const PAGE = 50;

/**
 * Keys have become free: orders that are paid and owed keys come before anyone who might still buy.
 * The order paid longest ago first, each whole or not at all. One that is too large for what is
 * left is passed over and keeps its place: holding the smaller ones behind it back would help
 * nobody, since whatever stays free is sold to new buyers, and would leave paid money waiting for
 * ever. The large one is first in line at the next restock, and a person may fulfil it meanwhile.
 */
export function fillOwed(ledger: Ledger, by: HistoryEntry["by"], nowMs: number): void {
  /** The smallest quantity that could not be had, by variant: as much cannot be had later either. */
  const refused = new Map<string, number>();
  for (const order of owedOrders(ledger)) {
    const variant = order.variant_id ?? SHARED_POOL;
    if (order.quantity >= (refused.get(variant) ?? Infinity)) continue;
    const reviewed = order.review === "asked";
    if (takeFree(ledger, order, reviewed ? "held" : "sold", nowMs)) {
      changeOrder(ledger, order, reviewed ? "restock_review" : "restock", { by, nowMs });
    } else {
      refused.set(variant, order.quantity);
      if (ledger.sql.all(SQL.anyFree).length === 0) return;
    }
  }
}

/** What is owed, for a look into the other shards: the first PAGE orders. */
export function owedWants(ledger: Ledger): { variantId: string | null; quantity: number }[] {
  return ledger.sql
    .all<OrderRow>(SQL.owedOrders, 0, 0, PAGE)
    .map((order) => ({ variantId: order.variant_id, quantity: order.quantity }));
}

/** Since when the order that waits longest has been owed keys; null where none is. */
export function owedSinceMs(ledger: Ledger): DeadlineMs {
  return ledger.sql.all<DeadlineRow>(SQL.firstOwed)[0]?.ms ?? null;
}

/** The order paid longest ago first. Orders that are filled meanwhile leave the list behind it. */
function* owedOrders(ledger: Ledger): Generator<OrderRow> {
  type Numbered = OrderRow & { row: number };
  let last: Numbered | undefined;
  do {
    const page: Numbered[] = ledger.sql.all<Numbered>(
      SQL.owedOrders,
      last?.paid_at_ms ?? 0,
      last?.row ?? 0,
      PAGE,
    );
    yield* page;
    last = page.at(-1);
  } while (last !== undefined);
}
