import { sql } from "drizzle-orm";
import {
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import type {
  AccountId,
  BatchId,
  DeliveryId,
  MerchantId,
  OrderId,
  ProductId,
  TokenId,
} from "../domain/ids.ts";
import type { DeliveryPurpose, DeliveryState } from "../domain/mail/delivery.ts";
import type { Currency } from "../domain/money.ts";
import type { OrderState, Review } from "../domain/order/order.ts";
import type { RiskDecision } from "../domain/risk/risk.ts";
import type { Locale } from "../domain/locale.ts";
import type { FieldDefinition } from "../domain/product/product.ts";
import type { ProductMoney } from "../domain/settings/money.ts";
import type { DropTerms, HoldCaps, PriceTier, VariantTerms } from "../domain/product/terms.ts";
import type {
  HistoryEntry,
  RecordedPayment,
} from "../../durable-objects/product-stock/contract.ts";

/**
 * D1: catalogue, merchants, accounts, tokens (their home), and the order book and deliveries
 * (a copy written behind the sale). Times are milliseconds since 1970 UTC; sums are minor units.
 * What each table holds and how it grows: docs/storage.md.
 */
export const merchants = sqliteTable("merchants", {
  id: text().$type<MerchantId>().primaryKey(),
  slug: text().notNull().unique(),
  name: text().notNull(),
  createdAtMs: integer("created_at_ms").notNull(),
});

export const products = sqliteTable(
  "products",
  {
    /** Names the stock object and stands in every order id; never used again. */
    number: integer().primaryKey({ autoIncrement: true }),
    id: text().$type<ProductId>().notNull().unique(),
    merchantId: text("merchant_id")
      .$type<MerchantId>()
      .notNull()
      .references(() => merchants.id),
    slug: text().notNull(),
    version: integer().notNull(),
    status: text().$type<"active" | "closed" | "archived">().notNull(),
    title: text().notNull(),
    summary: text().notNull(),
    descriptionMd: text("description_md").notNull(),
    imageUrl: text("image_url"),
    category: text(),
    priceMinor: integer("price_minor").notNull(),
    currency: text().$type<Currency>().notNull(),
    priceTiers: text("price_tiers", { mode: "json" }).$type<PriceTier[]>().notNull(),
    variants: text({ mode: "json" }).$type<VariantTerms[]>().notNull(),
    delivery: text().$type<"auto" | "manual">().notNull(),
    keySource: text("key_source").$type<"pool" | "generated">().notNull(),
    stockShards: integer("stock_shards").notNull().default(1),
    perOrder: integer("per_order").notNull(),
    perBuyer: integer("per_buyer"),
    /** Null: no caps on what is held unpaid. */
    holdCaps: text("hold_caps", { mode: "json" }).$type<HoldCaps>(),
    holdSeconds: integer("hold_seconds").notNull(),
    /** Null: the shop's rules hold. */
    money: text({ mode: "json" }).$type<ProductMoney>(),
    opensAtMs: integer("opens_at_ms"),
    closesAtMs: integer("closes_at_ms"),
    /** Of the latest drop, as the terms have it: written with the row of `drops`, its home. */
    drop: text({ mode: "json" }).$type<DropTerms>(),
    stockDisplay: text("stock_display").$type<"exact" | "level" | "hidden">().notNull(),
    fields: text({ mode: "json" }).$type<FieldDefinition[]>().notNull(),
    /** Names of payment methods, in order; empty: all of active accounts. */
    paymentMethods: text("payment_methods", { mode: "json" }).$type<string[]>().notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
    updatedAtMs: integer("updated_at_ms").notNull(),
  },
  (table) => [
    uniqueIndex("products_by_slug").on(table.merchantId, table.slug),
    index("products_listed").on(table.merchantId, table.status, table.number),
  ],
);

/** The order book: every order of every merchant, as of `version`. */
export const orders = sqliteTable(
  "orders",
  {
    id: text().$type<OrderId>().primaryKey(),
    version: integer().notNull(),
    merchantId: text("merchant_id").$type<MerchantId>().notNull(),
    productId: text("product_id").$type<ProductId>().notNull(),
    productTitle: text("product_title").notNull(),
    variantId: text("variant_id"),
    variantTitle: text("variant_title"),
    quantity: integer().notNull(),
    unitPriceMinor: integer("unit_price_minor").notNull(),
    amountMinor: integer("amount_minor").notNull(),
    discountMinor: integer("discount_minor").notNull(),
    /** The buyer's fee, a part of the amount. */
    feeMinor: integer("fee_minor").notNull().default(0),
    currency: text().$type<Currency>().notNull(),
    email: text().notNull(),
    locale: text().$type<Locale>().notNull(),
    fields: text({ mode: "json" }).$type<Record<string, string>>().notNull(),
    lookupHash: text("lookup_hash"),
    paymentAccountId: text("payment_account_id").$type<AccountId>(),
    paymentMethod: text("payment_method"),
    state: text().$type<OrderState>().notNull(),
    placedAtMs: integer("placed_at_ms").notNull(),
    expiresAtMs: integer("expires_at_ms"),
    paidAtMs: integer("paid_at_ms"),
    deliveredAtMs: integer("delivered_at_ms"),
    /** How many keys the order holds; the keys themselves stay in the stock object. */
    keysDelivered: integer("keys_delivered").notNull(),
    history: text({ mode: "json" }).$type<HistoryEntry[]>().notNull(),
    payments: text({ mode: "json" }).$type<RecordedPayment[]>().notNull(),
    /** When it may leave its object for the archive; null while it may not, and once it has left. */
    archivableAtMs: integer("archivable_at_ms"),
    /** What spoke against it; null: nothing. */
    risk: text({ mode: "json" }).$type<RiskDecision>(),
    /** Null: nobody need look at it. */
    review: text().$type<Review>(),
  },
  (table) => [
    index("orders_in_review")
      .on(table.merchantId, table.paidAtMs, table.id)
      .where(sql`"review" = 'asked' AND "state" = 'paid'`),
    index("orders_by_merchant").on(table.merchantId, table.placedAtMs, table.id),
    index("orders_by_state").on(table.merchantId, table.state, table.placedAtMs, table.id),
    index("orders_by_email").on(table.merchantId, table.email, table.placedAtMs),
    index("orders_by_product").on(table.merchantId, table.productId, table.placedAtMs),
    index("orders_archivable")
      .on(table.archivableAtMs)
      .where(sql`"archivable_at_ms" IS NOT NULL`),
  ],
);

/** Orders that left their objects: the only home of their keys. Sealed, like there. */
export const archivedOrders = sqliteTable("archived_orders", {
  id: text().$type<OrderId>().primaryKey(),
  version: integer().notNull(),
  /** An ArchivedOrder, read through db/orders/archived-order.ts. */
  record: text({ mode: "json" }).$type<unknown>().notNull(),
  archivedAtMs: integer("archived_at_ms").notNull(),
});

/** One row per mail that is owed; its id is the dedupe key. */
export const deliveries = sqliteTable(
  "deliveries",
  {
    id: text().$type<DeliveryId>().primaryKey(),
    merchantId: text("merchant_id").$type<MerchantId>().notNull(),
    orderId: text("order_id").$type<OrderId>().notNull(),
    purpose: text().$type<DeliveryPurpose>().notNull(),
    /** 0 for the first mail; each resend by a person is a round of its own. */
    round: integer().notNull(),
    state: text().$type<DeliveryState>().notNull(),
    attempts: integer().notNull(),
    /** Sending: until when this attempt owns the row. Queued, retrying: not before. */
    dueAtMs: integer("due_at_ms").notNull(),
    sender: text(),
    /** What the provider called the mail. */
    messageId: text("message_id"),
    /** Why the last attempt failed, without addresses or contents. */
    lastError: text("last_error"),
    createdAtMs: integer("created_at_ms").notNull(),
    sentAtMs: integer("sent_at_ms"),
  },
  (table) => [
    index("deliveries_by_order").on(table.orderId),
    index("deliveries_due").on(table.state, table.dueAtMs),
  ],
);

export const tokens = sqliteTable(
  "tokens",
  {
    id: text().$type<TokenId>().primaryKey(),
    merchantId: text("merchant_id")
      .$type<MerchantId>()
      .notNull()
      .references(() => merchants.id),
    name: text().notNull(),
    /** SHA-256 of the token, hex: 256 random bits need no slow hash. */
    hash: text().notNull().unique(),
    scopes: text({ mode: "json" }).$type<string[]>().notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
    expiresAtMs: integer("expires_at_ms"),
    lastUsedAtMs: integer("last_used_at_ms"),
    revokedAtMs: integer("revoked_at_ms"),
  },
  (table) => [index("tokens_by_merchant").on(table.merchantId)],
);

/** Key imports as the merchant sees them; the keys are in the stock object. */
export const keyBatches = sqliteTable(
  "key_batches",
  {
    id: text().$type<BatchId>().primaryKey(),
    merchantId: text("merchant_id").$type<MerchantId>().notNull(),
    productId: text("product_id").$type<ProductId>().notNull(),
    label: text(),
    accepted: integer().notNull(),
    duplicates: integer().notNull(),
    rejected: integer().notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
  },
  (table) => [index("key_batches_by_product").on(table.productId, table.createdAtMs)],
);

/** Who did what through the admin API. Never a secret. */
export const auditLog = sqliteTable(
  "audit_log",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    merchantId: text("merchant_id").$type<MerchantId>().notNull(),
    actor: text().notNull(),
    action: text().notNull(),
    subject: text().notNull(),
    detail: text({ mode: "json" }).$type<Record<string, unknown>>().notNull(),
    atMs: integer("at_ms").notNull(),
  },
  (table) => [index("audit_log_by_merchant").on(table.merchantId, table.id)],
);

/** First answers of admin writes, by Idempotency-Key: the same key again gets the same answer. */
export const idempotencyRecords = sqliteTable(
  "idempotency_records",
  {
    merchantId: text("merchant_id").$type<MerchantId>().notNull(),
    operation: text().notNull(),
    key: text().notNull(),
    bodyHash: text("body_hash").notNull(),
    status: integer().notNull(),
    response: text().notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.merchantId, table.operation, table.key] }),
    index("idempotency_records_by_age").on(table.createdAtMs),
  ],
);
