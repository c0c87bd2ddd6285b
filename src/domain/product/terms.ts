import { z } from "zod";
import { AMOUNT_MINOR_MAX, CURRENCIES } from "../money.ts";
import type { DropId, MerchantId, ProductId } from "../ids.ts";
import { productMoney } from "../settings/money.ts";

/**
 * What an object must know to sell: a versioned copy of what D1 holds of a product. Read openly: a
 * field that a newer version has written is left out and not refused, since an object that cannot
 * read its terms sells nothing and honours no order (docs/decisions/0025).
 */

export const QUANTITY_MAX = 1_000;
export const TIERS_MAX = 20;
export const VARIANTS_MAX = 50;
export const SHARDS_MAX = 64;
export const HOLD_CAP_MAX = 1_000_000;
export const HOLD_SECONDS_MIN = 1;
export const HOLD_SECONDS_MAX = 24 * 3600;
export const DROP_QUANTITY_MAX = 1_000_000;

const priceMinor = z.int().min(0).max(AMOUNT_MINOR_MAX);

/** From `minQuantity` on, every piece costs `unitPriceMinor`. */
const priceTier = z.object({
  minQuantity: z.int().min(2).max(QUANTITY_MAX),
  unitPriceMinor: priceMinor,
});

const variantTerms = z.object({
  id: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,31}$/),
  title: z.string().min(1).max(100),
  priceMinor,
  priceTiers: z.array(priceTier).max(TIERS_MAX),
});

/**
 * How many keys may be held unpaid at once, so that nobody hoards what they do not buy: by one buyer,
 * from one network, and by one network as a share of the keys that nobody else has. One order is never
 * too much: a cap refuses only who holds something already. Null: no such cap.
 */
const holdCaps = z.object({
  perBuyer: z.int().min(1).max(HOLD_CAP_MAX).nullable(),
  perNetwork: z.int().min(1).max(HOLD_CAP_MAX).nullable(),
  networkPercent: z.int().min(1).max(100).nullable(),
});

/** A drop as its product's object must know it; what it does not say is the product's own. */
const dropTerms = z.object({
  id: z.string() as unknown as z.ZodType<DropId>,
  opensAtMs: z.int(),
  closesAtMs: z.int(),
  /** Keys on offer: the pool may have more. */
  quantity: z.int().min(1).max(DROP_QUANTITY_MAX),
  /** Null: the product's own limit. */
  perBuyer: z.int().min(1).max(QUANTITY_MAX).nullable(),
  holdSeconds: z.int().min(HOLD_SECONDS_MIN).max(HOLD_SECONDS_MAX),
});

export const termsSchema = z.object({
  version: z.int().min(1),
  merchantId: z.string() as unknown as z.ZodType<MerchantId>,
  productId: z.string() as unknown as z.ZodType<ProductId>,
  /** The number of the stock object that they are for: the product's own, or a shard's of it. */
  productNumber: z.int().min(1),
  /** How many objects share the product's stock; not said where it is one (domain/product/shards). */
  shards: z.int().min(2).max(SHARDS_MAX).optional(),
  title: z.string().min(1).max(200),
  /** `archived` sells nothing any more; money that still comes for its orders is resolved. */
  status: z.enum(["active", "closed", "archived"]),
  delivery: z.enum(["auto", "manual"]),
  keySource: z.enum(["pool", "generated"]),
  currency: z.enum(CURRENCIES),
  priceMinor,
  priceTiers: z.array(priceTier).max(TIERS_MAX),
  variants: z.array(variantTerms).max(VARIANTS_MAX),
  limits: z.object({
    perOrder: z.int().min(1).max(QUANTITY_MAX),
    perBuyer: z.int().min(1).max(1_000_000).nullable(),
    /** Not said by terms from before there were caps: none then. */
    holds: holdCaps.optional(),
  }),
  holdSeconds: z.int().min(HOLD_SECONDS_MIN).max(HOLD_SECONDS_MAX),
  saleWindow: z.object({
    opensAtMs: z.int().nullable(),
    closesAtMs: z.int().nullable(),
  }),
  /** The product's latest drop; in force until it closes, by the clock and without a push. */
  drop: dropTerms.optional(),
  /** What becomes of money that did not simply buy something, where this product has rules of its own. */
  money: productMoney.optional(),
});

export type Terms = z.infer<typeof termsSchema>;
export type HoldCaps = z.infer<typeof holdCaps>;
export type DropTerms = z.infer<typeof dropTerms>;
export type PriceTier = z.infer<typeof priceTier>;
export type VariantTerms = z.infer<typeof variantTerms>;

/** The drop that the product is sold in, or will be: from when it is announced until it closes. */
export function dropOf({ drop }: Pick<Terms, "drop">, nowMs: number): DropTerms | null {
  return drop !== undefined && nowMs < drop.closesAtMs ? drop : null;
}

/**
 * Whether keys that come are set aside for whoever paid longest ago, until their order is whole: then no smaller order
 * overtakes it. Otherwise whichever order can be filled is, which serves more people sooner and may leave a large one
 * waiting for ever. Shards serve so: keys that one of them sets aside are missing to an order of another.
 */
export function servesInOrder({ money, shards }: Pick<Terms, "money" | "shards">): boolean {
  return shards === undefined && money?.waitList !== "as_they_fit";
}

type Selling = Pick<Terms, "drop" | "saleWindow" | "limits" | "holdSeconds">;

/**
 * What the product is sold by at that moment: a drop brings its own window, limit per buyer and hold
 * time, and they end with it. Before it opens the product is not sold otherwise either.
 */
export function inForce<T extends Selling>(terms: T, nowMs: number): T {
  const drop = dropOf(terms, nowMs);
  if (drop === null) return terms;
  const { opensAtMs, closesAtMs, holdSeconds } = drop;
  const perBuyer = drop.perBuyer ?? terms.limits.perBuyer;
  const perOrder = Math.min(terms.limits.perOrder, perBuyer ?? Infinity);
  const limits = { ...terms.limits, perOrder, perBuyer };
  return { ...terms, saleWindow: { opensAtMs, closesAtMs }, limits, holdSeconds };
}

/** Where `now` falls in the sale: also what a page shows beside the button. */
export function saleState(
  terms: Pick<Terms, "status" | "saleWindow" | "drop">,
  nowMs: number,
): "open" | "upcoming" | "closed" {
  if (terms.status !== "active") return "closed";
  const { opensAtMs, closesAtMs } = dropOf(terms, nowMs) ?? terms.saleWindow;
  if (opensAtMs !== null && nowMs < opensAtMs) return "upcoming";
  if (closesAtMs !== null && nowMs >= closesAtMs) return "closed";
  return "open";
}
