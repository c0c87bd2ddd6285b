import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { AccountId } from "../../domain/ids.ts";

/** What isolates saw of an account's gateway within an hour, added up (domain/payments/health.ts). */
export const paymentAccountHealth = sqliteTable(
  "payment_account_health",
  {
    accountId: text("account_id").$type<AccountId>().notNull(),
    /** When the hour began. */
    hourAtMs: integer("hour_at_ms").notNull(),
    calls: integer().notNull(),
    failures: integer().notNull(),
    totalMs: integer("total_ms").notNull(),
    slowestMs: integer("slowest_ms").notNull(),
    lastSuccessAtMs: integer("last_success_at_ms"),
    lastFailureAtMs: integer("last_failure_at_ms"),
    lastFailure: text("last_failure"),
    lastNoticeAtMs: integer("last_notice_at_ms"),
  },
  (table) => [
    primaryKey({ columns: [table.accountId, table.hourAtMs] }),
    index("payment_account_health_by_time").on(table.hourAtMs),
  ],
);
