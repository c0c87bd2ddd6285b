import { earliest, type DeadlineMs } from "../shared/alarms.ts";
import { LAPSE_BATCH_MAX, lapseDue } from "./lapse.ts";
import type { Ledger } from "./ledger.ts";
import { voidExpired } from "./pool.ts";
import type { DeadlineRow } from "./rows.ts";
import { SQL } from "./statements.ts";

/** What is due by the clock. Bounded; answers whether more is due at once. */
export function tick(ledger: Ledger, nowMs: number): boolean {
  // In this order: a hold may give back a key that has expired meanwhile.
  const lapsed = lapseDue(ledger, nowMs);
  const moreExpired = voidExpired(ledger, nowMs);
  return lapsed === LAPSE_BATCH_MAX || moreExpired;
}

/** When `tick` is next due. */
export function tickDueAtMs(ledger: Ledger): DeadlineMs {
  const first = (statement: string): DeadlineMs =>
    ledger.sql.all<DeadlineRow>(statement)[0]?.ms ?? null;
  return earliest([first(SQL.firstDue), first(SQL.firstExpiry)]);
}
