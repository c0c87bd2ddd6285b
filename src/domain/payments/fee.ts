import { z } from "zod";

/** What a payment costs: a fixed sum in minor units, and parts per 10,000 of the price. */
export const feeRule = z.object({
  fixedMinor: z.int().min(0).max(1_000_000),
  basisPoints: z.int().min(0).max(10_000),
});
export type FeeRule = z.infer<typeof feeRule>;

export const NO_FEE: FeeRule = { fixedMinor: 0, basisPoints: 0 };

/** Who pays it: the buyer, on top of the price, or the merchant, out of it. */
export const BORNE_BY = ["buyer", "merchant"] as const;
export type BorneBy = (typeof BORNE_BY)[number];

const WHOLE = 10_000;

/**
 * The fee on a price, in whole minor units: the share is rounded half up, the fixed part is added after
 * it. Integers throughout: the largest price (1e10) times 10,000 is far below 2^53, so nothing is lost.
 * The share is of the price and not of price and fee: what the gateway keeps of the fee itself is not
 * passed on.
 */
export function feeOf({ fixedMinor, basisPoints }: FeeRule, priceMinor: number): number {
  if (priceMinor === 0) return 0;
  return fixedMinor + Math.floor((priceMinor * basisPoints + WHOLE / 2) / WHOLE);
}
