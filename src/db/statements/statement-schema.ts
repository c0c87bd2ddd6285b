import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { AccountId, MerchantId, OrderId, StatementId } from "../../domain/ids.ts";
import type { Currency } from "../../domain/money.ts";
import type { Payment, PaymentVerdict } from "../../domain/payments/payment.ts";
import type { StatementFindingKind } from "../../domain/statements/judge.ts";
import type { SettledAs } from "../../domain/statements/settlement.ts";
import type { Movement, StatementFormatName } from "../../domain/statements/statement.ts";
import type { StatementSummary } from "../../domain/statements/tally.ts";
import type { StatementPlace } from "../../flows/statements/statement-ports.ts";

/** All money that orders' objects have recorded: the order book's copy, by the gateway's number. */
export const payments = sqliteTable(
  "payments",
  {
    accountId: text("account_id").$type<AccountId>().notNull(),
    tradeNo: text("trade_no").notNull(),
    kind: text().$type<Movement>().notNull(),
    /** Names one refund of several; "" for a payment. */
    refundRef: text("refund_ref").notNull(),
    orderId: text("order_id").$type<OrderId>().notNull(),
    merchantId: text("merchant_id").$type<MerchantId>().notNull(),
    amountMinor: integer("amount_minor").notNull(),
    currency: text().$type<Currency>().notNull(),
    /** Of a payment, what its object made of it; a refund stands here once it is done. */
    verdict: text().$type<PaymentVerdict | "refunded">().notNull(),
    source: text().$type<Payment["source"]>().notNull(),
    reportedAtMs: integer("reported_at_ms").notNull(),
    /** The last statement that it was found in; null until then. */
    statementId: text("statement_id").$type<StatementId>(),
    /** What the gateway calls a refund, where that is not our own name for it. */
    refundNo: text("refund_no"),
  },
  (table) => [
    primaryKey({
      columns: [table.accountId, table.tradeNo, table.kind, table.refundRef, table.orderId],
    }),
    index("payments_unseen")
      .on(table.accountId, table.reportedAtMs, table.tradeNo, table.orderId)
      .where(sql`"statement_id" IS NULL`),
  ],
);

/** Comparisons of a gateway's statement with the books, each upload one. */
export const statements = sqliteTable(
  "statements",
  {
    id: text().$type<StatementId>().primaryKey(),
    merchantId: text("merchant_id").$type<MerchantId>().notNull(),
    accountId: text("account_id").$type<AccountId>().notNull(),
    currency: text().$type<Currency>().notNull(),
    day: text().notNull(),
    format: text().$type<StatementFormatName>().notNull(),
    startedAtMs: integer("started_at_ms").notNull(),
    /** Rows compared so far, and when it last said so: one that has been silent for long broke off. */
    rowsDone: integer("rows_done").notNull(),
    progressAtMs: integer("progress_at_ms").notNull(),
    /** Null until it is done. */
    finishedAtMs: integer("finished_at_ms"),
    /** SHA-256 of the file. */
    digest: text(),
    summary: text({ mode: "json" }).$type<StatementSummary>(),
    /** Of one that is fetched: how far it is, and from when on another invocation may go on; null once it is done. */
    place: text({ mode: "json" }).$type<StatementPlace>(),
    resumeAtMs: integer("resume_at_ms"),
  },
  (table) => [
    index("statements_by_merchant").on(table.merchantId, table.startedAtMs, table.id),
    index("statements_by_account").on(table.accountId, table.day),
    index("statements_paused")
      .on(table.resumeAtMs)
      .where(sql`"resume_at_ms" IS NOT NULL`),
  ],
);

/** What a comparison found, until a person has settled it, and after. */
export const statementFindings = sqliteTable(
  "statement_findings",
  {
    number: integer().primaryKey({ autoIncrement: true }),
    statementId: text("statement_id").$type<StatementId>().notNull(),
    accountId: text("account_id").$type<AccountId>().notNull(),
    kind: text().$type<StatementFindingKind>().notNull(),
    movement: text().$type<Movement>().notNull(),
    line: integer(),
    tradeNo: text("trade_no"),
    refundRef: text("refund_ref").notNull(),
    orderRef: text("order_ref"),
    ourOrder: text("our_order"),
    theirsMinor: integer("theirs_minor"),
    theirsCurrency: text("theirs_currency").$type<Currency>(),
    oursMinor: integer("ours_minor"),
    oursCurrency: text("ours_currency").$type<Currency>(),
    unexplainedMinor: integer("unexplained_minor").notNull(),
    unexplainedKeys: integer("unexplained_keys").notNull(),
    detail: text().notNull(),
    /** How it was settled; null while it is open. */
    settledAs: text("settled_as").$type<SettledAs>(),
    /** A token, "operator", or "books" where a later look at the books settled it. */
    settledBy: text("settled_by"),
    settledAtMs: integer("settled_at_ms"),
    note: text(),
  },
  (table) => [
    index("statement_findings_by_statement").on(table.statementId, table.number),
    index("statement_findings_open")
      .on(table.statementId)
      .where(sql`"settled_at_ms" IS NULL`),
    index("statement_findings_by_trade").on(table.accountId, table.tradeNo),
  ],
);
