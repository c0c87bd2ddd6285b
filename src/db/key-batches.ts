import { and, desc, eq } from "drizzle-orm";
import type { AuditEntry } from "../domain/audit.ts";
import type { MerchantId, ProductId } from "../domain/ids.ts";
import { auditIfChanged } from "./audit-log.ts";
import type { Db } from "./db.ts";
import { keyBatches } from "./schema.ts";

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

    /** Newest first. */
    ofProduct: (merchantId: MerchantId, productId: ProductId, limit: number) =>
      db
        .select()
        .from(keyBatches)
        .where(and(eq(keyBatches.merchantId, merchantId), eq(keyBatches.productId, productId)))
        .orderBy(desc(keyBatches.createdAtMs), desc(keyBatches.id))
        .limit(limit),
  };
}
