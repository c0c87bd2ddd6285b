import type { Money } from "../../domain/money.ts";

/** Sums in coin, as decimal texts: a coin has up to eighteen places, more than a float keeps apart. */

const PLACES = 18;

/** In the smallest unit that any coin has; null for what is no sum. */
export function coinUnits(text: string | undefined): bigint | null {
  const match = /^(\d{1,15})(?:\.(\d{1,18}))?$/.exec(text ?? "");
  if (!match?.[1]) return null;
  return BigInt(match[1] + (match[2] ?? "").padEnd(PLACES, "0"));
}

/**
 * What of the price was paid, where a cashier took another sum in coin than it had asked for: in proportion, and down
 * to the minor unit. More than was asked for is the price.
 */
export function paidPart(price: Money, askedCoin: bigint, paidCoin: bigint): Money {
  if (paidCoin >= askedCoin) return price;
  const part = (BigInt(price.amountMinor) * paidCoin) / askedCoin;
  return { ...price, amountMinor: Number(part) };
}
