import { ProductStockStore } from "../../../durable-objects/product-stock/store.ts";
import type { SoldOut } from "../../../src/flows/orders/sold-out-ports.ts";
import type { Listing } from "../../../src/domain/product/product.ts";
import type { Terms } from "../../../src/domain/product/terms.ts";
import type { Catalog, Entropy, StockObjects } from "../../../src/flows/ports.ts";
import { makeVault } from "../../../src/platform/vault.ts";
import { NOW_MS, keys, batch, terms } from "../../store/fixtures.ts";
import { payable } from "./payable.ts";
import { noLimits } from "./no-limits.ts";
import { noRisk } from "./no-risk.ts";
import { noDrops } from "./memory-drops.ts";
import { sqliteSql } from "./sqlite-sql.ts";
import { storeRpc } from "./store-rpc.ts";

const SECRET = `1:${btoa("x".repeat(32))}`;

/** A clock that stands until it is moved. */
class TestClock {
  at = NOW_MS;
  nowMs(): number {
    return this.at;
  }
}

/** Numbers that look random and are the same in every run. */
function countingEntropy(): Entropy {
  let made = 0;
  return {
    bytes(length) {
      made++;
      return Uint8Array.from({ length }, (_, place) => (made * 31 + place * 17) % 256);
    },
  };
}

/**
 * The real store behind the object's contract, with a wire that can fail: before the call reaches
 * it, or after its commit and before the answer.
 */
function wiredStock(store: ProductStockStore, clock: TestClock) {
  const wire = { failBefore: 0, failAfter: 0, calls: 0 };
  const call = async <T>(work: () => T): Promise<T> => {
    wire.calls++;
    if (wire.failBefore > 0) {
      wire.failBefore--;
      throw new Error("the wire broke before the call");
    }
    const answer = work();
    if (wire.failAfter > 0) {
      wire.failAfter--;
      throw new Error("the wire broke after the commit");
    }
    // What crosses isolates is a copy.
    return structuredClone(answer);
  };
  const rpc = storeRpc(store, () => clock.nowMs(), call);
  return { wire, rpc };
}

/** One product, as its page and its order form know it. */
export function listing(
  changes: Partial<Terms> = {},
  more: Partial<Listing["product"]> = {},
): Listing {
  const made = terms(changes);
  return {
    product: {
      id: made.productId,
      number: made.productNumber,
      merchantId: made.merchantId,
      slug: "starter-key",
      summary: "",
      descriptionMd: "",
      imageUrl: null,
      category: null,
      stockDisplay: "level",
      fields: [],
      paymentMethods: [],
      terms: made,
      createdAtMs: NOW_MS,
      updatedAtMs: NOW_MS,
      ...more,
    },
    accounts: [payable()],
  };
}

/** A shop of one product: what the edge remembers of it may be older than what D1 holds. */
export function memoryShop(
  options: { stocked?: number; remembered?: Listing; held?: Listing } = {},
) {
  const { stocked = 5, remembered = listing() } = options;
  const { held = remembered } = options;
  const clock = new TestClock();
  const store = new ProductStockStore(sqliteSql());
  store.configure(held.product.terms);
  if (stocked > 0) store.importKeys(batch("first", keys(stocked)), NOW_MS);
  const { wire, rpc } = wiredStock(store, clock);
  const book = { remembered: remembered as Listing | null, held: held as Listing | null };
  const catalog: Catalog = {
    listing: () => Promise.resolve(book.remembered),
    listings: () => Promise.resolve(book.remembered === null ? [] : [book.remembered]),
    freshListing: () => Promise.resolve(book.held),
    productByNumber: () => Promise.resolve(book.held?.product ?? null),
  };
  const stock: StockObjects = { of: () => rpc };
  const vault = makeVault({ sealing: SECRET, tokens: SECRET, identity: SECRET });
  const entropy = countingEntropy();
  const world = { clock, catalog, stock, vault, entropy, drops: noDrops };
  return { ...noLimits, ...noRisk(), soldOut: remembersNothing, ...world, store, wire, book };
}

/** An edge that asks the object about every order. */
export const remembersNothing: SoldOut = { note() {}, sends() {}, shortage: () => null };
