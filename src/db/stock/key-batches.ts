import type { AuditEntry } from "../../domain/audit.ts";
import { auditIfChanged } from "../audit-log.ts";
import type { Db } from "../db.ts";
import { keyBatches } from "../schema.ts";

/** An import as the merchant sees it; the keys are in the product's object. */
export type KeyBatchRow = typeof keyBatches.$inferSelect;

export function makeKeyBatches(db: Db) {
  return {
    /** The same batch again is the same row: an import may be repeated. */
    async record(row: KeyBatchRow, audit: AuditEntry): Promise<void> {
      await db.batch([
        db.insert(keyBatches).values(row).onConflictDoNothing(),
        auditIfChanged(db, audit),
      ]);
    },
  };
}
