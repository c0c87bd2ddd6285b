import { and, asc, eq, gt, lte, sql } from "drizzle-orm";
import type { Finding } from "../../../durable-objects/product-stock/reconcile-contract.ts";
import type { OrderId } from "../../domain/ids.ts";
import type { ReconcileBook, WalkedStock } from "../../flows/stock/reconcile-ports.ts";
import { insertFromJson, jsonChunks } from "../bulk.ts";
import type { Db } from "../db.ts";
import { placeSchema } from "./reconcile-place.ts";
import { findings, reconciledStocks, reconcilePlace } from "./reconcile-schema.ts";
import { archivedOrders, deliveries, orders, products } from "../schema.ts";

/** The same thing again: as it is now, since when it was found first, how often. */
const RECORD = `${insertFromJson(findings)}
  ON CONFLICT ("id") DO UPDATE SET "detail" = excluded."detail", "repaired" = excluded."repaired",
    "seen_at_ms" = excluded."seen_at_ms", "times" = "times" + 1`;

const COPY_PAYMENTS = `INSERT INTO "payments" ("account_id", "trade_no", "kind", "refund_ref",
    "order_id", "merchant_id", "amount_minor", "currency", "verdict", "source", "reported_at_ms")
  SELECT p."value" ->> 'accountId', p."value" ->> 'tradeNo', 'payment', '', o."id", o."merchant_id",
    p."value" ->> '$.money.amountMinor', p."value" ->> '$.money.currency', p."value" ->> 'verdict',
    p."value" ->> 'source', p."value" ->> 'atMs'
  FROM "orders" o, json_each(o."payments") p WHERE o."id" > ?1 AND o."id" <= ?2
  ON CONFLICT DO NOTHING RETURNING "order_id" AS "id"`;

const THE_ROW = 1;

export function makeReconcileBook(db: Db & { readonly $client: D1Database }): ReconcileBook {
  const d1 = db.$client;
  return {
    async place() {
      const [row] = await db.select().from(reconcilePlace).where(eq(reconcilePlace.one, THE_ROW));
      // What another version wrote and this one cannot read begins anew: nothing is lost by that.
      return placeSchema.safeParse(row?.place).data ?? null;
    },

    async savePlace(place) {
      await db
        .insert(reconcilePlace)
        .values({ one: THE_ROW, place })
        .onConflictDoUpdate({ target: reconcilePlace.one, set: { place } });
    },

    async productAfter(productNumber) {
      const [row] = await db
        .select({
          number: products.number,
          shards: products.stockShards,
          productId: products.id,
          merchantId: products.merchantId,
        })
        .from(products)
        .where(gt(products.number, productNumber))
        .orderBy(asc(products.number))
        .limit(1);
      return row ?? null;
    },

    entries: (afterId, upToId, limit) =>
      db
        .select({
          id: orders.id,
          version: orders.version,
          archivableAtMs: orders.archivableAtMs,
          archivedVersion: archivedOrders.version,
        })
        .from(orders)
        .leftJoin(archivedOrders, eq(archivedOrders.id, orders.id))
        .where(and(gt(orders.id, afterId as OrderId), lte(orders.id, upToId as OrderId)))
        .orderBy(asc(orders.id))
        .limit(limit),

    async copyPayments(afterId, upToId) {
      const copied = d1.prepare(COPY_PAYMENTS).bind(afterId, upToId);
      return (await copied.all<{ id: OrderId }>()).results.map(({ id }) => id);
    },

    async knownDeliveries(ids) {
      if (ids.length === 0) return new Set();
      const listed = sql`(SELECT value FROM json_each(${JSON.stringify(ids)}))`;
      const rows = await db
        .select({ id: deliveries.id })
        .from(deliveries)
        .where(sql`${deliveries.id} IN ${listed}`);
      return new Set(rows.map(({ id }) => id));
    },

    async record(stock, found, nowMs) {
      const rows = found.map((finding) => toRow(stock, finding, nowMs));
      const writes = jsonChunks(rows).map((json) => d1.prepare(RECORD).bind(json));
      if (writes.length > 0) await d1.batch(writes);
    },

    async finish(stock) {
      await db
        .insert(reconciledStocks)
        .values(stock)
        .onConflictDoUpdate({ target: reconciledStocks.stockNumber, set: stock });
    },
  };
}

function toRow(
  { number, merchantId, productId }: WalkedStock,
  { kind, subject, detail, repaired }: Finding,
  nowMs: number,
): typeof findings.$inferSelect {
  return {
    id: `${number}:${kind}:${subject}`,
    merchantId,
    productId,
    kind,
    subject,
    detail: { ...detail },
    repaired,
    foundAtMs: nowMs,
    seenAtMs: nowMs,
    times: 1,
  };
}
