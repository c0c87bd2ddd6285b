import { and, asc, eq, ne } from "drizzle-orm";
import type { MerchantId, ProductId } from "../../domain/ids.ts";
import type { Patience } from "../../domain/overload/patience.ts";
import type { Listing, Product } from "../../domain/product/product.ts";
import { toProduct } from "../../domain/product/product-record.ts";
import { readThrough } from "../../domain/memory/read-through.ts";
import { productNumberOf } from "../../domain/product/shards.ts";
import { Unavailable } from "../../domain/overload/unavailable.ts";
import type { Catalog, Clock } from "../../flows/ports.ts";
import { paymentAccounts } from "../payments/accounts-schema.ts";
import type { Db } from "../db.ts";
import { payableAccount } from "../payments/payment-accounts.ts";
import { products } from "../schema.ts";

/** An edit shows within a second: this, and the time in which one request reads for all. */
const FRESH_MS = 700;
const READING_MS = 250;
const LISTINGS_MAX = 2_000;
const CATALOGUES_MAX = 50;
/** The most products of one merchant that its catalogue shows, the oldest first. */
const PRODUCTS_MAX = 500;

type ProductRow = typeof products.$inferSelect;
type AccountRow = typeof paymentAccounts.$inferSelect;

/** D1's primary, and a session that begins at the nearest copy: one for each reading. */
export interface CatalogSources {
  readonly primary: Db;
  readonly near: () => Db;
}

/** After a write through this isolate the nearest copy may be behind it for so long. */
const PRIMARY_MS = 10_000;

/**
 * The catalogue, with the isolate's memory in front of D1: while fresh, an answer is a look into a
 * map. What does not exist is remembered too, so that guessing addresses costs D1 nothing more. It is read
 * from the nearest copy; what an order is quoted by anew, from the primary.
 */
export function makeCatalog(
  { primary, near }: CatalogSources,
  clock: Clock,
  patience: Patience,
): Catalog & { forget(): void } {
  let primaryUntilMs = 0;
  const source = () => (clock.nowMs() < primaryUntilMs ? primary : near());
  const common = { clock, patience, freshMs: FRESH_MS, readingMs: READING_MS, source: "catalogue" };
  const byName = readThrough({ ...common, entriesMax: LISTINGS_MAX }, (key) => {
    const [merchantId, name] = splitKey(key);
    return readListing(source(), merchantId, name);
  });
  const byMerchant = readThrough({ ...common, entriesMax: CATALOGUES_MAX }, (key) =>
    readListings(source(), key as MerchantId),
  );
  const byNumber = readThrough({ ...common, entriesMax: LISTINGS_MAX }, (key) =>
    readByNumber(source(), Number(key)),
  );

  return {
    listing: (merchantId, idOrSlug) => byName.get(`${merchantId}\n${idOrSlug}`),
    listings: (merchantId) => byMerchant.get(merchantId),
    freshListing: (merchantId, productId) =>
      readListing(primary, merchantId, productId).catch(unavailable),
    productByNumber: (number) => byNumber.get(String(productNumberOf(number))),
    /** After a write through this isolate: its own answers are never older than the write. */
    forget() {
      primaryUntilMs = clock.nowMs() + PRIMARY_MS;
      for (const memory of [byName, byMerchant, byNumber]) memory.forget();
    },
  };
}

function splitKey(key: string): [MerchantId, string] {
  const at = key.indexOf("\n");
  return [key.slice(0, at) as MerchantId, key.slice(at + 1)];
}

function unavailable(cause: unknown): never {
  throw new Unavailable("catalogue", 1, { cause });
}

/** By id or slug (slugs have no underscore, ids have). One round trip. */
async function readListing(db: Db, merchantId: MerchantId, name: string): Promise<Listing | null> {
  const named = name.startsWith("prd_")
    ? eq(products.id, name as ProductId)
    : eq(products.slug, name);
  const listed = and(eq(products.merchantId, merchantId), named, ne(products.status, "archived"));
  const [[row], accounts] = await db.batch([
    db.select().from(products).where(listed),
    selectAccounts(db, merchantId),
  ]);
  return row === undefined ? null : toListing(row, accounts);
}

async function readListings(db: Db, merchantId: MerchantId): Promise<readonly Listing[]> {
  const listed = and(eq(products.merchantId, merchantId), ne(products.status, "archived"));
  const [rows, accounts] = await db.batch([
    db.select().from(products).where(listed).orderBy(asc(products.number)).limit(PRODUCTS_MAX),
    selectAccounts(db, merchantId),
  ]);
  return rows.map((row) => toListing(row, accounts));
}

async function readByNumber(db: Db, number: number): Promise<Product | null> {
  const [row] = await db.select().from(products).where(eq(products.number, number));
  return row === undefined ? null : toProduct(row);
}

/** A merchant's active accounts, by position, then the oldest first. */
function selectAccounts(db: Db, merchantId: MerchantId) {
  return db
    .select()
    .from(paymentAccounts)
    .where(and(eq(paymentAccounts.merchantId, merchantId), eq(paymentAccounts.active, true)))
    .orderBy(
      asc(paymentAccounts.position),
      asc(paymentAccounts.createdAtMs),
      asc(paymentAccounts.id),
    );
}

function toListing(row: ProductRow, accounts: readonly AccountRow[]): Listing {
  const product = toProduct(row);
  const able = accounts.filter((account) => account.currency === row.currency).map(payableAccount);
  if (row.paymentMethods.length === 0) return { product, accounts: able };
  // The merchant's order; a name that no active account of this currency has offers nothing.
  const named = row.paymentMethods.flatMap((name) => able.filter(({ method }) => method === name));
  return { product, accounts: named };
}
