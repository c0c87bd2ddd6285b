import type { AccountId, MerchantId, ProductId } from "../../src/domain/ids.ts";
import type { Listing } from "../../src/domain/product/product.ts";
import type { Terms } from "../../src/domain/product/terms.ts";
import { payable } from "../support/node/payable.ts";
import { makeDrop } from "./drops.ts";
import type { Random } from "./random.ts";

/** The shops of a world: two merchants and three products, of other kinds in each world. */
export const PRODUCTS = [1, 2, 3] as const;
export type ProductNumber = (typeof PRODUCTS)[number];

const SHARD_STEP = 2 ** 24;
const VARIANTS = ["m", "y"] as const;

/** The product whose stock an object of that number has. */
export function productOf(stockNumber: number): number {
  return stockNumber % SHARD_STEP;
}

/** The number of a product's object; a shard that the product does not have is another one that it has. */
export function stockOf({ shards = 1, productNumber }: Terms, shard: number): number {
  return productNumber + (shard % shards) * SHARD_STEP;
}

export function merchantOf(product: ProductNumber): MerchantId {
  return `mer_${String(product === 3 ? 2 : 1).padStart(20, "0")}` as MerchantId;
}

export function accountOf(merchant: MerchantId): AccountId {
  return merchant.replace("mer_", "acct_") as AccountId;
}

/** Whose account it is; null for one that is nobody's. */
export function ownerOf(account: AccountId): MerchantId | null {
  return PRODUCTS.map(merchantOf).find((merchant) => accountOf(merchant) === account) ?? null;
}

export function otherMerchant(merchant: MerchantId): MerchantId {
  return merchantOf(merchant === merchantOf(3) ? 1 : 3);
}

function makeTerms(product: ProductNumber, random: Random, nowMs: number): Terms {
  const kind = product === 3 ? random.pick(["auto", "manual", "generated", "free"]) : "auto";
  const variants = product === 2;
  const priceMinor = kind === "free" ? 0 : 1_000 * product;
  const shards = product === 3 ? 1 : random.pick([1, 1, 1, 2, 3]);
  return {
    ...(shards > 1 ? { shards } : {}),
    version: 1,
    merchantId: merchantOf(product),
    productId: `prd_${String(product).padStart(20, "0")}` as ProductId,
    productNumber: product,
    title: `Product ${product}`,
    status: "active",
    delivery: kind === "manual" ? "manual" : "auto",
    keySource: kind === "generated" ? "generated" : "pool",
    currency: "CNY",
    priceMinor,
    priceTiers: random.chance(0.5) ? [{ minQuantity: 3, unitPriceMinor: priceMinor >> 1 }] : [],
    variants: variants
      ? VARIANTS.map((id) => ({ id, title: id, priceMinor: 1_500, priceTiers: [] }))
      : [],
    limits: { perOrder: 5, perBuyer: random.chance(0.3) ? 6 : null },
    holdSeconds: random.pick([5, 30, 120]),
    saleWindow: { opensAtMs: null, closesAtMs: null },
    // Last, so that the worlds without one are what they were.
    ...(product === 1 && shards === 1 ? makeDrop(random, nowMs) : {}),
  };
}

/** D1's catalogue. */
export class Shop {
  readonly #listings = new Map<number, Listing>();

  constructor(random: Random, nowMs: number) {
    for (const product of PRODUCTS)
      this.#listings.set(
        product,
        listingOf(makeTerms(product, random.fork(product), nowMs), nowMs),
      );
  }

  /** By the number of any of its objects. */
  listing(number: number): Listing {
    const product = productOf(number);
    const listing = this.#listings.get(product);
    if (listing === undefined) throw new Error(`there is no product ${product}`);
    return listing;
  }

  edit(product: number, change: Partial<Terms>): Terms {
    const now = this.listing(product);
    const terms = { ...now.product.terms, ...change, version: now.product.terms.version + 1 };
    this.#listings.set(product, { ...now, product: { ...now.product, terms } });
    return terms;
  }
}

export function productNumberOf(productId: string): number {
  return Number(productId.slice(4));
}

function listingOf(terms: Terms, nowMs: number): Listing {
  const account = accountOf(terms.merchantId);
  return {
    product: {
      id: terms.productId,
      number: terms.productNumber,
      merchantId: terms.merchantId,
      slug: terms.productId,
      summary: "",
      descriptionMd: "",
      imageUrl: null,
      category: null,
      stockDisplay: "level",
      fields: [],
      paymentMethods: [],
      terms,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
    },
    accounts: [payable({ id: account, currency: terms.currency })],
  };
}
