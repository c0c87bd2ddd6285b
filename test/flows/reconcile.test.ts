import { describe, expect, test } from "vitest";
import { orderIdRange, type DeliveryId, type OrderId } from "../../src/domain/ids.ts";
import { archiveOrders } from "../../src/flows/orders/archive-orders.ts";
import { compareOrders } from "../../src/flows/stock/compare-orders.ts";
import type { BookEntry } from "../../src/flows/stock/reconcile-ports.ts";
import { MERCHANT, order, payment } from "../store/fixtures.ts";
import { archiveShop } from "../support/node/memory-archive.ts";

const MONTH_MS = 31 * 24 * 3600_000;

/** Orders 1 delivered, 2 cancelled, 3 waiting; the book holds them. What happens comes in between. */
function comparedShop() {
  const world = archiveShop({}, 5);
  const { shop, archive } = world;
  const between: (() => unknown)[] = [];
  const strangers: BookEntry[] = [];
  const entryOf = ([id, { version, atMs }]: [
    OrderId,
    { version: number; atMs: number | null },
  ]) => ({
    id,
    version,
    archivableAtMs: atMs,
    archivedVersion: archive.records.get(id)?.version ?? null,
  });
  const deps = {
    ...world.deps,
    orderBook: { publish: () => Promise.reject(new Error("nothing was lost")) },
    reconcileBook: {
      async entries(afterId: string, upToId: string, limit: number): Promise<BookEntry[]> {
        // Everything that may happen while D1 is asked.
        for (const act of between.splice(0)) await act();
        return [...Array.from(archive.book, entryOf), ...strangers]
          .filter(({ id }) => id > afterId && id <= upToId)
          .toSorted((a, b) => (a.id < b.id ? -1 : 1))
          .slice(0, limit);
      },
      copyPayments: () => Promise.resolve([]),
      knownDeliveries: (ids: readonly DeliveryId[]) => Promise.resolve(new Set(ids)),
    },
  };
  shop.reserve(1);
  shop.pay(1);
  shop.reserve(2);
  shop.store.cancel({ orderId: order(2), by: "buyer" }, shop.nowMs);
  shop.reserve(3);
  world.publish(order(1), order(2), order(3));
  const compare = (afterId = orderIdRange(7).after) => compareOrders(deps, 7, afterId, shop.nowMs);
  return { ...world, between, strangers, compare };
}

describe("what happens while both are read is no finding", () => {
  test("an order that is paid and published", async () => {
    const { shop, between, publish, compare } = comparedShop();
    between.push(
      () => shop.pay(3),
      () => publish(order(3)),
    );
    expect((await compare()).findings).toEqual([]);
  });

  test("an order that is placed and published", async () => {
    const { shop, between, publish, compare } = comparedShop();
    between.push(
      () => shop.reserve(4),
      () => publish(order(4)),
    );
    expect((await compare()).findings).toEqual([]);
  });

  test("a change that is on its way to the book", async () => {
    const { shop, compare } = comparedShop();
    shop.pay(3);
    shop.reserve(4);
    expect((await compare()).findings).toEqual([]);
  });

  test("an order that leaves for the archive", async () => {
    const world = comparedShop();
    const { shop, between, deps, compare } = world;
    shop.nowMs += MONTH_MS;
    between.push(() => archiveOrders(deps, shop.nowMs));
    expect((await compare()).findings).toEqual([]);
    expect(shop.store.order(order(1))).toBeNull();
    expect((await compare()).findings).toEqual([]);
  });

  test("an order that comes back, and is changed", async () => {
    const { shop, between, deps, stock, publish, compare } = comparedShop();
    shop.nowMs += MONTH_MS;
    await archiveOrders(deps, shop.nowMs);
    between.push(
      () => stock.recordPayment(payment(2), MERCHANT),
      () => publish(order(2)),
    );
    expect((await compare()).findings).toEqual([]);
    expect(shop.order(2).state).toBe("delivered");
  });
});

describe("a page", () => {
  test("that D1 cannot answer whole ends where D1 did, and the next goes on from there", async () => {
    const { strangers, compare } = comparedShop();
    for (let n = 10; n < 1_510; n++) {
      strangers.push({ id: order(n), version: 1, archivableAtMs: null, archivedVersion: null });
    }
    const first = await compare();
    expect([first.orders, first.next]).toEqual([3, order(1_006)]);
    const second = await compare(first.next ?? "");
    expect([second.orders, second.next]).toEqual([0, null]);
    const found = [...first.findings, ...second.findings];
    expect(new Set(found.map(({ kind }) => kind))).toEqual(new Set(["order_unknown"]));
    expect(new Set(found.map(({ subject }) => subject)).size).toBe(1_500);
  });
});
