import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { MerchantId, RiskListEntryId } from "../../domain/ids.ts";
import type { RiskList, RiskListKind } from "../../domain/risk/risk-lists.ts";
import { merchants } from "../schema.ts";

/** Whom a merchant lets in or keeps out; one row for each value, on one of the lists. */
export const riskListEntries = sqliteTable(
  "risk_list_entries",
  {
    id: text().$type<RiskListEntryId>().primaryKey(),
    merchantId: text("merchant_id")
      .$type<MerchantId>()
      .notNull()
      .references(() => merchants.id),
    list: text().$type<RiskList>().notNull(),
    kind: text().$type<RiskListKind>().notNull(),
    value: text().notNull(),
    note: text().notNull(),
    /** Null: for good. */
    expiresAtMs: integer("expires_at_ms"),
    createdAtMs: integer("created_at_ms").notNull(),
  },
  (table) => [
    uniqueIndex("risk_list_entries_by_value").on(table.merchantId, table.kind, table.value),
    index("risk_list_entries_expiring")
      .on(table.expiresAtMs)
      .where(sql`expires_at_ms is not null`),
  ],
);
