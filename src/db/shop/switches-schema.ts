import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** What the operator has switched off, a row a part; on again, the row goes (the audit log remembers). */
export const switches = sqliteTable("switches", {
  part: text().primaryKey(),
  reason: text().notNull(),
  /** When it is on again by itself; null: when somebody says so. */
  untilMs: integer("until_ms"),
  setBy: text("set_by").notNull(),
  setAtMs: integer("set_at_ms").notNull(),
});
