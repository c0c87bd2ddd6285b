import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { DisputeState, VisitAct } from "../../domain/payments/dispute.ts";
import type { AccountId, DisputeId, KeyId, MerchantId, OrderId } from "../../domain/ids.ts";
import type { Currency } from "../../domain/money.ts";

/** Cases that gateways opened because a buyer went to them. */
export const disputes = sqliteTable(
  "disputes",
  {
    /** A digest of account and the gateway's number: the same told again is the same row. */
    id: text().$type<DisputeId>().primaryKey(),
    merchantId: text("merchant_id").$type<MerchantId>().notNull(),
    accountId: text("account_id").$type<AccountId>().notNull(),
    tradeNo: text("trade_no").notNull(),
    orderId: text("order_id").$type<OrderId>(),
    disputeNo: text("dispute_no").notNull(),
    state: text().$type<DisputeState>().notNull(),
    amountMinor: integer("amount_minor"),
    currency: text().$type<Currency>(),
    openedAtMs: integer("opened_at_ms").notNull(),
    settledAtMs: integer("settled_at_ms"),
    /** When the gateway said what the state is, by its own clock; 0 where it did not tell. */
    saidAtMs: integer("said_at_ms").notNull().default(0),
    reason: text(),
    evidenceDueAtMs: integer("evidence_due_at_ms"),
    /** When the gateway took our evidence; null until then. */
    evidenceSentAtMs: integer("evidence_sent_at_ms"),
    /** When the order is to be told of the state; null once it has heard. */
    lookAtMs: integer("look_at_ms"),
    looks: integer().notNull().default(0),
  },
  (table) => [
    index("disputes_by_merchant").on(table.merchantId, table.openedAtMs, table.id),
    index("disputes_due")
      .on(table.lookAtMs)
      .where(sql`"look_at_ms" IS NOT NULL`),
  ],
);

/** Who ordered, and who was shown keys, from where: evidence in a dispute (docs/disputes.md). */
export const orderVisits = sqliteTable(
  "order_visits",
  {
    /** A keyed digest of order, act and visitor. */
    id: text().primaryKey(),
    merchantId: text("merchant_id").$type<MerchantId>().notNull(),
    orderId: text("order_id").$type<OrderId>().notNull(),
    act: text().$type<VisitAct>().notNull(),
    /** A Visitor, sealed for this row. */
    sealedVisitor: text("sealed_visitor").notNull(),
    keyIds: text("key_ids", { mode: "json" }).$type<readonly KeyId[]>().notNull(),
    keys: integer().notNull(),
    firstAtMs: integer("first_at_ms").notNull(),
    lastAtMs: integer("last_at_ms").notNull(),
    times: integer().notNull(),
  },
  (table) => [
    index("order_visits_by_order").on(table.orderId, table.firstAtMs, table.id),
    index("order_visits_by_age").on(table.lastAtMs),
  ],
);
