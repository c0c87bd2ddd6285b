import type { Currency } from "../../../domain/money.ts";
import type { ProductRecord } from "../../../domain/product-record.ts";
import type { PriceTier } from "../../../domain/terms.ts";
import { moneyJson, timeJson } from "../../api/json.ts";

/** A product as its merchant sees it: in the very words in which it is written. */
export function productJson(record: ProductRecord) {
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
    limits: { per_order: record.perOrder, per_buyer: record.perBuyer },
    hold_seconds: record.holdSeconds,
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
