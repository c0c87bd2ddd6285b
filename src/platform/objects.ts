import {
  RESERVE_BATCH_MAX,
  READ_BATCH_MAX,
  stockName,
  type OrderSnapshot,
  type ProductStockRpc,
  type ReserveOutcome,
  type ReserveRequest,
} from "../../durable-objects/product-stock/contract.ts";
import {
  PAYMENT_BATCH_MAX,
  type PaymentRecord,
  type PaymentReport,
} from "../../durable-objects/product-stock/payment-contract.ts";
import { ConcurrencyLimit } from "../domain/overload/concurrency-limit.ts";
import type { OrderId } from "../domain/ids.ts";
import { Unavailable } from "../domain/overload/unavailable.ts";
import type { StockObjects } from "../flows/ports.ts";
import { Coalescer } from "./coalescer.ts";
import type { Turns } from "./turns.ts";

/** Tries after the first one, for errors that the platform calls retryable. */
const RETRIES_MAX = 2;
const RETRY_BASE_MS = 40;

/**
 * Buyers of one isolate who may be under way for one product: as many as are served within about
 * `targetMs`, found by watching (domain/overload/concurrency-limit.ts). It begins wide, because a drop begins with
 * a rush, and narrows within some calls. `turnMs` is what no buyer's page waits longer than.
 */
const BUYERS_LIMIT = { start: 1_000, min: 64, max: 2_000, targetMs: 600 } as const;
const BUYERS_TURN_MS = 3_000;
/** Looks at orders are answered with what is there: their line need not be short. */
const LOOKS_LINE = { waitingMax: 2_000, turnMs: 3_000 } as const;
/** Notices wait longer than buyers: who sends them has patience, and would only come again. */
const NOTICES_LINE = { waitingMax: 10_000, turnMs: 10_000 } as const;
/** An object that has not answered after so long has been lost with the request that asked it. */
const PATIENCE_MS = 3_000;

/** Products that an isolate keeps a line for. */
const OBJECTS_MAX = 5_000;

/** What is used of the binding to the objects. */
interface StockNamespace {
  getByName(name: string): unknown;
}

/**
 * Stubs of stock objects. Reservations, payments and looks of one isolate go together, one call at a time
 * for each product (coalescer.ts); a call has the one retry rule of the house: `.retryable` is tried
 * again with a new stub (a stub that threw stays broken), which is safe because every mutating call
 * names its own key. `.overloaded` is never retried: more calls are what it has too much of.
 */
export function stockObjects(namespace: StockNamespace, turns: Turns): StockLines {
  const lines = new Map<number, Line>();
  function line(stockNumber: number): Line {
    const known = lines.get(stockNumber);
    if (known !== undefined) return known;
    // Whoever still waits in a line that is forgotten keeps it; the next buyers begin another.
    if (lines.size >= OBJECTS_MAX) lines.clear();
    const made = lineBefore(namespace, stockNumber, turns);
    lines.set(stockNumber, made);
    return made;
  }
  return {
    of: (stockNumber) => line(stockNumber).object,
    isFull: (stockNumber) => lines.get(stockNumber)?.reservations.isFull() ?? false,
    load() {
      const busiest = [...lines.values()].toSorted(
        (a, b) => b.reservations.underWay - a.reservations.underWay,
      )[0];
      return { underWay: busiest?.reservations.underWay ?? 0, limit: busiest?.limit.value ?? null };
    },
  };
}

export interface StockLines extends StockObjects {
  isFull(stockNumber: number): boolean;
  /** Of the line with the most buyers: how many, and how many there may be; null where there is none. */
  load(): { readonly underWay: number; readonly limit: number | null };
}

interface Line {
  readonly object: ProductStockRpc;
  readonly reservations: Coalescer<ReserveRequest, ReserveOutcome>;
  readonly limit: ConcurrencyLimit;
}

