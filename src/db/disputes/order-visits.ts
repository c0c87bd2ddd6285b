import { asc, eq, inArray, lt } from "drizzle-orm";
import type { OrderId } from "../../domain/ids.ts";
import type { SealedVisit } from "../../domain/payments/dispute.ts";
import { insertFromJson, jsonChunks } from "../bulk.ts";
import type { Db } from "../db.ts";
import { orderVisits } from "./disputes-schema.ts";

/** More visitors than an order has, and little to keep: whoever holds its link may come as many. */
const VISITS_PER_ORDER_MAX = 100;

const WRITE = `${insertFromJson(orderVisits)} ON CONFLICT ("id") DO UPDATE SET
  "times" = "order_visits"."times" + excluded."times",
  "first_at_ms" = min("order_visits"."first_at_ms", excluded."first_at_ms"),
  "last_at_ms" = max("order_visits"."last_at_ms", excluded."last_at_ms"),
  "key_ids" = CASE WHEN excluded."keys" > 0 THEN excluded."key_ids" ELSE "order_visits"."key_ids" END,
  "keys" = max("order_visits"."keys", excluded."keys")`;

/** The earliest stay: a buyer who is about to say that they never saw a key cannot push out that they did. */
const TRIM = `DELETE FROM "order_visits" WHERE "id" IN (SELECT "id" FROM (
  SELECT "id", row_number() OVER (PARTITION BY "order_id" ORDER BY "first_at_ms", "id") AS "place"
  FROM "order_visits" WHERE "order_id" IN (SELECT value ->> 'orderId' FROM json_each(?1)))
  WHERE "place" > ${VISITS_PER_ORDER_MAX})`;

/** The log of visits in D1. */
export function makeVisitBook(db: Db & { readonly $client: D1Database }) {
  const d1 = db.$client;
  return {
    /** Rows of different ids. */
    async write(rows: readonly SealedVisit[]): Promise<void> {
      const statements = jsonChunks(rows).flatMap((json) => [
        d1.prepare(WRITE).bind(json),
        d1.prepare(TRIM).bind(json),
      ]);
      if (statements.length > 0) await d1.batch(statements);
    },

    ofOrder: (orderId: OrderId): Promise<SealedVisit[]> =>
      db
        .select()
        .from(orderVisits)
        .where(eq(orderVisits.orderId, orderId))
        .orderBy(asc(orderVisits.firstAtMs), asc(orderVisits.id)),

    /** Answers how many. */
    async forgetBefore(beforeMs: number, limit: number): Promise<number> {
      const old = db
        .select({ id: orderVisits.id })
        .from(orderVisits)
        .where(lt(orderVisits.lastAtMs, beforeMs))
        .orderBy(orderVisits.lastAtMs)
        .limit(limit);
      const { meta } = await db.delete(orderVisits).where(inArray(orderVisits.id, old)).run();
      return meta.changes;
    },
  };
}
