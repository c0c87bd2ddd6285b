import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { AccountId, MerchantId, StatementId } from "../../domain/ids.ts";
import type { FetchState } from "../../domain/statements/nightly.ts";

/** Statements that the schedule fetches, or has fetched: one a day of each account whose gateway has an API for it. */
export const statementFetches = sqliteTable(
  "statement_fetches",
  {
    accountId: text("account_id").$type<AccountId>().notNull(),
    /** On the gateway's calendar. */
    day: text().notNull(),
    merchantId: text("merchant_id").$type<MerchantId>().notNull(),
    gateway: text().notNull(),
    state: text().$type<FetchState>().notNull(),
    /** When it is asked for; null once it has ended. Who asks moves it on first, so that no two ask at a time. */
    dueAtMs: integer("due_at_ms"),
    /** In a row. */
    failures: integer().notNull(),
    /** The report; null until there is one. */
    statementId: text("statement_id").$type<StatementId>(),
    /** What came of the last try that brought no report: the gateway's word, or why the file was unfit. */
    answer: text(),
  },
  (table) => [
    primaryKey({ columns: [table.accountId, table.day] }),
    index("statement_fetches_due")
      .on(table.dueAtMs)
      .where(sql`"due_at_ms" IS NOT NULL`),
    index("statement_fetches_planned").on(table.gateway, table.day),
    index("statement_fetches_by_merchant").on(table.merchantId, table.day, table.accountId),
  ],
);
