import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { DropPolicy } from "../../domain/drop/drop.ts";
import type { DropId, MerchantId, ProductId } from "../../domain/ids.ts";
import { merchants, products } from "../schema.ts";

/** Flash sales, their home. What an object must know of the latest one is in its product's row too. */
export const drops = sqliteTable(
  "drops",
  {
    number: integer().primaryKey({ autoIncrement: true }),
    id: text().$type<DropId>().notNull().unique(),
    merchantId: text("merchant_id")
      .$type<MerchantId>()
      .notNull()
      .references(() => merchants.id),
    productId: text("product_id")
      .$type<ProductId>()
      .notNull()
      .references(() => products.id),
    version: integer().notNull(),
    opensAtMs: integer("opens_at_ms").notNull(),
    closesAtMs: integer("closes_at_ms").notNull(),
    quantity: integer().notNull(),
    perBuyer: integer("per_buyer"),
    holdSeconds: integer("hold_seconds").notNull(),
    policy: text({ mode: "json" }).$type<DropPolicy>().notNull(),
    /** What was promised of the seed (docs/drop.md), hex: written once, with the sealed seed. */
    commitment: text("seed_commitment").notNull(),
    sealedSeed: text("sealed_seed").notNull(),
    /** When the merchant closed it before its time. */
    closedAtMs: integer("closed_at_ms"),
    createdAtMs: integer("created_at_ms").notNull(),
    updatedAtMs: integer("updated_at_ms").notNull(),
  },
  (table) => [index("drops_by_merchant").on(table.merchantId, table.number)],
);
