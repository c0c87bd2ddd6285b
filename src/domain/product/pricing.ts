import { AMOUNT_MINOR_MAX, type Currency } from "../money.ts";
import { err, ok, type Result } from "../result.ts";
import type { PriceTier, Terms, VariantTerms } from "./terms.ts";

export interface Quote {
  readonly variant: VariantTerms | null;
  readonly unitPriceMinor: number;
  readonly amountMinor: number;
  readonly discountMinor: number;
  readonly currency: Currency;
}

export type QuoteRefusal =
  | { reason: "variant_required"; variants: string[] }
  | { reason: "variant_unknown"; variants: string[] }
  | { reason: "amount_too_large"; limitMinor: number };

/**
 * The price of an order by the terms: the one place a price is made. The edge quotes with the terms
 * it has and the object quotes again with its own; a client's figure is never an input.
 */
export function quote(
  terms: Terms,
  variantId: string | null,
  quantity: number,
): Result<Quote, QuoteRefusal> {
  const variants = terms.variants.map((variant) => variant.id);
  if (variantId === null && variants.length > 0)
    return err({ reason: "variant_required", variants });
  const variant = terms.variants.find((candidate) => candidate.id === variantId) ?? null;
  if (variantId !== null && variant === null) return err({ reason: "variant_unknown", variants });

  const { priceMinor, priceTiers } = variant ?? terms;
  const unitPriceMinor = unitPrice(priceMinor, priceTiers, quantity);
  const amountMinor = unitPriceMinor * quantity;
  if (amountMinor > AMOUNT_MINOR_MAX) {
    return err({ reason: "amount_too_large", limitMinor: AMOUNT_MINOR_MAX });
  }
  const discountMinor = Math.max(0, (priceMinor - unitPriceMinor) * quantity);
  return ok({ variant, unitPriceMinor, amountMinor, discountMinor, currency: terms.currency });
}

/**
 * The least and the largest price that an order of the product may have. Within a tier a price grows with
 * the quantity, so its ends are all that matter.
 */
export function priceRange(terms: Terms): {
  readonly leastMinor: number;
  readonly mostMinor: number;
} {
  const { perOrder } = terms.limits;
  const priced = terms.variants.length === 0 ? [terms] : terms.variants;
  const sums = priced.flatMap(({ priceMinor, priceTiers }) => {
    const ends = priceTiers.flatMap(({ minQuantity }) => [minQuantity - 1, minQuantity]);
    const quantities = [1, perOrder, ...ends].filter((each) => each >= 1 && each <= perOrder);
    return quantities.map((each) => each * unitPrice(priceMinor, priceTiers, each));
  });
  return { leastMinor: Math.min(...sums), mostMinor: Math.max(...sums) };
}

/** The tier with the largest minimum that the quantity reaches; tiers may stand in any order. */
function unitPrice(baseMinor: number, tiers: readonly PriceTier[], quantity: number): number {
  let reached: PriceTier | null = null;
  for (const tier of tiers) {
    if (tier.minQuantity > quantity) continue;
    if (reached === null || tier.minQuantity > reached.minQuantity) reached = tier;
  }
  return reached?.unitPriceMinor ?? baseMinor;
}
