import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type {
  Finding,
  FindingKind,
} from "../../../durable-objects/product-stock/reconcile-contract.ts";
import type { MerchantId, ProductId } from "../../domain/ids.ts";

/** What reconcile found, each thing once: kept until nobody has seen it for months. */
export const findings = sqliteTable(
  "findings",
  {
    /** The stock object, the kind and the subject. */
    id: text().primaryKey(),
    merchantId: text("merchant_id").$type<MerchantId>().notNull(),
    productId: text("product_id").$type<ProductId>().notNull(),
    kind: text().$type<FindingKind>().notNull(),
    subject: text().notNull(),
    detail: text({ mode: "json" }).$type<Finding["detail"]>().notNull(),
    repaired: integer({ mode: "boolean" }).notNull(),
    foundAtMs: integer("found_at_ms").notNull(),
    seenAtMs: integer("seen_at_ms").notNull(),
    times: integer().notNull(),
  },
  (table) => [index("findings_by_time").on(table.seenAtMs, table.id)],
);

/** Each stock object as it was when reconcile last came to its end. */
export const reconciledStocks = sqliteTable(
  "reconciled_stocks",
  {
    stockNumber: integer("stock_number").primaryKey(),
    startedAtMs: integer("started_at_ms").notNull(),
    checkedAtMs: integer("checked_at_ms").notNull(),
    orders: integer().notNull(),
    keys: integer().notNull(),
    /** Findings of this walk that nothing repaired. */
    open: integer().notNull(),
    outboxRows: integer("outbox_rows").notNull(),
    oldestOutboxAtMs: integer("oldest_outbox_at_ms"),
  },
  (table) => [
    index("reconciled_stocks_behind")
      .on(table.oldestOutboxAtMs)
      .where(sql`"oldest_outbox_at_ms" IS NOT NULL`),
  ],
);

/** How far reconcile has come: one row. */
export const reconcilePlace = sqliteTable("reconcile_place", {
  one: integer().primaryKey(),
  place: text({ mode: "json" }).$type<unknown>().notNull(),
});