function lineBefore(namespace: StockNamespace, stockNumber: number, turns: Turns): Line {
  const call = <T>(work: (stub: ProductStockRpc) => Promise<T>): Promise<T> =>
    withRetry(turns, () =>
      // What the stub answers is what the contract says; the types of RPC cannot tell.
      work(namespace.getByName(stockName(stockNumber)) as ProductStockRpc),
    );
  const line = { turns, dependency: "stock", patienceMs: PATIENCE_MS };
  const limit = new ConcurrencyLimit(BUYERS_LIMIT);
  const reservations = new Coalescer<ReserveRequest, ReserveOutcome>({
    ...line,
    waitingMax: limit,
    turnMs: BUYERS_TURN_MS,
    batchMax: RESERVE_BATCH_MAX,
    send: (requests) => call((stub) => stub.reserve([...requests])),
  });
  const payments = new Coalescer<PaymentReport, PaymentRecord>({
    ...line,
    ...NOTICES_LINE,
    batchMax: PAYMENT_BATCH_MAX,
    send: (reports) => call((stub) => stub.recordPayments([...reports])),
  });
  const reads = new Coalescer<OrderId, OrderSnapshot | null>({
    ...line,
    ...LOOKS_LINE,
    batchMax: READ_BATCH_MAX,
    send: async (ids) => {
      const found = await call((stub) => stub.readForOrderBook([...ids]));
      const byId = new Map(found.map((order) => [order.id, order]));
      return ids.map((id) => byId.get(id) ?? null);
    },
  });
  const object: ProductStockRpc = {
    order: (id) => reads.ask(id),
    reserve: (requests) => reservations.askAll(requests),
    recordPayments: (reports) => payments.askAll(reports),
    recordPayment: (payment, merchant) => call((stub) => stub.recordPayment(payment, merchant)),
    collect: (request) => call((stub) => stub.collect(request)),
    registerKeys: (keys) => call((stub) => stub.registerKeys(keys)),
    collectOwed: () => call((stub) => stub.collectOwed()),
    configure: (terms) => call((stub) => stub.configure(terms)),
    cancel: (request) => call((stub) => stub.cancel(request)),
    stopWaiting: (request) => call((stub) => stub.stopWaiting(request)),
    review: (request) => call((stub) => stub.review(request)),
    bindAccount: (request) => call((stub) => stub.bindAccount(request)),
    reroute: (request) => call((stub) => stub.reroute(request)),
    fulfil: (request) => call((stub) => stub.fulfil(request)),
    beginRefund: (request) => call((stub) => stub.beginRefund(request)),
    hearDispute: (request) => call((stub) => stub.hearDispute(request)),
    settleRefund: (request) => call((stub) => stub.settleRefund(request)),
    waitForChange: (id, version, waitMs) => call((stub) => stub.waitForChange(id, version, waitMs)),
    importKeys: (batch) => call((stub) => stub.importKeys(batch)),
    stock: () => call((stub) => stub.stock()),
    soldOut: () => call((stub) => stub.soldOut()),
    glance: () => call((stub) => stub.glance()),
    keys: (query) => call((stub) => stub.keys(query)),
    readForOrderBook: (ids) => call((stub) => stub.readForOrderBook(ids)),
    acknowledge: (published) => call((stub) => stub.acknowledge(published)),
    readForArchive: (ids) => call((stub) => stub.readForArchive(ids)),
    prune: (archived) => call((stub) => stub.prune(archived)),
    restore: (archived) => call((stub) => stub.restore(archived)),
    checkOrders: (after, most) => call((stub) => stub.checkOrders(after, most)),
    checkKeys: (cursor) => call((stub) => stub.checkKeys(cursor)),
    checkAlarm: () => call((stub) => stub.checkAlarm()),
    announce: (ids) => call((stub) => stub.announce(ids)),
    books: (query) => call((stub) => stub.books(query)),
    health: () => call((stub) => stub.health()),
  };
  return { object, reservations, limit };
}

/* oxlint-disable no-await-in-loop -- each try is made because the one before it failed */
async function withRetry<T>(turns: Turns, attempt: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      const { retryable, overloaded } = error as { retryable?: boolean; overloaded?: boolean };
      if (overloaded === true) throw new Unavailable("stock", 2, { cause: error });
      if (retryable !== true) throw error;
      if (tries >= RETRIES_MAX) throw new Unavailable("stock", 1, { cause: error });
      // Full jitter, so that the callers of an object that restarts do not come back as one.
      await turns.wait(Math.random() * RETRY_BASE_MS * 2 ** tries);
    }
  }
}
/* oxlint-enable no-await-in-loop */
