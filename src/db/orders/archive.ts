import { and, asc, lte, isNotNull } from "drizzle-orm";
import type { Archive } from "../../flows/ports.ts";
import { archivedOrder } from "./archived-order.ts";
import { excludedColumns, insertFromJson, jsonChunks } from "../bulk.ts";
import type { Db } from "../db.ts";
import { archivedOrders, orders } from "../schema.ts";

/** An older record never takes the place of a newer one: an order may leave, come back and leave. */
const KEEP = `${insertFromJson(archivedOrders)}
  ON CONFLICT ("id") DO UPDATE SET ${excludedColumns(archivedOrders, ["id"])}
  WHERE excluded."version" > "archived_orders"."version"`;

const READ = `SELECT "record" FROM "archived_orders"
  WHERE "id" IN (SELECT value FROM json_each(?1))`;

/** A row that the book has moved on from has a time of its own. */
const RESCHEDULE = `UPDATE "orders" SET "archivable_at_ms" = ?2 FROM json_each(?1) AS given
  WHERE "orders"."id" = given.value ->> 'id' AND "orders"."version" = given.value ->> 'version'`;

/** Bulk statements go past Drizzle, whose statements bind each value. */
export function makeArchive(db: Db & { readonly $client: D1Database }): Archive {
  const d1 = db.$client;
  return {
    due: (nowMs, limit) =>
      db
        .select({ id: orders.id, version: orders.version })
        .from(orders)
        .where(and(isNotNull(orders.archivableAtMs), lte(orders.archivableAtMs, nowMs)))
        .orderBy(asc(orders.archivableAtMs))
        .limit(limit),

    async keep(records, nowMs) {
      const rows = records.map((record) => ({
        id: record.order.id,
        version: record.order.version,
        record,
        archivedAtMs: nowMs,
      }));
      const writes = jsonChunks(rows).map((json) => d1.prepare(KEEP).bind(json));
      if (writes.length > 0) await d1.batch(writes);
    },

    async read(ids) {
      if (ids.length === 0) return [];
      const { results } = await d1
        .prepare(READ)
        .bind(JSON.stringify(ids))
        .all<{ record: string }>();
      return results.map(({ record }) => archivedOrder.parse(JSON.parse(record)));
    },

    async reschedule(versions, atMs) {
      if (versions.length === 0) return;
      await d1.prepare(RESCHEDULE).bind(JSON.stringify(versions), atMs).run();
    },
  };
}
