import type {
  ArchivedOrder,
  OrderVersion,
} from "../../../durable-objects/product-stock/archive-contract.ts";
import type { OrderSnapshot } from "../../../durable-objects/product-stock/contract.ts";
import { archivableAtMs } from "../../../src/domain/order/archiving.ts";
import type { OrderId } from "../../../src/domain/ids.ts";
import type { Archive, StockObjects } from "../../../src/flows/ports.ts";
import { throughArchive } from "../../../src/flows/orders/through-archive.ts";
import { Shop } from "../../store/shop.ts";
import { Steps } from "./memory-mail.ts";
import { storeRpc } from "./store-rpc.ts";

/** The archive and what the order book knows of it, in memory, under the same laws as in D1. */
class MemoryArchive {
  readonly book = new Map<OrderId, { readonly version: number; readonly atMs: number | null }>();
  /** As JSON: what is not data does not come back. */
  readonly records = new Map<OrderId, { readonly version: number; readonly json: string }>();

  publish(order: OrderSnapshot): void {
    this.book.set(order.id, { version: order.version, atMs: archivableAtMs(order) });
  }

  due(nowMs: number, limit: number): OrderVersion[] {
    return Array.from(this.book, ([id, { version, atMs }]) => ({ id, version, atMs }))
      .filter(({ atMs }) => atMs !== null && atMs <= nowMs)
      .toSorted((a, b) => (a.atMs ?? 0) - (b.atMs ?? 0))
      .slice(0, limit)
      .map(({ id, version }) => ({ id, version }));
  }

  keep(records: readonly ArchivedOrder[]): void {
    for (const record of records) {
      const { id, version } = record.order;
      if ((this.records.get(id)?.version ?? 0) >= version) continue;
      this.records.set(id, { version, json: JSON.stringify(record) });
    }
  }

  read(ids: readonly OrderId[]): ArchivedOrder[] {
    return ids.flatMap((id) => {
      const record = this.records.get(id);
      return record === undefined ? [] : [JSON.parse(record.json) as ArchivedOrder];
    });
  }

  reschedule(orders: readonly OrderVersion[], atMs: number | null): void {
    for (const { id, version } of orders) {
      if (this.book.get(id)?.version === version) this.book.set(id, { version, atMs });
    }
  }
}

/** A shop with an archive, every step of which can break. */
export function archiveShop(...options: ConstructorParameters<typeof Shop>) {
  const shop = new Shop(...options);
  const steps = new Steps();
  const archive = new MemoryArchive();
  const step = steps.take.bind(steps);
  const objects: StockObjects = {
    // What crosses isolates is a copy.
    of: () =>
      storeRpc(
        shop.store,
        () => shop.nowMs,
        (work) => step(() => structuredClone(work())),
      ),
  };
  const port: Archive = {
    due: (nowMs, limit) => step(() => archive.due(nowMs, limit)),
    keep: (records) => step(() => archive.keep(records)),
    read: (ids) => step(() => archive.read(ids)),
    reschedule: (orders, atMs) => step(() => archive.reschedule(orders, atMs)),
  };
  const clock = { nowMs: () => shop.nowMs };
  return {
    shop,
    steps,
    archive,
    /** As the archive job sees them, and nobody else. */
    deps: { stock: objects, archive: port },
    /** As everybody else sees them. */
    stock: throughArchive({ stock: objects, archive: port, clock }).of(7),
    /** The order book holds these orders as they are, and the object knows it. */
    publish(...ids: OrderId[]): void {
      for (const order of shop.store.readForOrderBook(ids)) {
        archive.publish(order);
        shop.store.acknowledge([order]);
      }
    },
  };
}
