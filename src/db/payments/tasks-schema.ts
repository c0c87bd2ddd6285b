import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { AccountId, MerchantId, OrderId } from "../../domain/ids.ts";
import type { Currency } from "../../domain/money.ts";
import type { TaskReason } from "../../domain/payments/money-policy.ts";

/** Payments that have not simply bought something: what the policy looks at, and what a person must do. */
export const tasks = sqliteTable(
  "tasks",
  {
    number: integer().primaryKey({ autoIncrement: true }),
    merchantId: text("merchant_id").$type<MerchantId>().notNull(),
    orderId: text("order_id").$type<OrderId>().notNull(),
    accountId: text("account_id").$type<AccountId>().notNull(),
    tradeNo: text("trade_no").notNull(),
    reason: text().$type<TaskReason>().notNull(),
    amountMinor: integer("amount_minor").notNull(),
    currency: text().$type<Currency>().notNull(),
    paidAtMs: integer("paid_at_ms").notNull(),
    /** `policy` until it has decided; `open`: a person must; then `done`. */
    state: text().$type<"policy" | "open" | "done">().notNull(),
    /** When the policy looks; null unless the state is `policy`. */
    lookAtMs: integer("look_at_ms"),
    /** Why it came to a person, or what a gateway said. */
    because: text(),
    /** Until when a person is to have acted: what the buyer was told, or until when the gateway takes evidence. */
    dueAtMs: integer("due_at_ms"),
    note: text(),
    doneAtMs: integer("done_at_ms"),
  },
  (table) => [
    uniqueIndex("tasks_of_payment").on(table.orderId, table.accountId, table.tradeNo, table.reason),
    index("tasks_due")
      .on(table.lookAtMs)
      .where(sql`"look_at_ms" IS NOT NULL`),
    index("tasks_open")
      .on(table.merchantId, table.number)
      .where(sql`"state" = 'open'`),
  ],
);
