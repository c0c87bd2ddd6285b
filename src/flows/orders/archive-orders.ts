import {
  ARCHIVE_BATCH_MAX,
  type OrderVersion,
} from "../../../durable-objects/product-stock/archive-contract.ts";
import type { OrderId } from "../../domain/ids.ts";
import { batches, byProduct } from "./by-product.ts";
import type { Archive, StockObjects } from "../ports.ts";

interface ArchiveDeps {
  readonly stock: StockObjects;
  readonly archive: Archive;
}

/** Orders of one run. Their objects and D1 are busy with little else meanwhile for some 100 ms. */
const ORDERS_MAX = 500;
/** Not yet: the order book is behind, or it is too large. It does not stand in others' way. */
const STAYED_MS = 24 * 3600_000;
const NO_ANSWER_MS = 3600_000;

export interface Archived {
  readonly archived: number;
  /** Products whose object or archive did not do it: their orders are tried again in an hour. */
  readonly failed: readonly { readonly productNumber: number; readonly cause: unknown }[];
}

/**
 * Moves orders whose time has come (domain/order/archiving.ts) from their objects to the archive. Only
 * objects that have something to give are asked. The order of the steps makes a crash after any of
 * them harmless: the record is in the archive before the object lets go, the object lets go of that
 * version only, and the book forgets the order's time last, so that until then a next run looks.
 */
export async function archiveOrders(deps: ArchiveDeps, nowMs: number): Promise<Archived> {
  const due = await deps.archive.due(nowMs, ORDERS_MAX);
  const products = byProduct(due.map((order) => order.id));
  const moved = await Promise.all(
    products.map(([productNumber, ids]) => archiveProduct(deps, productNumber, ids, nowMs)),
  );
  const gone = moved.flatMap((product) => product.gone);
  const left = new Set(gone.map(({ id }) => id));
  const unheard = new Set(moved.flatMap(({ failure, ids }) => (failure === null ? [] : ids)));
  const stayed = due.filter(({ id }) => !left.has(id) && !unheard.has(id));
  const waiting = due.filter(({ id }) => !left.has(id) && unheard.has(id));
  await deps.archive.reschedule(gone, null);
  await deps.archive.reschedule(stayed, nowMs + STAYED_MS);
  await deps.archive.reschedule(waiting, nowMs + NO_ANSWER_MS);
  return { archived: gone.length, failed: moved.flatMap(({ failure }) => failure ?? []) };
}

interface Moved {
  readonly ids: readonly OrderId[];
  readonly gone: readonly OrderVersion[];
  readonly failure: Archived["failed"][number] | null;
}

/** One product that fails leaves the others alone. */
async function archiveProduct(
  { stock, archive }: ArchiveDeps,
  productNumber: number,
  ids: readonly OrderId[],
  nowMs: number,
): Promise<Moved> {
  const object = stock.of(productNumber);
  const gone: OrderVersion[] = [];
  try {
    for (const batch of batches(ids, ARCHIVE_BATCH_MAX)) {
      // One after the other: each is some megabytes in memory, and the object has buyers to serve.
      /* oxlint-disable no-await-in-loop */
      const reading = await object.readForArchive(batch);
      gone.push(...reading.gone);
      if (reading.orders.length === 0) continue;
      await archive.keep(reading.orders, nowMs);
      const versions = reading.orders.map(({ order: { id, version } }) => ({ id, version }));
      gone.push(...(await object.prune(versions)));
      /* oxlint-enable no-await-in-loop */
    }
    return { ids, gone, failure: null };
  } catch (cause) {
    return { ids, gone, failure: { productNumber, cause } };
  }
}
