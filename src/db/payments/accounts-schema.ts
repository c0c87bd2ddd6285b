import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { AccountId, MerchantId } from "../../domain/ids.ts";
import type { Currency } from "../../domain/money.ts";
import type { BorneBy } from "../../domain/payments/fee.ts";
import type { Surface } from "../../domain/payments/surface.ts";
import { merchants } from "../schema.ts";

/** Accounts at gateways: how a merchant is paid. */
export const paymentAccounts = sqliteTable(
  "payment_accounts",
  {
    id: text().$type<AccountId>().primaryKey(),
    merchantId: text("merchant_id")
      .$type<MerchantId>()
      .notNull()
      .references(() => merchants.id),
    slug: text().notNull(),
    title: text().notNull(),
    gateway: text().notNull(),
    currency: text().$type<Currency>().notNull(),
    /** Credentials as JSON, sealed; write-only over HTTP. */
    sealedCredentials: text("sealed_credentials").notNull(),
    active: integer({ mode: "boolean" }).notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
    updatedAtMs: integer("updated_at_ms").notNull(),
    /** Grows by one at each edit: what If-Match is held against. */
    version: integer().notNull().default(1),
    /** When its credentials were last given; null: when it was made. */
    credentialsAtMs: integer("credentials_at_ms"),
    /** The payment method that it is one account of; null: of its own, by its slug. */
    method: text(),
    feeFixedMinor: integer("fee_fixed_minor").notNull().default(0),
    feeBasisPoints: integer("fee_basis_points").notNull().default(0),
    feeBorneBy: text("fee_borne_by").$type<BorneBy>().notNull().default("merchant"),
    minMinor: integer("min_minor"),
    maxMinor: integer("max_minor"),
    /** Null: everywhere. */
    surfaces: text({ mode: "json" }).$type<Surface[]>(),
    position: integer().notNull().default(0),
    weight: integer().notNull().default(1),
    /** How often its gateway may be asked by the schedule; null: as the gateway's document says. */
    queriesPerMinute: integer("queries_per_minute"),
  },
  (table) => [
    uniqueIndex("payment_accounts_by_slug").on(table.merchantId, table.slug),
    index("payment_accounts_by_gateway").on(table.gateway),
  ],
);
