import type { OrderId } from "../../src/domain/ids.ts";
import { servesInOrder } from "../../src/domain/product/terms.ts";
import type { DeadlineMs } from "../shared/alarms.ts";
import type { HistoryEntry } from "./contract.ts";
import type { Ledger } from "./ledger.ts";
import { changeOrder, touchOrder } from "./orders.ts";
import { dropExpired, pickFree, releaseHeld, sellHeld, takeKeys } from "./pool.ts";
import { SHARED_POOL, type DeadlineRow, type OrderRow } from "./rows.ts";
import { SQL } from "./statements.ts";

/** Owed orders read at a time: one key that is released does not read a thousand of them. */
const PAGE = 50;

/**
 * Keys have become free: orders that are paid and owed keys come before anyone who might still buy, the order paid
 * longest ago first. One that is too large for what is left has all of it set aside and goes on waiting, so that no
 * later order of its variant, and no new buyer, overtakes it for ever (docs/decisions/0067). Where the product says
 * `as_they_fit`, it is passed over instead and keeps its place.
 */
export function fillOwed(ledger: Ledger, by: HistoryEntry["by"], nowMs: number): void {
  const inOrder = ledger.terms !== null && servesInOrder(ledger.terms);
  /** The smallest quantity that could not be had, by variant: as much cannot be had later either. */
  const refused = new Map<string, number>();
  for (const order of owedOrders(ledger)) {
    const variant = order.variant_id ?? SHARED_POOL;
    if (order.quantity >= (refused.get(variant) ?? Infinity)) continue;
    const reviewed = order.review === "asked";
    const missing = complete(ledger, order, { as: reviewed ? "held" : "sold", inOrder, nowMs });
    if (missing === 0) {
      changeOrder(ledger, order, reviewed ? "restock_review" : "restock", { by, nowMs });
    } else {
      refused.set(variant, inOrder ? 0 : missing);
      if (ledger.sql.all(SQL.anyFree).length === 0) return;
    }
  }
}

const NOTHING_HELD = { held: 0, expired: 0 };

interface Completing {
  readonly as: "held" | "sold";
  readonly inOrder: boolean;
  readonly nowMs: number;
}

/** How many keys the order lacks, with what was set aside for it before; 0: it has them all. */
function complete(ledger: Ledger, order: OrderRow, { as, inOrder, nowMs }: Completing): number {
  // Of a single key nothing can be set aside.
  const { held: before, expired } =
    order.quantity === 1 ? NOTHING_HELD : dropExpired(ledger, order.id, nowMs);
  const missing = order.quantity - before;
  const rows = pickFree(ledger, order.variant_id, missing, nowMs);
  if (rows.length === missing) {
    takeKeys(ledger, order.id, rows, as);
    if (as === "sold" && before > 0) sellHeld(ledger, order.id);
    return 0;
  }
  const more = inOrder ? rows : [];
  takeKeys(ledger, order.id, more, "held");
  // Its buyer sees how many are there.
  if (more.length > 0 || expired > 0) touchOrder(ledger, order, nowMs);
  return missing;
}

/** An order leaves the wait list without the keys that were set aside for it: they are the next ones'. */
export function leaveWaitList(ledger: Ledger, id: OrderId, nowMs: number): void {
  if (releaseHeld(ledger, id) > 0) fillOwed(ledger, "clock", nowMs);
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
