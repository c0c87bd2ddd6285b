import type { ProductStockRpc } from "../../durable-objects/product-stock/contract.ts";
import type { ShardRpc } from "../../durable-objects/product-stock/shard-contract.ts";
import type { Instance } from "./instance.ts";

type Call = <T>(work: (instance: Instance) => Promise<T>) => Promise<T>;

/** What flows ask of an object; `call` brings it to whichever instance of it lives then. */
export function stockWire(call: Call): ProductStockRpc {
  const absent = (): Promise<never> => Promise.reject(new Error("no flow here asks for that"));
  return {
    configure: (terms) => call((instance) => instance.configure(terms)),
    reserve: (requests) => call((instance) => instance.reserve(requests)),
    recordPayment: (payment, merchant) =>
      call((instance) => instance.recordPayment(payment, merchant)),
    recordPayments: (reports) => call((instance) => instance.recordPayments(reports)),
    cancel: (request) => call((instance) => instance.cancel(request)),
    stopWaiting: absent,
    review: (request) => call((instance) => instance.review(request)),
    fulfil: (request) => call((instance) => instance.fulfil(request)),
    beginRefund: (request) => call((instance) => instance.beginRefund(request)),
    settleRefund: (request) => call((instance) => instance.settleRefund(request)),
    order: (id) => call((instance) => instance.order(id)),
    importKeys: (batch) => call((instance) => instance.importKeys(batch)),
    readForOrderBook: (ids) => call((instance) => instance.readForOrderBook(ids)),
    acknowledge: (published) => call((instance) => instance.acknowledge(published)),
    readForArchive: (ids) => call((instance) => instance.readForArchive(ids)),
    prune: (archived) => call((instance) => instance.prune(archived)),
    restore: (archived) => call((instance) => instance.restore(archived)),
    collect: (request) => call((instance) => instance.collect(request)),
    collectOwed: () => call((instance) => instance.shard.collectOwed()),
    registerKeys: (keys) => call((instance) => instance.registerKeys(keys)),
    // Its products have one account each: no order moves.
    bindAccount: absent,
    reroute: absent,
    waitForChange: absent,
    stock: absent,
    hearDispute: (dispute) => call((instance) => instance.hearDispute(dispute)),
    soldOut: absent,
    glance: absent,
    keys: absent,
    books: absent,
    checkOrders: absent,
    checkKeys: absent,
    checkAlarm: absent,
    announce: absent,
    health: absent,
  };
}

/** What the shards of a product ask of each other. */
export function shardWire(call: Call): ShardRpc {
  return {
    spare: (query) => call((instance) => instance.shard.spare(query)),
    lend: (request) => call((instance) => instance.shard.lend(request)),
    receive: (transfer) => call((instance) => instance.shard.receive(transfer)),
    settle: (transfer) => call((instance) => instance.settle(transfer)),
    finishTransfers: () => call((instance) => instance.shard.finishTransfers()),
  };
}
