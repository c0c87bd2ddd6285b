import { CURRENCIES, parseDecimal, type Currency } from "../money.ts";

const REFERENCE_CHARACTERS_MAX = 128;
export const CHINA_OFFSET_MS = 8 * 3600 * 1000;

/** A sum with its sign ("-10.00"), in minor units; null where it is none. "" is none either. */
export function signedMinor(text: string, currency: Currency): number | null {
  const negative = text.startsWith("-");
  const parsed = parseDecimal(negative ? text.slice(1) : text.replace(/^\+/, ""), currency);
  if (!parsed.ok) return null;
  const { amountMinor } = parsed.value;
  return negative && amountMinor !== 0 ? -amountMinor : amountMinor;
}

/** A number of the gateway's or of ours, as it may be kept; null for anything else. */
export function reference(text: string): string | null {
  return text.length <= REFERENCE_CHARACTERS_MAX && /^[\x21-\x7e]+$/.test(text) ? text : null;
}

export function currencyOf(text: string): Currency | null {
  const upper = text.toUpperCase();
  return (CURRENCIES as readonly string[]).includes(upper) ? (upper as Currency) : null;
}

/** "2026-11-24 10:00:00" (or with slashes, or a T), as clocks in China show it. */
export function chinaTimeMs(text: string): number | null {
  const utcMs = utcTimeMs(text);
  return utcMs === null ? null : utcMs - CHINA_OFFSET_MS;
}

/** The same as clocks in Greenwich show it. Null for what is no day and hour. */
export function utcTimeMs(text: string): number | null {
  const match = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})[ T](\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text);
  if (match === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1)
    .map((part: string | undefined) => Number(part ?? 0));
  const at = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  // The 31st of June would be taken as the 1st of July: it is refused.
  const same =
    at.getUTCMonth() === month - 1 && at.getUTCDate() === day && at.getUTCHours() === hour;
  return same && minute < 60 && second < 60 ? at.getTime() : null;
}
