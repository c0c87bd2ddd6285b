import { and, desc, eq, gt, isNull, lt, sql } from "drizzle-orm";
import type { AuditEntry } from "../../domain/audit.ts";
import {
  dropTermsOf,
  type DropRecord,
  type DropSettings,
  type NewDrop,
} from "../../domain/drop/drop-record.ts";
import type { BookedDrop } from "../../flows/drops/drop-ports.ts";
import type { DropId, MerchantId } from "../../domain/ids.ts";
import type { ProductRecord } from "../../domain/product/product-record.ts";
import { auditIfChanged } from "../audit-log.ts";
import type { Db } from "../db.ts";
import { drops } from "./drop-schema.ts";
import { products } from "../schema.ts";

/** A drop as it was written, and its product with the terms that now hold. */
export interface WrittenDrop {
  readonly drop: DropRecord;
  readonly product: ProductRecord;
}

export interface DropChange {
  readonly merchantId: MerchantId;
  readonly id: DropId;
  /** The version that was read: on top of another one, nothing is written. */
  readonly version: number;
  readonly atMs: number;
}

/**
 * Drops. Each write is one batch with the product's row, which carries the drop in its terms: no object
 * is told of a drop that is not there, nor sells by one that is over.
 */
export function makeDrops(db: Db) {
  const mine = (merchantId: MerchantId, id: DropId) =>
    and(eq(drops.merchantId, merchantId), eq(drops.id, id));
  const productOf = (id: DropId) =>
    db
      .select({ product: products })
      .from(products)
      .innerJoin(drops, eq(drops.productId, products.id))
      .where(eq(drops.id, id));
  /** The product of a drop that was written by the statement before: one edit of its terms. */
  const retell = (id: DropId, drop: DropSettings | null, atMs: number) =>
    db
      .update(products)
      .set({
        drop: drop === null ? null : dropTermsOf({ ...drop, id }),
        version: sql`${products.version} + 1`,
        updatedAtMs: atMs,
      })
      .where(and(sql`changes() > 0`, sql`${products.drop} ->> 'id' = ${id}`));

  return {
    /** Of whichever merchant (a drop's id is public), with what its controller is told of its product. */
    async booked(id: DropId): Promise<BookedDrop | null> {
      const [row] = await db
        .select({ drop: drops, productNumber: products.number, shards: products.stockShards })
        .from(drops)
        .innerJoin(products, eq(drops.productId, products.id))
        .where(eq(drops.id, id));
      return row === undefined ? null : bookedDrop(row.drop, row.productNumber, row.shards);
    },

    async find(merchantId: MerchantId, id: DropId): Promise<DropRecord | null> {
      const [row] = await db.select().from(drops).where(mine(merchantId, id));
      return row ?? null;
    },

    /** The newest first, from below `beforeNumber`. */
    list: (merchantId: MerchantId, beforeNumber: number, limit: number): Promise<DropRecord[]> =>
      db
        .select()
        .from(drops)
        .where(and(eq(drops.merchantId, merchantId), lt(drops.number, beforeNumber)))
        .orderBy(desc(drops.number))
        .limit(limit),

    /**
     * The same id again is the same drop: whoever retries gets it back, with the seed that it first got.
     * Null where the product is not `productVersion` any more: it may have got a drop, or be unfit for one.
     */
    async create(
      row: NewDrop,
      productVersion: number,
      audit: AuditEntry,
    ): Promise<WrittenDrop | null> {
      const [, , , [drop], [found]] = await db.batch([
        db
          .update(products)
          .set({
            drop: dropTermsOf(row),
            version: productVersion + 1,
            updatedAtMs: row.createdAtMs,
          })
          .where(
            and(
              eq(products.merchantId, row.merchantId),
              eq(products.id, row.productId),
              eq(products.version, productVersion),
              sql`NOT EXISTS (SELECT 1 FROM ${drops} WHERE ${drops.id} = ${row.id})`,
            ),
          ),
        db.insert(drops).select(rowIfChanged(row)),
        auditIfChanged(db, audit),
        db.select().from(drops).where(mine(row.merchantId, row.id)),
        productOf(row.id),
      ]);
      return drop === undefined || found === undefined ? null : { drop, product: found.product };
    },

    /** Before it opens; null where someone was faster, or the opening was. */
    async edit(
      { merchantId, id, version, atMs }: DropChange,
      settings: DropSettings,
      audit: AuditEntry,
    ): Promise<WrittenDrop | null> {
      const [[drop], , , [found]] = await db.batch([
        db
          .update(drops)
          .set({ ...settings, version: version + 1, updatedAtMs: atMs })
          .where(
            and(
              mine(merchantId, id),
              eq(drops.version, version),
              gt(drops.opensAtMs, atMs),
              isNull(drops.closedAtMs),
            ),
          )
          .returning(),
        retell(id, settings, atMs),
        auditIfChanged(db, audit),
        productOf(id),
      ]);
      return drop === undefined || found === undefined ? null : { drop, product: found.product };
    },

    /** Ends it before its time; null where it is over already, or was edited meanwhile. */
    async close(
      { merchantId, id, version, atMs }: DropChange,
      audit: AuditEntry,
    ): Promise<WrittenDrop | null> {
      const [[drop], , , [found]] = await db.batch([
        db
          .update(drops)
          .set({ closedAtMs: atMs, version: version + 1, updatedAtMs: atMs })
          .where(
            and(
              mine(merchantId, id),
              eq(drops.version, version),
              gt(drops.closesAtMs, atMs),
              isNull(drops.closedAtMs),
            ),
          )
          .returning(),
        retell(id, null, atMs),
        auditIfChanged(db, audit),
        productOf(id),
      ]);
      return drop === undefined || found === undefined ? null : { drop, product: found.product };
    },
  };
}

function bookedDrop(drop: DropRecord, productNumber: number, shards: number): BookedDrop {
  const { id: dropId, version, opensAtMs, closesAtMs, closedAtMs, quantity } = drop;
  const terms = { dropId, version, opensAtMs, closesAtMs, closedAtMs, quantity };
  return { drop, terms: { ...terms, productNumber, shards } };
}

/** In the order of the table's columns; the first null is the number, which SQLite gives. */
function rowIfChanged(row: NewDrop) {
  return sql`
    select null, ${row.id}, ${row.merchantId}, ${row.productId}, ${row.version}, ${row.opensAtMs},
      ${row.closesAtMs}, ${row.quantity}, ${row.perBuyer}, ${row.holdSeconds},
      ${JSON.stringify(row.policy)}, ${row.commitment}, ${row.sealedSeed}, ${row.closedAtMs},
      ${row.createdAtMs}, ${row.updatedAtMs}
    where changes() > 0`;
}
