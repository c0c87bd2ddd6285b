import { describe, expect, test } from "vitest";
import type { ProductStockRpc } from "../../durable-objects/product-stock/contract.ts";
import { Unavailable } from "../../src/domain/overload/unavailable.ts";
import { throughArchive } from "../../src/flows/orders/through-archive.ts";
import { order } from "../store/fixtures.ts";
import { archiveShop } from "../support/node/memory-archive.ts";

/** An object that has let go of order 1 and takes back none of the records that the archive gives. */
async function refusing(...versions: number[]) {
  const { shop, archive, publish, deps } = archiveShop({}, 1);
  shop.reserve(1);
  shop.store.cancel({ orderId: order(1), by: "buyer" }, shop.nowMs);
  publish(order(1));
  const { orders } = await deps.stock.of(7).readForArchive([order(1)]);
  archive.keep(orders);
  const [record] = archive.read([order(1)]);
  if (record === undefined) throw new Error("nothing was archived");
  const reads = versions.map((version) => ({ ...record, order: { ...record.order, version } }));
  const stock: ProductStockRpc = {
    ...deps.stock.of(7),
    cancel: () => Promise.resolve({ kind: "unknown", archived: true }),
    restore: () => Promise.resolve({ kind: "refused" }),
  };
  const read = () => Promise.resolve(reads.splice(0, 1));
  return throughArchive({
    stock: { of: () => stock },
    archive: { read, reschedule: () => Promise.resolve() },
    clock: { nowMs: () => shop.nowMs },
  }).of(7);
}

describe("an object that does not take a record back", () => {
  const cancel = { orderId: order(1), by: "buyer" } as const;

  test("has let the order go anew since it was read: whoever asks once more gets it", async () => {
    const stock = await refusing(2, 3);
    await expect(stock.cancel(cancel)).rejects.toThrow(Unavailable);
  });

  test("and archive that holds no other: a bug that somebody must see", async () => {
    const stock = await refusing(2, 2);
    await expect(stock.cancel(cancel)).rejects.toThrow("the archive has another than has left");
  });
});
