import { and, asc, eq, gt, inArray, lt, sql } from "drizzle-orm";
import type { AuditEntry } from "../../domain/audit.ts";
import type { MerchantId, RiskListEntryId } from "../../domain/ids.ts";
import {
  RISK_LIST_ENTRIES_MAX,
  type RiskList,
  type RiskListKind,
} from "../../domain/risk/risk-lists.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { auditIfChanged } from "../audit-log.ts";
import type { Db } from "../db.ts";
import { riskListEntries } from "./risk-schema.ts";

export type RiskListRow = typeof riskListEntries.$inferSelect;

interface ListQuery {
  readonly list: RiskList | null;
  readonly kind: RiskListKind | null;
  readonly afterId: string;
  readonly limit: number;
}

export function makeRiskLists(db: Db) {
  const mine = (merchantId: MerchantId) => eq(riskListEntries.merchantId, merchantId);

  return {
    /** All of a merchant's, for the edge to remember. Bounded by RISK_LIST_ENTRIES_MAX. */
    all: (merchantId: MerchantId): Promise<RiskListRow[]> =>
      db.select().from(riskListEntries).where(mine(merchantId)).limit(RISK_LIST_ENTRIES_MAX),

    /** By id, from after `afterId`; expired ones too. */
    list: (merchantId: MerchantId, query: ListQuery): Promise<RiskListRow[]> =>
      db
        .select()
        .from(riskListEntries)
        .where(
          and(
            mine(merchantId),
            gt(riskListEntries.id, query.afterId as RiskListEntryId),
            query.list === null ? undefined : eq(riskListEntries.list, query.list),
            query.kind === null ? undefined : eq(riskListEntries.kind, query.kind),
          ),
        )
        .orderBy(asc(riskListEntries.id))
        .limit(query.limit),

    /** A value that is there already has this list, note and expiry from now on, and keeps its id. */
    async put(row: RiskListRow, audit: AuditEntry): Promise<Result<RiskListRow, "full">> {
      const { id, merchantId, list, kind, value, note, expiresAtMs, createdAtMs } = row;
      const [, , [saved]] = await db.batch([
        db
          .insert(riskListEntries)
          .select(
            sql`select ${id}, ${merchantId}, ${list}, ${kind}, ${value}, ${note}, ${expiresAtMs},
                ${createdAtMs}
              where (select count(*) from ${riskListEntries}
                where ${riskListEntries.merchantId} = ${merchantId}) < ${RISK_LIST_ENTRIES_MAX}
              or exists (select 1 from ${riskListEntries} where ${sameValue(row)})`,
          )
          .onConflictDoUpdate({
            target: [riskListEntries.merchantId, riskListEntries.kind, riskListEntries.value],
            set: { list, note, expiresAtMs },
          }),
        auditIfChanged(db, audit),
        db.select().from(riskListEntries).where(sameValue(row)),
      ]);
      return saved === undefined ? err("full") : ok(saved);
    },

    /** Answers whether this merchant had it. */
    async remove(merchantId: MerchantId, id: RiskListEntryId, audit: AuditEntry): Promise<boolean> {
      const [removed] = await db.batch([
        db
          .delete(riskListEntries)
          .where(and(mine(merchantId), eq(riskListEntries.id, id)))
          .returning({ id: riskListEntries.id }),
        auditIfChanged(db, audit),
      ]);
      return removed.length > 0;
    },

    /** Entries that expired before then; answers how many went. */
    async forgetExpired(beforeMs: number, most: number): Promise<number> {
      const old = db
        .select({ id: riskListEntries.id })
        .from(riskListEntries)
        .where(lt(riskListEntries.expiresAtMs, beforeMs))
        .limit(most);
      const { meta } = await db.delete(riskListEntries).where(inArray(riskListEntries.id, old));
      return meta.changes;
    },
  };
}

function sameValue({ merchantId, kind, value }: RiskListRow) {
  return and(
    eq(riskListEntries.merchantId, merchantId),
    eq(riskListEntries.kind, kind),
    eq(riskListEntries.value, value),
  );
}
