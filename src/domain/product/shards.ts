import { SHARDS_MAX, type Terms } from "./terms.ts";

/**
 * One product's stock in several objects. A shard is a stock object like any other, under a number
 * of its own: the product's number + shard × 2^24. Shard 0 is the product's own number, so a product
 * of one shard is what it would be without shards, and an order's or key's id still names its object
 * by itself. Ids carry numbers of 30 bits: 64 shards, and product numbers below 2^24.
 */
export const SHARD_STEP = 2 ** 24;
const PRODUCT_NUMBER_MAX = SHARD_STEP - 1;

/** The number of a product's shard. Throws where there is no room: its orders would be another's. */
export function stockNumber(productNumber: number, shard: number): number {
  const fits =
    Number.isInteger(productNumber) && productNumber >= 1 && productNumber <= PRODUCT_NUMBER_MAX;
  if (!fits || !Number.isInteger(shard) || shard < 0 || shard >= SHARDS_MAX) {
    throw new RangeError(`product ${productNumber} has no shard ${shard}`);
  }
  return productNumber + shard * SHARD_STEP;
}

/** The product whose shard has that number. */
export function productNumberOf(stock: number): number {
  return stock % SHARD_STEP;
}

/** How many shards a product has, by its terms. */
export function shardsOf({ shards = 1 }: Pick<Terms, "shards">): number {
  return shards;
}

/** The numbers of all the shards of the product that those terms are of, in order. */
export function stockNumbers(terms: Pick<Terms, "shards" | "productNumber">): number[] {
  const product = productNumberOf(terms.productNumber);
  return Array.from({ length: shardsOf(terms) }, (_, shard) => stockNumber(product, shard));
}

/** The others of a shard's product, beginning with its next: each shard asks another one first. */
export function siblings(terms: Pick<Terms, "shards" | "productNumber">): number[] {
  const ring = stockNumbers(terms);
  const own = ring.indexOf(terms.productNumber);
  return [...ring.slice(own + 1), ...ring.slice(0, own)];
}

/** A product's terms as its shard gets them: every shard sells by the same, under its own number. */
export function shardTerms(terms: Terms, stock: number): Terms {
  return { ...terms, productNumber: stock };
}

/**
 * Which shard has what this keyed digest stands for. The same text is always in the same shard: a
 * buyer, so that their limit is one object's business, and a key, so that it meets itself.
 * (FNV-1a, 32 bits: it need only spread; the digest's key keeps anyone from aiming.)
 */
export function shardOfDigest(digest: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (let place = 0; place < digest.length; place++) {
    hash = Math.imul(hash ^ digest.charCodeAt(place), 0x01000193);
  }
  return (hash >>> 0) % shards;
}
