import type { Listing } from "../../domain/product.ts";
import type { PriceTier } from "../../domain/terms.ts";
import type { Currency } from "../../domain/money.ts";
import type { Shown } from "../../platform/availability.ts";
import { moneyJson, timeJson } from "./json.ts";

/** A product of the catalogue, as the HTTP contract shows it to buyers. */
export function productJson({ product, methods }: Listing, shown: Shown) {
  const { terms } = product;
  const { currency, saleWindow } = terms;
  return {
    id: product.id,
    slug: product.slug,
    title: terms.title,
    summary: product.summary,
    image_url: product.imageUrl,
    category: product.category,
    price: moneyJson({ amountMinor: terms.priceMinor, currency }),
    price_tiers: tiersJson(terms.priceTiers, currency),
    variants: terms.variants.map((variant) => ({
      id: variant.id,
      title: variant.title,
      price: moneyJson({ amountMinor: variant.priceMinor, currency }),
      price_tiers: tiersJson(variant.priceTiers, currency),
      available: product.stockDisplay === "exact" ? shown.freeFor(variant.id) : null,
    })),
    availability: shown.availability,
    available: product.stockDisplay === "exact" ? shown.free : null,
    drop: null,
    sale_window: {
      opens_at: timeJson(saleWindow.opensAtMs),
      closes_at: timeJson(saleWindow.closesAtMs),
    },
    delivery: terms.delivery,
    payment_methods: methods.map((method) => method.slug),
    limits: { per_order: terms.limits.perOrder, per_buyer: terms.limits.perBuyer },
    fields: product.fields.map(({ id, label, required, maxLength }) => ({
      id,
      label,
      required,
      max_length: maxLength,
    })),
  };
}

function tiersJson(tiers: readonly PriceTier[], currency: Currency) {
  return tiers.map(({ minQuantity, unitPriceMinor }) => ({
    min_quantity: minQuantity,
    unit_price: moneyJson({ amountMinor: unitPriceMinor, currency }),
  }));
}
