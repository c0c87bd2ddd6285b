import type { Drop } from "./drop.ts";
import type { DropId } from "../ids.ts";
import type { ProductRecord } from "../product/product-record.ts";
import { dropOf, type DropTerms } from "../product/terms.ts";

/** What a merchant decides about a drop: all that an edit may change before it opens. */
export type DropSettings = Pick<
  Drop,
  "opensAtMs" | "closesAtMs" | "quantity" | "perBuyer" | "holdSeconds" | "policy"
>;

/** A drop as D1 keeps it. `version` grows by one at each edit; the seed and its commitment never change. */
export interface DropRecord extends Drop {
  readonly number: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export type NewDrop = Omit<DropRecord, "number">;

export const DROP_DEFAULTS = {
  perBuyer: 1,
  holdSeconds: 300,
  policy: { lineMax: null, qualification: "none", challenge: "pressure" },
} as const satisfies Partial<DropSettings>;

/** A drop is a sale of seconds to days; its line is no place to wait for months. */
export const DROP_DAYS_MAX = 30;
export const LINE_MAX_MIN = 100;
export const LINE_MAX_MAX = 100_000_000;
const DAY_MS = 24 * 3600 * 1000;

export interface DropFlaw {
  readonly field: keyof DropSettings;
  readonly message: string;
}

/** What no single field shows. */
export function dropFlaws(settings: DropSettings, nowMs: number): DropFlaw[] {
  const { opensAtMs, closesAtMs, quantity, perBuyer } = settings;
  const flaws: DropFlaw[] = [];
  if (opensAtMs <= nowMs) flaws.push({ field: "opensAtMs", message: "must be in the future" });
  if (closesAtMs <= opensAtMs) {
    flaws.push({ field: "closesAtMs", message: "must be after opens_at" });
  } else if (closesAtMs - opensAtMs > DROP_DAYS_MAX * DAY_MS) {
    flaws.push({
      field: "closesAtMs",
      message: `must be at most ${DROP_DAYS_MAX} days after opens_at`,
    });
  }
  if (perBuyer !== null && perBuyer > quantity)
    flaws.push({ field: "perBuyer", message: "is more than quantity" });
  return flaws;
}

/** What the stock object is told. */
export function dropTermsOf(drop: DropSettings & { readonly id: DropId }): DropTerms {
  const { id, opensAtMs, closesAtMs, quantity, perBuyer, holdSeconds } = drop;
  return { id, opensAtMs, closesAtMs, quantity, perBuyer, holdSeconds };
}

/** Why a product cannot have a drop; in the words of the admin API. */
export type Unfit =
  /** Nobody could buy it. */
  | "not_active"
  /** A person delivers it: there are no keys that could run out, and nothing to wait in line for. */
  | "manual_delivery"
  /** Keys are made for each order: there is always another one. */
  | "generated_keys"
  /** `quantity` is a rule of one transaction, and a line needs no second object: see decision 0052. */
  | "stock_shards";

export function unfitForDrop(product: ProductRecord): Unfit[] {
  const reasons: Unfit[] = [];
  if (product.status !== "active") reasons.push("not_active");
  if (product.delivery !== "auto") reasons.push("manual_delivery");
  if (product.keySource !== "pool") reasons.push("generated_keys");
  if (product.stockShards > 1) reasons.push("stock_shards");
  return reasons;
}

/** The product has a drop that is announced or on: another one would be a second line for its keys. */
export function hasDrop(product: ProductRecord, nowMs: number): boolean {
  return product.drop !== null && dropOf({ drop: product.drop }, nowMs) !== null;
}
