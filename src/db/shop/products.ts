import { and, asc, eq, gt } from "drizzle-orm";
import type { AuditEntry } from "../../domain/audit.ts";
import type { MerchantId, ProductId } from "../../domain/ids.ts";
import type {
  NewProduct,
  ProductEdit,
  ProductRecord,
} from "../../domain/product/product-record.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { auditIfChanged } from "../audit-log.ts";
import type { Db } from "../db.ts";
import { products } from "../schema.ts";

export function makeProducts(db: Db) {
  const mine = (merchantId: MerchantId, id: ProductId) =>
    and(eq(products.merchantId, merchantId), eq(products.id, id));

  return {
    /** By id or slug (slugs have no underscore, ids have). Archived ones too. */
    async find(merchantId: MerchantId, idOrSlug: string): Promise<ProductRecord | null> {
      const named = idOrSlug.startsWith("prd_")
        ? eq(products.id, idOrSlug as ProductId)
        : eq(products.slug, idOrSlug);
      const [row] = await db
        .select()
        .from(products)
        .where(and(eq(products.merchantId, merchantId), named));
      return row ?? null;
    },

    /** In the order they were made, from after `afterNumber`; archived ones too. */
    list: (merchantId: MerchantId, afterNumber: number, limit: number): Promise<ProductRecord[]> =>
      db
        .select()
        .from(products)
        .where(and(eq(products.merchantId, merchantId), gt(products.number, afterNumber)))
        .orderBy(asc(products.number))
        .limit(limit),

    /** The same id again is the same product: whoever retries gets it back. */
    async create(row: NewProduct, audit: AuditEntry): Promise<Result<ProductRecord, "slug_taken">> {
      const [, , [found]] = await db.batch([
        db
          .insert(products)
          .values({ ...row, fields: [...row.fields] })
          .onConflictDoNothing(),
        auditIfChanged(db, audit),
        db.select().from(products).where(mine(row.merchantId, row.id)),
      ]);
      return found === undefined ? err("slug_taken") : ok(found);
    },

    /**
     * Saves on top of the version that was read, or not at all. A slug that another product has
     * fails the whole statement (it is unique per merchant) and is told from a lost race.
     */
    async edit(
      edit: ProductEdit,
      audit: AuditEntry,
    ): Promise<Result<ProductRecord, "version_conflict" | "slug_taken">> {
      const { merchantId, id, version, settings, atMs } = edit;
      const next = { ...settings, fields: [...settings.fields] };
      try {
        const [[saved]] = await db.batch([
          db
            .update(products)
            .set({ ...next, version: version + 1, updatedAtMs: atMs })
            .where(and(mine(merchantId, id), eq(products.version, version)))
            .returning(),
          auditIfChanged(db, audit),
        ]);
        return saved === undefined ? err("version_conflict") : ok(saved);
      } catch (error) {
        if (isSlugTaken(error)) return err("slug_taken");
        throw error;
      }
    },
  };
}

function isSlugTaken(error: unknown): boolean {
  const texts = error instanceof Error ? [error.message, String(error.cause)] : [];
  return texts.some((text) => text.includes("UNIQUE constraint failed: products.merchant_id"));
}
