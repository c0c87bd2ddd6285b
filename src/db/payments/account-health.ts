import { and, eq, gte, inArray, lt, sql } from "drizzle-orm";
import type { AccountId } from "../../domain/ids.ts";
import type { Tally } from "../../domain/payments/health.ts";
import type { Db } from "../db.ts";
import { paymentAccountHealth as health } from "./health-schema.ts";

const HOUR_MS = 3600_000;

export interface HealthBook {
  /** Adds what an isolate has seen to the row of that hour. */
  add(id: AccountId, seen: Tally, nowMs: number): Promise<void>;
  /** Hours that began at that time or after, in no order. */
  since(id: AccountId, fromMs: number): Promise<(Tally & { readonly hourAtMs: number })[]>;
  forgetBefore(beforeMs: number, limit: number): Promise<number>;
}

/** Isolates add to one row, so each statement is the sum: none reads what another is about to write. */
export function makeHealthBook(db: Db): HealthBook {
  return {
    async add(accountId, seen, nowMs) {
      const hourAtMs = nowMs - (nowMs % HOUR_MS);
      const later = sql`coalesce(excluded.last_failure_at_ms, 0) > coalesce(${health.lastFailureAtMs}, 0)`;
      await db
        .insert(health)
        .values({ accountId, hourAtMs, ...seen })
        .onConflictDoUpdate({
          target: [health.accountId, health.hourAtMs],
          set: {
            calls: sql`${health.calls} + excluded.calls`,
            failures: sql`${health.failures} + excluded.failures`,
            totalMs: sql`${health.totalMs} + excluded.total_ms`,
            slowestMs: sql`max(${health.slowestMs}, excluded.slowest_ms)`,
            lastSuccessAtMs: latest(health.lastSuccessAtMs, sql`excluded.last_success_at_ms`),
            lastFailure: sql`CASE WHEN ${later} THEN excluded.last_failure ELSE ${health.lastFailure} END`,
            lastFailureAtMs: latest(health.lastFailureAtMs, sql`excluded.last_failure_at_ms`),
            lastNoticeAtMs: latest(health.lastNoticeAtMs, sql`excluded.last_notice_at_ms`),
          },
        });
    },

    since: (id, fromMs) =>
      db
        .select()
        .from(health)
        .where(and(eq(health.accountId, id), gte(health.hourAtMs, fromMs))),

    async forgetBefore(beforeMs, limit) {
      const old = db
        .select({ row: sql`rowid` })
        .from(health)
        .where(lt(health.hourAtMs, beforeMs))
        .limit(limit);
      const { meta } = await db
        .delete(health)
        .where(inArray(sql`rowid`, old))
        .run();
      return meta.changes;
    },
  };
}

/** SQLite's max() of two is null where one is. */
function latest(
  column:
    | typeof health.lastNoticeAtMs
    | typeof health.lastSuccessAtMs
    | typeof health.lastFailureAtMs,
  other: ReturnType<typeof sql>,
) {
  return sql`nullif(max(coalesce(${column}, 0), coalesce(${other}, 0)), 0)`;
}
