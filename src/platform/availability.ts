import type { StockLevel } from "../../durable-objects/product-stock/contract.ts";
import type { Patience } from "../domain/patience.ts";
import { availability, stockRunsOut, type Availability, type Listing } from "../domain/product.ts";
import { readThrough } from "../domain/read-through.ts";
import { saleState } from "../domain/terms.ts";
import type { Clock, StockObjects } from "../flows/ports.ts";
import { errorFields, log } from "./log.ts";

/** How old the stock on a page may be. The object decides a sale, never this. */
const FRESH_MS = 1_000;
const READING_MS = 1_000;
const PRODUCTS_MAX = 2_000;

export interface Shown {
  readonly availability: Availability;
  /** Free keys; null where stock does not run out, or where it is not known right now. */
  readonly free: number | null;
  /** Free keys that an order for this variant could get; null as above. */
  freeFor(variantId: string): number | null;
}

/** What pages say of stock: each isolate asks a product's object at most once a second. */
export function makeAvailability(stock: StockObjects, clock: Clock, patience: Patience) {
  const level = readThrough<StockLevel>(
    {
      clock,
      patience,
      entriesMax: PRODUCTS_MAX,
      freshMs: FRESH_MS,
      readingMs: READING_MS,
      source: "stock",
    },
    (number) => stock.of(Number(number)).stock(),
  );
  async function levelOf(productNumber: number): Promise<StockLevel | null> {
    try {
      return await level.get(String(productNumber));
    } catch (error) {
      // A page without a stock figure is a page; the buyer learns the truth when they order.
      log("warn", "stock_unknown", { product: productNumber, ...errorFields(error) });
      return null;
    }
  }
  return {
    async of({ product }: Listing): Promise<Shown> {
      const { terms } = product;
      const sale = saleState(terms, clock.nowMs());
      const counted = sale === "open" && stockRunsOut(terms);
      const known = counted ? await levelOf(product.number) : null;
      const shared = known?.freeByVariant[""] ?? 0;
      return {
        availability: availability(sale, known?.free ?? null),
        free: known?.free ?? null,
        freeFor: (variantId) =>
          known === null ? null : shared + (known.freeByVariant[variantId] ?? 0),
      };
    },
  };
}
