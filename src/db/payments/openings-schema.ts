import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { AccountId, OrderId } from "../../domain/ids.ts";

/** What a gateway opened for an order by a call: what to show again, and what to ask it about. */
export const paymentOpenings = sqliteTable(
  "payment_openings",
  {
    orderId: text("order_id").$type<OrderId>().notNull(),
    accountId: text("account_id").$type<AccountId>().notNull(),
    /** Of those scenes that differ by device: one a device. */
    device: text().notNull(),
    /** A PaymentAction as JSON; read through its schema. */
    action: text({ mode: "json" }).$type<unknown>().notNull(),
    reference: text(),
    openedAtMs: integer("opened_at_ms").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.orderId, table.accountId, table.device] }),
    index("payment_openings_by_time").on(table.openedAtMs),
  ],
);
