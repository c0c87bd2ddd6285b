import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Queue messages that ran out of tries: parked, shown by /readyz, sent again by the schedule. */
export const parkedMessages = sqliteTable("parked_messages", {
  /** Queue and what it was about, so that parking twice is one row. */
  id: text().primaryKey(),
  queue: text().notNull(),
  body: text({ mode: "json" }).$type<unknown>().notNull(),
  parkedAtMs: integer("parked_at_ms").notNull(),
});
