import type { ProductStock } from "../../durable-objects/product-stock/object.ts";
import { stockName, type ProductStockRpc } from "../../durable-objects/product-stock/contract.ts";
import { Unavailable } from "../domain/unavailable.ts";
import type { StockObjects } from "../flows/ports.ts";

/** Tries after the first one, for errors that the platform calls retryable. */
const RETRIES_MAX = 2;
const RETRY_BASE_MS = 40;

/**
 * Stubs of stock objects, with the one retry rule of the house. `.retryable` is tried again with a
 * new stub (a stub that threw stays broken): safe, because every mutating call names its own key.
 * `.overloaded` is never retried: more calls are what it has too much of.
 */
export function stockObjects(namespace: DurableObjectNamespace<ProductStock>): StockObjects {
  return {
    of: (stockNumber) => {
      const call = <T>(work: (stub: ProductStockRpc) => Promise<T>): Promise<T> =>
        withRetry(() =>
          work(namespace.getByName(stockName(stockNumber)) as unknown as ProductStockRpc),
        );
      return {
        configure: (terms) => call((stub) => stub.configure(terms)),
        reserve: (requests) => call((stub) => stub.reserve(requests)),
        collect: (request) => call((stub) => stub.collect(request)),
        registerKeys: (keys) => call((stub) => stub.registerKeys(keys)),
        collectOwed: () => call((stub) => stub.collectOwed()),
        recordPayment: (payment, merchant) => call((stub) => stub.recordPayment(payment, merchant)),
        cancel: (request) => call((stub) => stub.cancel(request)),
        fulfil: (request) => call((stub) => stub.fulfil(request)),
        order: (id) => call((stub) => stub.order(id)),
        waitForChange: (id, version, waitMs) =>
          call((stub) => stub.waitForChange(id, version, waitMs)),
        importKeys: (batch) => call((stub) => stub.importKeys(batch)),
        stock: () => call((stub) => stub.stock()),
        keys: (query) => call((stub) => stub.keys(query)),
        readForOrderBook: (ids) => call((stub) => stub.readForOrderBook(ids)),
        acknowledge: (published) => call((stub) => stub.acknowledge(published)),
        readForArchive: (ids) => call((stub) => stub.readForArchive(ids)),
        prune: (archived) => call((stub) => stub.prune(archived)),
        restore: (archived) => call((stub) => stub.restore(archived)),
        checkOrders: (after, limit) => call((stub) => stub.checkOrders(after, limit)),
        checkKeys: (cursor) => call((stub) => stub.checkKeys(cursor)),
        checkAlarm: () => call((stub) => stub.checkAlarm()),
        announce: (ids) => call((stub) => stub.announce(ids)),
        books: (query) => call((stub) => stub.books(query)),
        health: () => call((stub) => stub.health()),
      };
    },
  };
}

/* oxlint-disable no-await-in-loop -- each try is made because the one before it failed */
async function withRetry<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      const { retryable, overloaded } = error as { retryable?: boolean; overloaded?: boolean };
      if (overloaded === true) throw new Unavailable("stock", 2, { cause: error });
      if (retryable !== true) throw error;
      if (tries >= RETRIES_MAX) throw new Unavailable("stock", 1, { cause: error });
      // Full jitter, so that the callers of an object that restarts do not come back as one.
      await scheduler.wait(Math.random() * RETRY_BASE_MS * 2 ** tries);
    }
  }
}
/* oxlint-enable no-await-in-loop */
