import type {
  ArchivedOrder,
  OrderVersion,
} from "../../durable-objects/product-stock/archive-contract.ts";
import type { OrderSnapshot } from "../../durable-objects/product-stock/contract.ts";
import { archivableAtMs } from "../../src/domain/order/archiving.ts";
import type { OrderId } from "../../src/domain/ids.ts";

/** D1's archive, and the order book's column of who may leave for it, under the laws of src/db/orders/archive.ts. */
export class ArchiveTable {
  readonly records = new Map<OrderId, ArchivedOrder>();
  /** Orders of the book that have a date, with their version. */
  readonly #dated = new Map<OrderId, { readonly version: number; readonly atMs: number }>();
  /** What the book holds, dated or not. */
  readonly #versions = new Map<OrderId, number>();

  published(order: OrderSnapshot): void {
    this.#versions.set(order.id, order.version);
    this.#date(order, archivableAtMs(order));
  }

  due(nowMs: number, limit: number): OrderVersion[] {
    const due: OrderVersion[] = [];
    for (const [id, { version, atMs }] of this.#dated) {
      if (atMs <= nowMs && due.push({ id, version }) === limit) break;
    }
    return due;
  }

  keep(records: readonly ArchivedOrder[]): void {
    for (const record of records) {
      const known = this.records.get(record.order.id);
      if (known === undefined || known.order.version < record.order.version)
        this.records.set(record.order.id, record);
    }
  }

  read(ids: readonly OrderId[]): ArchivedOrder[] {
    return ids.flatMap((id) => this.records.get(id) ?? []);
  }

  reschedule(orders: readonly OrderVersion[], atMs: number | null): void {
    for (const order of orders)
      if (this.#versions.get(order.id) === order.version) this.#date(order, atMs);
  }

  #date({ id, version }: OrderVersion, atMs: number | null): void {
    if (atMs === null) this.#dated.delete(id);
    else this.#dated.set(id, { version, atMs });
  }
}
