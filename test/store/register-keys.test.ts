import { describe, expect, test } from "vitest";
import type { SealedKey } from "../../durable-objects/product-stock/contract.ts";
import { batch, key, keys, NOW_MS, order } from "./fixtures.ts";
import { Shop } from "./shop.ts";

const register = (shop: Shop, n: number, given: readonly SealedKey[]) =>
  shop.store.registerKeys({ orderId: order(n), keys: given });

describe("keys that a person hands over in another shard", () => {
  test("are known here from then on, and nobody's: not sold, not listed, not counted", () => {
    const shop = new Shop({ shards: 2 }, 1);
    expect(register(shop, 1, keys(2, "hand"))).toEqual({ kind: "registered" });
    expect(shop.store.stock()).toMatchObject({ free: 1, held: 0, sold: 0, void: 0 });
    expect(shop.store.keys({ state: null, afterRow: 0, limit: 9 }).keys).toHaveLength(1);
    const again = shop.store.importKeys(batch("again", keys(3, "hand")), NOW_MS);
    expect(again).toMatchObject({ accepted: 1, duplicates: [0, 1] });
  });

  test("are registered once, also with some more the second time", () => {
    const shop = new Shop({ shards: 2 });
    register(shop, 1, keys(2, "hand"));
    const before = shop.dump();
    expect(register(shop, 1, keys(2, "hand"))).toEqual({ kind: "registered" });
    expect(shop.dump()).toEqual(before);
    expect(register(shop, 1, keys(3, "hand"))).toEqual({ kind: "registered" });
    expect(shop.dump()["keys"]).toHaveLength(3);
  });

  test("are no key that is here already, or another order's: the first of those is named", () => {
    const shop = new Shop({ shards: 2 }, 1);
    register(shop, 1, [key("hand")]);
    const before = shop.dump();
    const known = [key("new"), key("key-0")];
    expect(register(shop, 1, known)).toEqual({ kind: "duplicate_key", index: 1 });
    expect(register(shop, 2, [key("hand")])).toEqual({ kind: "duplicate_key", index: 0 });
    const both = [key("hand"), key("new"), key("key-0")];
    expect(register(shop, 1, both)).toEqual({ kind: "duplicate_key", index: 2 });
    expect(shop.dump()).toEqual(before);
  });

  test("are no key that was lent: it may come back and be sold", () => {
    const shop = new Shop({ shards: 2 }, 1);
    shop.store.lend({ to: 8 + 2 ** 24, variantId: null, quantity: 1 }, NOW_MS);
    expect(register(shop, 1, [key("key-0")])).toEqual({ kind: "duplicate_key", index: 0 });
  });
});
