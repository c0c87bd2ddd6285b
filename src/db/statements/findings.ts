import {
  count,
  desc,
  inArray,
  isNotNull,
  lt,
  max,
  min,
  or,
  sql,
  sum,
  and,
  eq,
  asc,
} from "drizzle-orm";
import { SHARD_STEP } from "../../domain/product/shards.ts";
import type { Db } from "../db.ts";
import { findings, reconciledStocks } from "../stock/reconcile-schema.ts";
import { products } from "../schema.ts";

export type FindingRow = typeof findings.$inferSelect;

/** Where a page ended: what was seen last comes first. */
export interface FindingCursor {
  readonly seenAtMs: number;
  readonly id: string;
}

/** What the last walk through each object left to say. */
export interface ReconcileSummary {
  readonly stocks: number;
  /** Findings that nothing repaired. */
  readonly open: number;
  /** When a walk came to its end last; null before the first. */
  readonly lastCheckedAtMs: number | null;
  readonly longestAgoMs: number | null;
  /** Since when there has been an object that no walk has ever come to the end of; null: none is. */
  readonly unwalkedSinceMs: number | null;
  /** Objects whose outbox was not empty, the one that waits longest first. */
  readonly behind: readonly { readonly stockNumber: number; readonly oldestAtMs: number }[];
}

/** More need not be asked: they are what is worst. */
const BEHIND_MAX = 3;

export function makeFindings(db: Db) {
  return {
    /** Of all merchants, what was seen last first. */
    list: (after: FindingCursor | null, limit: number): Promise<FindingRow[]> =>
      db
        .select()
        .from(findings)
        .where(olderThan(after))
        .orderBy(desc(findings.seenAtMs), desc(findings.id))
        .limit(limit),

    async summary(): Promise<ReconcileSummary> {
      const { open, checkedAtMs, stockNumber, oldestOutboxAtMs } = reconciledStocks;
      const walked = db
        .select({
          product: sql<number>`${stockNumber} % ${SHARD_STEP}`.as("product"),
          objects: count().as("objects"),
        })
        .from(reconciledStocks)
        .groupBy(sql`product`)
        .as("walked");
      const [[all], behind, [unwalked]] = await db.batch([
        db
          .select({
            stocks: count(),
            open: sum(open).mapWith(Number),
            lastCheckedAtMs: max(checkedAtMs),
            longestAgoMs: min(checkedAtMs),
          })
          .from(reconciledStocks),
        db
          .select({ stockNumber, oldestAtMs: sql<number>`${oldestOutboxAtMs}` })
          .from(reconciledStocks)
          .where(isNotNull(oldestOutboxAtMs))
          .orderBy(asc(oldestOutboxAtMs))
          .limit(BEHIND_MAX),
        db
          .select({ sinceMs: min(products.createdAtMs) })
          .from(products)
          .leftJoin(walked, eq(walked.product, products.number))
          .where(lt(sql`coalesce(${walked.objects}, 0)`, products.stockShards)),
      ]);
      const none = { stocks: 0, open: 0, lastCheckedAtMs: null, longestAgoMs: null };
      const unwalkedSinceMs = unwalked?.sinceMs ?? null;
      return { ...none, ...all, open: all?.open ?? 0, behind, unwalkedSinceMs };
    },

    /** The longest unseen first, at most `limit`. Answers how many went. */
    async forgetBefore(beforeMs: number, limit: number): Promise<number> {
      const old = db
        .select({ id: findings.id })
        .from(findings)
        .where(lt(findings.seenAtMs, beforeMs))
        .orderBy(asc(findings.seenAtMs))
        .limit(limit);
      const { meta } = await db.delete(findings).where(inArray(findings.id, old));
      return meta.changes;
    },
  };
}

function olderThan(cursor: FindingCursor | null) {
  if (cursor === null) return undefined;
  const { seenAtMs, id } = findings;
  return or(lt(seenAtMs, cursor.seenAtMs), and(eq(seenAtMs, cursor.seenAtMs), lt(id, cursor.id)));
}
