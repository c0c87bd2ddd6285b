import { z } from "zod";
import { AMOUNT_MINOR_MAX, CURRENCIES, type Money } from "../../domain/money.ts";

/** Shapes that bodies and answers share. */
export const money = z
  .strictObject({
    amount_minor: z.int().min(0).max(AMOUNT_MINOR_MAX),
    currency: z.enum(CURRENCIES),
  })
  .meta({ id: "Money", description: "A sum in the currency's minor unit: 1000 CNY is ¥10.00." });

/** RFC 3339 in UTC. */
export const instant = z.iso.datetime();

/** A page of a list. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    data: z.array(item),
    next_cursor: z.string().nullable().describe("Null on the last page."),
  });
}

/** What an answer of a shape is to whoever writes it: the compiler holds it to the reference. */
export type Json<Shape extends z.ZodType> = Fixed<z.input<Shape>>;

type Fixed<T> = T extends readonly (infer Item)[]
  ? readonly Fixed<Item>[]
  : T extends object
    ? { readonly [Name in keyof T]: Fixed<T[Name]> }
    : T;

export function moneyJson({ amountMinor, currency }: Money) {
  return { amount_minor: amountMinor, currency };
}

/** RFC 3339 UTC, or null. */
export function timeJson(atMs: number): string;
export function timeJson(atMs: number | null): string | null;
export function timeJson(atMs: number | null): string | null {
  return atMs === null ? null : new Date(atMs).toISOString();
}
