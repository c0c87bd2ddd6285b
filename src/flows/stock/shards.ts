import type {
  KeyQuery,
  KeyRow,
  SealedKey,
  ProductStockRpc,
  StockLevel,
} from "../../../durable-objects/product-stock/contract.ts";
import type {
  KeyImport,
  KeyImportOutcome,
} from "../../../durable-objects/product-stock/import-contract.ts";
import { canonicalEmail } from "../../domain/email.ts";
import {
  productNumberOf,
  shardOfDigest,
  shardsOf,
  shardTerms,
  stockNumber,
  stockNumbers,
} from "../../domain/product/shards.ts";
import type { Terms } from "../../domain/product/terms.ts";
import type { StockObjects, Vault } from "../ports.ts";

/** Shards asked at once: the platform lets a request have six connections open. */
const ASKED_AT_ONCE = 6;

/** Asks every shard of the product that those terms are of; the answers in the shards' order. */
export async function askShards<Answer>(
  stock: StockObjects,
  terms: Pick<Terms, "productNumber" | "shards">,
  ask: (object: ProductStockRpc, stockNumber: number) => Promise<Answer>,
): Promise<Answer[]> {
  const numbers = stockNumbers(terms);
  const answers: Answer[] = [];
  for (let at = 0; at < numbers.length; at += ASKED_AT_ONCE) {
    const asked = numbers.slice(at, at + ASKED_AT_ONCE);
    // oxlint-disable-next-line no-await-in-loop -- a bounded number at once, by design
    answers.push(...(await Promise.all(asked.map((number) => ask(stock.of(number), number)))));
  }
  return answers;
}

/** Tells every shard the terms, each under its own number. */
export async function configureShards(stock: StockObjects, terms: Terms): Promise<void> {
  await askShards(stock, terms, (object, number) => object.configure(shardTerms(terms, number)));
}

/** The stock object in which all orders of a mailbox for that product are: its limits hold there. */
export async function homeOf(
  vault: Pick<Vault, "digestText">,
  terms: Terms,
  email: string,
): Promise<number> {
  const shards = shardsOf(terms);
  if (shards === 1) return terms.productNumber;
  const digest = await vault.digestText("shard", `${terms.productId}\n${canonicalEmail(email)}`);
  return stockNumber(terms.productNumber, shardOfDigest(digest, shards));
}

/**
 * The stock of a product, over all its shards. Each is counted by itself, not all at one moment. Pages
 * `glance`, people who manage it want it counted (`stock`).
 */
export async function countProductStock(
  stock: StockObjects,
  terms: Pick<Terms, "productNumber" | "shards">,
  how: "stock" | "glance",
): Promise<StockLevel> {
  const levels = await askShards(stock, terms, (object) => object[how]());
  const freeByVariant: Record<string, number> = {};
  for (const level of levels) {
    for (const [variant, free] of Object.entries(level.freeByVariant)) {
      freeByVariant[variant] = (freeByVariant[variant] ?? 0) + free;
    }
  }
  // A product with a drop has one shard (decision 0051).
  const [first] = levels;
  const drop = first?.drop === undefined ? {} : { drop: first.drop };
  const sum = (of: "free" | "held" | "sold" | "void" | "version") =>
    levels.reduce((total, level) => total + level[of], 0);
  return {
    free: sum("free"),
    held: sum("held"),
    sold: sum("sold"),
    void: sum("void"),
    freeByVariant,
    version: sum("version"),
    ...drop,
  };
}

/** Places in the list of the keys that belong into that shard: by fingerprint, so one always meets itself. */
export function placesIn(number: number, terms: Terms, keys: readonly SealedKey[]): number[] {
  const product = productNumberOf(terms.productNumber);
  const shards = shardsOf(terms);
  return keys.flatMap(({ fingerprint }, place) =>
    stockNumber(product, shardOfDigest(fingerprint, shards)) === number ? [place] : [],
  );
}

/**
 * Adds keys to the shards that their fingerprints say: a key always meets itself. Each shard knows
 * the batch and its part under the one name, so the same again adds what is missing and nothing else.
 * The outcome is told as one object would tell it.
 */
export async function importIntoShards(
  stock: StockObjects,
  terms: Terms,
  batch: KeyImport,
): Promise<KeyImportOutcome> {
  const outcomes = await askShards(stock, terms, async (object, number) => {
    const places = placesIn(number, terms, batch.keys);
    const keys = places.flatMap((place) => batch.keys[place] ?? []);
    const outcome = await object.importKeys({ ...batch, keys });
    return { ...outcome, duplicates: outcome.duplicates.flatMap((index) => places[index] ?? []) };
  });
  return {
    accepted: outcomes.reduce((sum, outcome) => sum + outcome.accepted, 0),
    duplicates: outcomes.flatMap((outcome) => outcome.duplicates).toSorted((a, b) => a - b),
    available: outcomes.reduce((sum, outcome) => sum + outcome.available, 0),
    repeated: outcomes.every((outcome) => outcome.repeated),
  };
}

/**
 * Has each shard look for what its orders are owed: keys may have come to another one. Only sooner
 * than its alarm would, so a shard that does not answer is left to that.
 */
export async function fillOwedOverShards(stock: StockObjects, terms: Terms): Promise<void> {
  if (shardsOf(terms) === 1) return;
  await askShards(stock, terms, (object) => object.collectOwed().catch(() => undefined));
}

/** Where a list of a product's keys goes on. */
export interface KeyPlace {
  readonly shard: number;
  readonly afterRow: number;
}

/** A page of a product's keys: those of its shards, one shard after the other. */
export async function listProductKeys(
  stock: StockObjects,
  terms: Pick<Terms, "productNumber" | "shards">,
  { state, limit }: Pick<KeyQuery, "state" | "limit">,
  from: KeyPlace,
): Promise<{ keys: KeyRow[]; next: KeyPlace | null }> {
  const numbers = stockNumbers(terms);
  const keys: KeyRow[] = [];
  let { shard, afterRow } = from;
  for (let number = numbers[shard]; number !== undefined; number = numbers[shard]) {
    if (keys.length === limit) return { keys, next: { shard, afterRow } };
    // oxlint-disable-next-line no-await-in-loop -- the next shard only where this one has too few
    const page = await stock.of(number).keys({ state, afterRow, limit: limit - keys.length });
    keys.push(...page.keys);
    if (page.nextRow !== null) return { keys, next: { shard, afterRow: page.nextRow } };
    shard++;
    afterRow = 0;
  }
  return { keys, next: null };
}
