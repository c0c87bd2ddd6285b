import type { Currency } from "../../../domain/money.ts";
import type { ProductRecord } from "../../../domain/product/product-record.ts";
import type { PriceTier } from "../../../domain/product/terms.ts";
import { z } from "zod";
import { instant, money, moneyJson, timeJson, type Json } from "../../api/json.ts";
import { priceTiersShape } from "../../api/product-json.ts";
import { productMoneyJson, productMoneyShape } from "./money-json.ts";

export const productShape = z
  .object({
    id: z.string().startsWith("prd_"),
    slug: z.string(),
    title: z.string(),
    summary: z.string(),
    description_md: z.string(),
    image_url: z.string().nullable(),
    category: z.string().nullable(),
    price: money,
    price_tiers: priceTiersShape,
    variants: z.array(
      z.object({ id: z.string(), title: z.string(), price: money, price_tiers: priceTiersShape }),
    ),
    delivery: z.enum(["auto", "manual"]),
    key_source: z.enum(["pool", "generated"]),
    stock_shards: z.int().describe("Objects that share the stock."),
    limits: z.object({
      per_order: z.int(),
      per_buyer: z.int().nullable(),
      holds: z
        .object({
          per_buyer: z.int().nullable(),
          per_network: z.int().nullable(),
          network_percent: z.int().nullable(),
        })
        .nullable()
        .describe("Keys that may be held unpaid at once."),
    }),
    hold_seconds: z.int(),
    money: productMoneyShape,
    sale_window: z.object({ opens_at: instant.nullable(), closes_at: instant.nullable() }),
    stock_display: z.enum(["exact", "level", "hidden"]),
    fields: z.array(
      z.object({
        id: z.string(),
        label: z.string(),
        required: z.boolean(),
        max_length: z.int(),
      }),
    ),
    payment_methods: z.array(z.string()).describe("Empty: every active account."),
    status: z.enum(["active", "closed", "archived"]),
    version: z.int().describe("What If-Match of the next edit says."),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: "MerchantProduct", description: "A product in the words in which it is written." });

/** A product as its merchant sees it: in the very words in which it is written. */
export function productJson(record: ProductRecord): Json<typeof productShape> {
  const { currency } = record;
  return {
    id: record.id,
    slug: record.slug,
    title: record.title,
    summary: record.summary,
    description_md: record.descriptionMd,
    image_url: record.imageUrl,
    category: record.category,
    price: moneyJson({ amountMinor: record.priceMinor, currency }),
    price_tiers: tiersJson(record.priceTiers, currency),
    variants: record.variants.map(({ id, title, priceMinor, priceTiers }) => ({
      id,
      title,
      price: moneyJson({ amountMinor: priceMinor, currency }),
      price_tiers: tiersJson(priceTiers, currency),
    })),
    delivery: record.delivery,
    key_source: record.keySource,
    stock_shards: record.stockShards,
    limits: {
      per_order: record.perOrder,
      per_buyer: record.perBuyer,
      holds:
        record.holdCaps === null
          ? null
          : {
              per_buyer: record.holdCaps.perBuyer,
              per_network: record.holdCaps.perNetwork,
              network_percent: record.holdCaps.networkPercent,
            },
    },
    hold_seconds: record.holdSeconds,
    money: productMoneyJson(record.money),
    sale_window: { opens_at: timeJson(record.opensAtMs), closes_at: timeJson(record.closesAtMs) },
    stock_display: record.stockDisplay,
    fields: record.fields.map(({ id, label, required, maxLength }) => ({
      id,
      label,
      required,
      max_length: maxLength,
    })),
    payment_methods: record.paymentMethods,
    status: record.status,
    version: record.version,
    created_at: timeJson(record.createdAtMs),
    updated_at: timeJson(record.updatedAtMs),
  };
}

function tiersJson(tiers: readonly PriceTier[], currency: Currency) {
  return tiers.map(({ minQuantity, unitPriceMinor }) => ({
    min_quantity: minQuantity,
    unit_price: moneyJson({ amountMinor: unitPriceMinor, currency }),
  }));
}
