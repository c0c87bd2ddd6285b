import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AMOUNT_MINOR_MAX } from "../../../src/domain/money.ts";
import { quote } from "../../../src/domain/product/pricing.ts";
import {
  QUANTITY_MAX,
  TIERS_MAX,
  type PriceTier,
  type Terms,
} from "../../../src/domain/product/terms.ts";
import { terms, VARIANTS } from "../../store/fixtures.ts";

/** Small enough that no order passes the largest sum: 1,000 pieces of 9,999,999. */
const price = fc.integer({ min: 0, max: 9_999_999 });
const tiers: fc.Arbitrary<PriceTier[]> = fc.uniqueArray(
  fc.record({ minQuantity: fc.integer({ min: 2, max: QUANTITY_MAX }), unitPriceMinor: price }),
  { maxLength: TIERS_MAX, selector: (tier) => tier.minQuantity },
);
const quantity = fc.integer({ min: 1, max: QUANTITY_MAX });

const sold = (of: Partial<Terms>, count: number, variantId: string | null = null) => {
  const quoted = quote(terms(of), variantId, count);
  if (!quoted.ok) throw new Error(quoted.error.reason);
  return quoted.value;
};

describe("the price of an order", () => {
  test("is a whole number of minor units: the unit price times the quantity", () => {
    fc.assert(
      fc.property(price, tiers, quantity, (priceMinor, priceTiers, count) => {
        const quoted = sold({ priceMinor, priceTiers }, count);
        expect(quoted.amountMinor).toBe(quoted.unitPriceMinor * count);
        expect(Number.isSafeInteger(quoted.amountMinor)).toBe(true);
      }),
    );
  });

  test("is the base price below every tier, and the largest reached tier's above", () => {
    fc.assert(
      fc.property(price, tiers, quantity, (priceMinor, priceTiers, count) => {
        const reached = priceTiers
          .filter((tier) => tier.minQuantity <= count)
          .toSorted((a, b) => b.minQuantity - a.minQuantity);
        const { unitPriceMinor } = sold({ priceMinor, priceTiers }, count);
        expect(unitPriceMinor).toBe(reached[0]?.unitPriceMinor ?? priceMinor);
      }),
    );
  });

  test("does not depend on the order in which tiers are listed", () => {
    const shuffled = tiers.chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }),
      ),
    );
    fc.assert(
      fc.property(price, shuffled, quantity, (priceMinor, [listed, mixed], count) => {
        const other = sold({ priceMinor, priceTiers: mixed }, count);
        expect(sold({ priceMinor, priceTiers: listed }, count)).toEqual(other);
      }),
    );
  });

  test("and the discount are together the undiscounted sum, where a tier is cheaper", () => {
    fc.assert(
      fc.property(price, tiers, quantity, (priceMinor, priceTiers, count) => {
        const { amountMinor, discountMinor, unitPriceMinor } = sold(
          { priceMinor, priceTiers },
          count,
        );
        if (unitPriceMinor <= priceMinor)
          expect(amountMinor + discountMinor).toBe(priceMinor * count);
        else expect(discountMinor).toBe(0);
      }),
    );
  });

  test("begins a tier at its minimum and not one below", () => {
    const priceTiers = [{ minQuantity: 5, unitPriceMinor: 700 }];
    expect(sold({ priceTiers }, 4).unitPriceMinor).toBe(1_000);
    expect(sold({ priceTiers }, 5).unitPriceMinor).toBe(700);
  });

  test("that is above the largest sum is refused, the largest itself is not", () => {
    expect(sold({ priceMinor: AMOUNT_MINOR_MAX }, 1).amountMinor).toBe(AMOUNT_MINOR_MAX);
    expect(quote(terms({ priceMinor: AMOUNT_MINOR_MAX }), null, 2)).toEqual({
      ok: false,
      error: { reason: "amount_too_large", limitMinor: AMOUNT_MINOR_MAX },
    });
  });
});

describe("variants", () => {
  test("a variant's own price and tiers hold, not the product's", () => {
    const quoted = sold(
      { variants: VARIANTS, priceTiers: [{ minQuantity: 2, unitPriceMinor: 1 }] },
      2,
      "y",
    );
    expect(quoted).toMatchObject({
      unitPriceMinor: 3_000,
      amountMinor: 6_000,
      variant: { id: "y" },
    });
  });

  test("one must be named where there are some, and it must be one of them", () => {
    const variants = ["m", "y"];
    expect(quote(terms({ variants: VARIANTS }), null, 1)).toEqual({
      ok: false,
      error: { reason: "variant_required", variants },
    });
    expect(quote(terms({ variants: VARIANTS }), "d", 1)).toEqual({
      ok: false,
      error: { reason: "variant_unknown", variants },
    });
    expect(quote(terms(), "m", 1)).toEqual({
      ok: false,
      error: { reason: "variant_unknown", variants: [] },
    });
  });
});
