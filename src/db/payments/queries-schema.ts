import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { AccountId, MerchantId, OrderId } from "../../domain/ids.ts";
import type { Currency } from "../../domain/money.ts";
import type { Lane } from "../../domain/payments/query-rhythm.ts";

/** Orders whose gateway is asked whether they were paid: written with the order book, gone with the money. */
export const paymentQueries = sqliteTable(
  "payment_queries",
  {
    orderId: text("order_id").$type<OrderId>().primaryKey(),
    merchantId: text("merchant_id").$type<MerchantId>().notNull(),
    accountId: text("account_id").$type<AccountId>().notNull(),
    amountMinor: integer("amount_minor").notNull(),
    currency: text().$type<Currency>().notNull(),
    placedAtMs: integer("placed_at_ms").notNull(),
    deadlineMs: integer("deadline_ms").notNull(),
    /** Who asks moves it on first, so that no two ask at a time. */
    dueAtMs: integer("due_at_ms").notNull(),
    /** In a row. */
    failures: integer().notNull(),
    /** Who goes first where more are due than may be asked about (domain/payments/query-rhythm.ts). */
    lane: integer().$type<Lane>().notNull().default(1),
  },
  (table) => [index("payment_queries_in_turn").on(table.accountId, table.lane, table.dueAtMs)],
);
