import type { MerchantId, ProductId } from "../ids.ts";
import type { Currency } from "../money.ts";
import type { FieldDefinition, Product } from "./product.ts";
import type { ProductMoney } from "../settings/money.ts";
import { stockNumber } from "./shards.ts";
import {
  termsSchema,
  type DropTerms,
  type HoldCaps,
  type PriceTier,
  type VariantTerms,
} from "./terms.ts";

/** What a merchant decides about a product: all that an edit may change. */
export interface ProductSettings {
  readonly slug: string;
  readonly status: "active" | "closed" | "archived";
  readonly title: string;
  readonly summary: string;
  readonly descriptionMd: string;
  readonly imageUrl: string | null;
  readonly category: string | null;
  readonly priceMinor: number;
  readonly currency: Currency;
  readonly priceTiers: PriceTier[];
  readonly variants: VariantTerms[];
  readonly delivery: "auto" | "manual";
  readonly keySource: "pool" | "generated";
  /** Objects that share the stock. Decided when the product is made: it says where each order is. */
  readonly stockShards: number;
  readonly perOrder: number;
  readonly perBuyer: number | null;
  /** How much may be held unpaid; null: no caps. */
  readonly holdCaps: HoldCaps | null;
  readonly holdSeconds: number;
  /** Rules of its own for money that bought nothing; null: the shop's hold. */
  readonly money: ProductMoney | null;
  readonly opensAtMs: number | null;
  readonly closesAtMs: number | null;
  readonly stockDisplay: "exact" | "level" | "hidden";
  readonly fields: FieldDefinition[];
  readonly paymentMethods: string[];
}

/** A product as D1 keeps it. `version` grows by one at each edit. */
export interface ProductRecord extends ProductSettings {
  readonly id: ProductId;
  readonly number: number;
  readonly merchantId: MerchantId;
  /** Grows with its drops too: they are part of the terms. */
  readonly version: number;
  /** Of its latest drop that was not closed by hand. */
  readonly drop: DropTerms | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** D1 gives the number: it is never used again, because orders carry it. */
export type NewProduct = Omit<ProductRecord, "number" | "drop">;

export interface ProductEdit {
  readonly merchantId: MerchantId;
  readonly id: ProductId;
  /** The version that the editor has read: on top of another one, nothing is saved. */
  readonly version: number;
  readonly settings: ProductSettings;
  readonly atMs: number;
}

/** What a product is when its merchant says no more than slug, title and price. */
export const PRODUCT_DEFAULTS = {
  status: "active",
  summary: "",
  descriptionMd: "",
  imageUrl: null,
  category: null,
  priceTiers: [],
  variants: [],
  delivery: "auto",
  keySource: "pool",
  stockShards: 1,
  perOrder: 10,
  perBuyer: null,
  // Wide enough for a school or a phone network behind one address, too narrow to empty a shop from.
  holdCaps: { perBuyer: 20, perNetwork: 200, networkPercent: 25 },
  holdSeconds: 900,
  money: null,
  opensAtMs: null,
  closesAtMs: null,
  stockDisplay: "level",
  fields: [],
  paymentMethods: [],
} as const satisfies Partial<Record<keyof ProductSettings, unknown>>;

/**
 * The record as the shop knows it. Terms are read through their schema: what an object sells by was
 * never merely believed. Throws when stored JSON does not fit it.
 */
export function toProduct(record: ProductRecord): Product {
  const { id, number, merchantId, slug, summary, descriptionMd, imageUrl, category } = record;
  const { stockDisplay, fields, paymentMethods, createdAtMs, updatedAtMs } = record;
  const terms = termsSchema.parse({
    version: record.version,
    merchantId,
    productId: id,
    productNumber: stockNumber(number, 0),
    ...(record.stockShards > 1 ? { shards: record.stockShards } : {}),
    title: record.title,
    status: record.status,
    delivery: record.delivery,
    keySource: record.keySource,
    currency: record.currency,
    priceMinor: record.priceMinor,
    priceTiers: record.priceTiers,
    variants: record.variants,
    limits: {
      perOrder: record.perOrder,
      perBuyer: record.perBuyer,
      ...(record.holdCaps === null ? {} : { holds: record.holdCaps }),
    },
    holdSeconds: record.holdSeconds,
    saleWindow: { opensAtMs: record.opensAtMs, closesAtMs: record.closesAtMs },
    ...(record.drop === null ? {} : { drop: record.drop }),
    ...(record.money === null ? {} : { money: record.money }),
  });
  return {
    id,
    number,
    merchantId,
    slug,
    summary,
    descriptionMd,
    imageUrl,
    category,
    stockDisplay,
    fields,
    paymentMethods,
    terms,
    createdAtMs,
    updatedAtMs,
  };
}
