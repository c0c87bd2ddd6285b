import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { AccountId, MerchantId, NoticeId } from "../../domain/ids.ts";
import type { Currency } from "../../domain/money.ts";
import type { CheckVerdict, NoticeVerdict } from "../../domain/payments/notice.ts";

/** The inbox: what gateways told us, once each, with what was made of it (docs/payments.md). */
export const paymentNotices = sqliteTable(
  "payment_notices",
  {
    /** A digest of whose notice it is and what it says: the same again is the same row. */
    id: text().$type<NoticeId>().primaryKey(),
    merchantId: text("merchant_id").$type<MerchantId>().notNull(),
    accountId: text("account_id").$type<AccountId>().notNull(),
    tradeNo: text("trade_no").notNull(),
    orderRef: text("order_ref").notNull(),
    amountMinor: integer("amount_minor"),
    currency: text().$type<Currency>(),
    verdict: text().$type<NoticeVerdict>().notNull(),
    source: text().$type<"notice" | "query">().notNull().default("notice"),
    /** False for what was forged, or not to be told from it with the credentials of that moment. */
    genuine: integer({ mode: "boolean" }).notNull().default(true),
    /** Whether an order of the merchant's has it; null where none was asked. */
    matched: integer({ mode: "boolean" }),
    /** A person must look. */
    attention: integer({ mode: "boolean" }).notNull().default(true),
    checks: text({ mode: "json" }).$type<readonly CheckVerdict[]>().notNull().default([]),
    /** The raw material, sealed for this row: it holds what buyers told the gateway. Null: too long. */
    sealedRaw: text("sealed_raw"),
    /** The first time. */
    receivedAtMs: integer("received_at_ms").notNull(),
    lastReceivedAtMs: integer("last_received_at_ms").notNull().default(0),
    times: integer().notNull().default(1),
    replayedAtMs: integer("replayed_at_ms"),
    expiresAtMs: integer("expires_at_ms").notNull().default(0),
  },
  (table) => [
    index("payment_notices_newest").on(table.merchantId, table.receivedAtMs, table.id),
    index("payment_notices_by_trade").on(table.merchantId, table.tradeNo),
    index("payment_notices_by_order").on(table.merchantId, table.orderRef),
    index("payment_notices_attention")
      .on(table.merchantId, table.receivedAtMs, table.id)
      .where(sql`"attention" = 1`),
    index("payment_notices_unheard")
      .on(table.receivedAtMs)
      .where(sql`"verdict" = 'refunded' AND "attention" = 1 AND "matched" IS NULL`),
    index("payment_notices_forged")
      .on(table.accountId, table.receivedAtMs)
      .where(sql`"genuine" = 0`),
    index("payment_notices_expiring").on(table.expiresAtMs),
  ],
);
