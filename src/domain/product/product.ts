import type { MerchantId, ProductId } from "../ids.ts";
import type { PayableAccount } from "../payments/choice.ts";
import type { Terms } from "./terms.ts";

/** A field that the buyer fills in at checkout (an account to recharge, say). */
export interface FieldDefinition {
  readonly id: string;
  readonly label: string;
  readonly required: boolean;
  readonly maxLength: number;
}

/** What is listed: the terms of sale, and what people read. */
export interface Product {
  readonly id: ProductId;
  readonly number: number;
  readonly merchantId: MerchantId;
  readonly slug: string;
  readonly summary: string;
  readonly descriptionMd: string;
  readonly imageUrl: string | null;
  readonly category: string | null;
  readonly stockDisplay: "exact" | "level" | "hidden";
  readonly fields: readonly FieldDefinition[];
  /** Names of payment methods, in order; empty: all of active accounts. */
  readonly paymentMethods: readonly string[];
  readonly terms: Terms;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** A product with the accounts that take money for it: what a page and an order need, read together. */
export interface Listing {
  readonly product: Product;
  /** In the order in which their methods are offered. */
  readonly accounts: readonly PayableAccount[];
}

/** Free keys at which a shop says "few left" without saying how many. */
const LOW_STOCK = 10;

export const AVAILABILITIES = ["in_stock", "low", "sold_out", "upcoming", "closed"] as const;
export type Availability = (typeof AVAILABILITIES)[number];

/** `free` is null where stock does not run out: manual delivery, generated keys. */
export function availability(
  sale: "open" | "upcoming" | "closed",
  free: number | null,
): Availability {
  if (sale !== "open") return sale;
  if (free === null) return "in_stock";
  if (free === 0) return "sold_out";
  return free <= LOW_STOCK ? "low" : "in_stock";
}

export function stockRunsOut(terms: Terms): boolean {
  return terms.delivery === "auto" && terms.keySource === "pool";
}
