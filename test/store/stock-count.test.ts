import { describe, expect, test } from "vitest";
import { Shop } from "./shop.ts";

describe("a glance at the stock", () => {
  test("of few keys is what the rows say, a moment later at the latest", () => {
    const shop = new Shop({}, 5);
    expect(shop.store.glance(shop.nowMs)).toMatchObject({ free: 5 });
    shop.reserve(1, { quantity: 2 });
    expect(shop.store.glance(shop.nowMs + 1)).toMatchObject({ free: 3, held: 2 });
  });

  test("of many keys is not counted anew for every page, and not kept for longer than it took to count", () => {
    const shop = new Shop({}, 2_000);
    const before = shop.store.glance(shop.nowMs);
    shop.reserve(1);
    expect(shop.store.glance(shop.nowMs + 3)).toEqual(before);
    expect(shop.store.glance(shop.nowMs + 4)).toMatchObject({ free: 1_999, held: 1 });
  });

  test("does not blur what is counted for people", () => {
    const shop = new Shop({}, 2_000);
    shop.store.glance(shop.nowMs);
    shop.reserve(1);
    expect(shop.store.stock()).toMatchObject({ free: 1_999, held: 1 });
  });
});
