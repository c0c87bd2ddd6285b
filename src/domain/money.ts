import type { Locale } from "./locale.ts";
import { err, ok, type Result } from "./result.ts";

/** A sum in the currency's minor unit (fen, cent, yen): an integer from 0, never a float. */
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
  const text = String(amountMinor).padStart(digits + 1, "0");
  return `${text.slice(0, -digits)}.${text.slice(-digits)}`;
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
export function formatMoney(money: Money, locale: Locale): string {
  return formatFor(locale, money.currency).format(Number(formatDecimal(money)));
}

/** Making one costs more than using it ten times. There are as many as languages × currencies. */
const formats = new Map<string, Intl.NumberFormat>();

function formatFor(locale: Locale, currency: Currency): Intl.NumberFormat {
  const name = `${locale} ${currency}`;
  let format = formats.get(name);
  if (format === undefined) {
    format = new Intl.NumberFormat(locale, {
      style: "currency",
      currency,
      currencyDisplay: "narrowSymbol",
    });
    formats.set(name, format);
  }
  return format;
}

export function sameMoney(a: Money, b: Money): boolean {
  return a.amountMinor === b.amountMinor && a.currency === b.currency;
}
