import type { ProductStockRpc } from "../../../durable-objects/product-stock/contract.ts";
import type { ProductStockStore } from "../../../durable-objects/product-stock/store.ts";

/** The real store behind the object's contract. Each call goes through `call`, which may fail it. */
export function storeRpc(
  store: ProductStockStore,
  nowMs: () => number,
  call: <T>(work: () => T) => Promise<T>,
): ProductStockRpc {
  return {
    configure: (given) => call(() => store.configure(given)),
    reserve: (requests) => call(() => store.reserve(requests, nowMs())),
    // The product has one shard: what is not here is nowhere.
    collect: (request) => call(() => first(store.reserve([request], nowMs()))),
    registerKeys: (registration) => call(() => store.registerKeys(registration)),
    collectOwed: () => call(() => undefined),
    recordPayment: (payment, merchant) =>
      call(() => store.recordPayment(payment, merchant, nowMs())),
    recordPayments: (reports) => call(() => store.recordPayments(reports, nowMs())),
    cancel: (request) => call(() => store.cancel(request, nowMs())),
    stopWaiting: (request) => call(() => store.stopWaiting(request, nowMs())),
    review: (request) => call(() => store.review(request, nowMs())),
    bindAccount: (request) => call(() => store.bindAccount(request)),
    reroute: (request) => call(() => store.reroute(request, nowMs())),
    fulfil: (request) => call(() => store.fulfil(request, nowMs())),
    beginRefund: (request) => call(() => store.beginRefund(request, nowMs())),
    hearDispute: (request) => call(() => store.hearDispute(request, nowMs())),
    settleRefund: (request) => call(() => store.settleRefund(request, nowMs())),
    order: (id) => call(() => store.order(id)),
    waitForChange: (id) => call(() => store.order(id)),
    importKeys: (given) => call(() => store.importKeys(given, nowMs())),
    stock: () => call(() => store.stock()),
    soldOut: () => call(() => store.soldOut(nowMs())),
    glance: () => call(() => store.glance(nowMs())),
    keys: (query) => call(() => store.keys(query)),
    readForOrderBook: (ids) => call(() => store.readForOrderBook(ids)),
    acknowledge: (published) => call(() => store.acknowledge(published)),
    readForArchive: (ids) => call(() => store.readForArchive(ids)),
    prune: (archived) => call(() => store.prune(archived)),
    restore: (archived) => call(() => store.restore(archived)),
    checkOrders: (after, limit) => call(() => store.checkOrders(after, limit, nowMs())),
    checkKeys: (cursor) => call(() => store.checkKeys(cursor, 7)),
    checkAlarm: () => call(() => []),
    announce: (ids) => call(() => store.announce(ids, nowMs())),
    books: (query) => call(() => store.books(query)),
    health: () => call(() => store.health()),
  };
}

function first<Item>([item]: readonly Item[]): Item {
  if (item === undefined) throw new Error("nothing was answered");
  return item;
}
