import { and, desc, eq, lt, sql } from "drizzle-orm";
import type { AuditEntry } from "../domain/audit.ts";
import type { MerchantId } from "../domain/ids.ts";
import type { Db } from "./db.ts";
import { auditLog } from "./schema.ts";

export function makeAuditLog(db: Db) {
  return {
    /** For what was done outside of D1; a write in D1 takes its entry into its own batch. */
    append: async (entry: AuditEntry): Promise<void> => {
      await db.insert(auditLog).values({ ...entry });
    },

    /** Newest first, from below `beforeId`. */
    list: (merchantId: MerchantId, beforeId: number, limit: number) =>
      db
        .select()
        .from(auditLog)
        .where(and(eq(auditLog.merchantId, merchantId), lt(auditLog.id, beforeId)))
        .orderBy(desc(auditLog.id))
        .limit(limit),
  };
}

/**
 * The entry of a write that stands before it in the same batch. It is added only if that write
 * changed a row, so a lost race leaves no trace of something that never happened.
 */
export function auditIfChanged(db: Db, entry: AuditEntry) {
  const { merchantId, actor, action, subject, detail, atMs } = entry;
  // In the order of the table's columns; the null is the id, which SQLite gives.
  return db.insert(auditLog).select(sql`
    select null, ${merchantId}, ${actor}, ${action}, ${subject}, ${JSON.stringify(detail)}, ${atMs}
    where changes() > 0`);
}
