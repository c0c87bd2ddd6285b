import { err, ok, type Result } from "./result.ts";

/** A sum in the currency's minor unit (fen, cent, yen): always an integer, never a float. */
export interface Money {
  readonly amountMinor: number;
  readonly currency: Currency;
}

/** Digits after the point (ISO 4217). A currency that is not here cannot be sold in. */
const EXPONENTS = {
  CNY: 2,
  USD: 2,
  EUR: 2,
  GBP: 2,
  HKD: 2,
  TWD: 2,
  SGD: 2,
  MYR: 2,
  AUD: 2,
  CAD: 2,
  RUB: 2,
  JPY: 0,
  KRW: 0,
  VND: 0,
} as const;
export type Currency = keyof typeof EXPONENTS;
export const CURRENCIES = Object.keys(EXPONENTS) as [Currency, ...Currency[]];

/** The largest sum of one order: far below 2^53, far above any card. */
export const AMOUNT_MINOR_MAX = 100_000_000_00;

/** "10.00" for 1000 CNY, "10" for 10 JPY: the form gateways sign. */
export function formatDecimal({ amountMinor, currency }: Money): string {
  const digits = EXPONENTS[currency];
  if (digits === 0) return String(amountMinor);
  const text = String(Math.abs(amountMinor)).padStart(digits + 1, "0");
  const sign = amountMinor < 0 ? "-" : "";
  return `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/**
 * The exact sum that a decimal text names, as gateways write it ("10", "10.0", "10.00", "10.000").
 * Digits that the currency does not have are refused unless they are zero: a sum is equal or it is not.
 */
export function parseDecimal(text: string, currency: Currency): Result<Money, "not_a_sum"> {
  const match = /^(\d{1,12})(?:\.(\d{1,8}))?$/.exec(text);
  if (!match?.[1]) return err("not_a_sum");
  const digits = EXPONENTS[currency];
  const fraction = (match[2] ?? "").padEnd(digits, "0");
  if (/[1-9]/.test(fraction.slice(digits))) return err("not_a_sum");
  return ok({ amountMinor: Number(match[1] + fraction.slice(0, digits)), currency });
}

/** For people: "¥10.00" in the reader's language. */
export function formatMoney(money: Money, locale: string): string {
  return new Intl.NumberFormat(locale, {
    style: "currency",
    currency: money.currency,
    currencyDisplay: "narrowSymbol",
  }).format(Number(formatDecimal(money)));
}

export function sameMoney(a: Money, b: Money): boolean {
  return a.amountMinor === b.amountMinor && a.currency === b.currency;
}
