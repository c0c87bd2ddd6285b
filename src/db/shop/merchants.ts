import { asc, eq, gt } from "drizzle-orm";
import type { AuditEntry } from "../../domain/audit.ts";
import type { MerchantId } from "../../domain/ids.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { auditIfChanged } from "../audit-log.ts";
import type { Db } from "../db.ts";
import { merchants } from "../schema.ts";

export type MerchantRow = typeof merchants.$inferSelect;

export function makeMerchants(db: Db) {
  const bySlug = async (slug: string): Promise<MerchantRow | null> =>
    (await db.select().from(merchants).where(eq(merchants.slug, slug)))[0] ?? null;
  const byId = async (id: MerchantId): Promise<MerchantRow | null> =>
    (await db.select().from(merchants).where(eq(merchants.id, id)))[0] ?? null;

  return {
    bySlug,
    byId,
    /** Ids have an underscore and slugs have none, so one word names one merchant. */
    find: (idOrSlug: string): Promise<MerchantRow | null> =>
      idOrSlug.startsWith("mer_") ? byId(idOrSlug as MerchantId) : bySlug(idOrSlug),

    /** The same id again is the same merchant: whoever retries gets it back. */
    async create(row: MerchantRow, audit: AuditEntry): Promise<Result<MerchantRow, "slug_taken">> {
      const [, , [found]] = await db.batch([
        db.insert(merchants).values(row).onConflictDoNothing(),
        auditIfChanged(db, audit),
        db.select().from(merchants).where(eq(merchants.id, row.id)),
      ]);
      return found === undefined ? err("slug_taken") : ok(found);
    },

    /** By slug, from after `afterSlug`. */
    list: (afterSlug: string, limit: number): Promise<MerchantRow[]> =>
      db
        .select()
        .from(merchants)
        .where(gt(merchants.slug, afterSlug))
        .orderBy(asc(merchants.slug))
        .limit(limit),
  };
}
