import { CURRENCIES, type Money } from "../../../domain/money.ts";

/** Stripe's smallest units are ours, for every currency that we sell in. Null for any other. */
export function stripeMoney(
  amount: number | null | undefined,
  currency: string | null | undefined,
): Money | null {
  const known = CURRENCIES.find((candidate) => candidate.toLowerCase() === currency);
  const isSum = typeof amount === "number" && Number.isSafeInteger(amount) && amount >= 0;
  return known === undefined || !isSum ? null : { amountMinor: amount, currency: known };
}
