import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { MerchantId } from "../../domain/ids.ts";
import type { Decided } from "../../domain/settings/shop-settings.ts";
import { merchants } from "../schema.ts";

/** What merchants have decided for their shops (domain/settings/shop-settings.ts); no row: nothing yet. */
export const merchantSettings = sqliteTable("merchant_settings", {
  merchantId: text("merchant_id")
    .$type<MerchantId>()
    .primaryKey()
    .references(() => merchants.id),
  version: integer().notNull(),
  /** Only what was decided, by section; read through settingsOf. */
  decided: text("settings", { mode: "json" }).$type<Decided>().notNull(),
  updatedAtMs: integer("updated_at_ms").notNull(),
});
