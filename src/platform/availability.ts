import type { StockLevel } from "../../durable-objects/product-stock/contract.ts";
import {
  availability,
  stockRunsOut,
  type Availability,
  type Listing,
} from "../domain/product/product.ts";
import { EdgeMemory } from "../domain/memory/edge-memory.ts";
import type { SharedMemory } from "../domain/memory/shared-memory.ts";
import { dropOf, saleState, type Terms } from "../domain/product/terms.ts";
import type { Turns } from "../domain/overload/turns.ts";
import { errorFields, log } from "./log.ts";

/** How old the stock on a page may be: two seconds in all. The object decides a sale, never this. */
const FRESH_MS = 500;
const STALE_MS = 1_000;
const SHARED_MS = 1_000;
const PRODUCTS_MAX = 2_000;

type CountStock = (terms: Pick<Terms, "productNumber" | "shards">) => Promise<StockLevel>;

export interface Shown {
  readonly availability: Availability;
  /** Free keys; null where stock does not run out, or where it is not known right now. */
  readonly free: number | null;
  /** Free keys that an order for this variant could get; null as above. */
  freeFor(variantId: string): number | null;
}

/** What pages say of stock: each data centre asks a product's objects about once a second. */
export function makeAvailability(
  countStock: CountStock,
  turns: Turns,
  dataCentre: SharedMemory | null,
) {
  const level = new EdgeMemory<StockLevel>(
    {
      turns,
      shared: dataCentre,
      entriesMax: PRODUCTS_MAX,
      freshMs: FRESH_MS,
      staleMs: STALE_MS,
      sharedMs: SHARED_MS,
      name: "stock",
      // Nobody is shown a count that is older than one that they have seen.
      order: ({ version }) => version,
    },
    (key) => countStock(parseStockKey(key)),
  );
  async function levelOf({ productNumber, shards }: Terms): Promise<StockLevel | null> {
    try {
      return await level.get(stockKey(productNumber, shards));
    } catch (error) {
      // A page without a stock figure is a page; the buyer learns the truth when they order.
      log("warn", "stock_unknown", { product: productNumber, ...errorFields(error) });
      return null;
    }
  }
  return {
    async of({ product }: Listing): Promise<Shown> {
      const { terms } = product;
      const sale = saleState(terms, turns.nowMs());
      const counted = sale === "open" && stockRunsOut(terms);
      const known = counted ? await levelOf(terms) : null;
      const shared = known?.freeByVariant[""] ?? 0;
      const drop = dropOf(terms, turns.nowMs());
      // A drop sells no more than its quantity, whatever the pool has.
      const most = drop !== null && known?.drop?.id === drop.id ? known.drop.left : Infinity;
      const free = known === null ? null : Math.min(known.free, most);
      return {
        availability: availability(sale, free),
        free,
        freeFor: (variantId) =>
          known === null ? null : Math.min(shared + (known.freeByVariant[variantId] ?? 0), most),
      };
    },
  };
}

/** What the memory calls a product's stock: the number, and over how many shards it is counted. */
function stockKey(productNumber: number, shards = 1): string {
  return `${productNumber}/${shards}`;
}

function parseStockKey(key: string): { productNumber: number; shards: number } {
  const [productNumber = 0, shards = 1] = key.split("/").map(Number);
  return { productNumber, shards };
}
