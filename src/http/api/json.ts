import type { Money } from "../../domain/money.ts";

/** Shapes that every answer shares. */
export function moneyJson({ amountMinor, currency }: Money) {
  return { amount_minor: amountMinor, currency };
}

/** RFC 3339 UTC, or null. */
export function timeJson(atMs: number | null): string | null {
  return atMs === null ? null : new Date(atMs).toISOString();
}
