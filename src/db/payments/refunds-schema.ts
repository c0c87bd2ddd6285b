import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { AccountId, MerchantId, OrderId, RefundId } from "../../domain/ids.ts";
import type { Currency } from "../../domain/money.ts";
import type { Refund } from "../../domain/payments/refund.ts";

/** The order book's copy of all refunds, and when the gateway of one that has no end is asked again. */
export const refunds = sqliteTable(
  "refunds",
  {
    id: text().$type<RefundId>().primaryKey(),
    orderId: text("order_id").$type<OrderId>().notNull(),
    merchantId: text("merchant_id").$type<MerchantId>().notNull(),
    accountId: text("account_id").$type<AccountId>().notNull(),
    tradeNo: text("trade_no").notNull(),
    amountMinor: integer("amount_minor").notNull(),
    currency: text().$type<Currency>().notNull(),
    state: text().$type<Refund["state"]>().notNull(),
    method: text().$type<Refund["method"]>().notNull(),
    keys: text().$type<Refund["keys"]>().notNull(),
    reason: text().notNull(),
    refundNo: text("refund_no"),
    refusal: text(),
    askedAtMs: integer("asked_at_ms").notNull(),
    settledAtMs: integer("settled_at_ms"),
    /** The order's, as of which this is. */
    version: integer().notNull(),
    tries: integer().notNull(),
    /** When it is asked for again; null once it has ended. */
    askAtMs: integer("ask_at_ms"),
  },
  (table) => [
    index("refunds_due")
      .on(table.askAtMs)
      .where(sql`"ask_at_ms" IS NOT NULL`),
    index("refunds_by_merchant").on(table.merchantId, table.askedAtMs, table.id),
  ],
);
