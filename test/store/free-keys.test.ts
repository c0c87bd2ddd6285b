import { describe, expect, test } from "vitest";
import { batch, key, keys, request } from "./fixtures.ts";
import { Shop } from "./shop.ts";

describe("a list of buyers that is served from one look at the pool", () => {
  test("an order that is too large for what is left takes nothing from those behind it", () => {
    const shop = new Shop({ limits: { perOrder: 10, perBuyer: null } }, 3);
    const list = [
      request(1, { quantity: 5, amountMinor: 5_000 }),
      request(2),
      request(3, { quantity: 2, amountMinor: 2_000 }),
      request(4),
    ];
    expect(shop.store.reserve(list, shop.nowMs).map(({ kind }) => kind)).toEqual([
      "sold_out",
      "reserved",
      "reserved",
      "sold_out",
    ]);
    expect(shop.store.stock()).toMatchObject({ free: 0, held: 3 });
  });

  test("passes over keys that expire between those that do not", () => {
    const shop = new Shop();
    const ends = [null, shop.nowMs, shop.nowMs, null];
    const given = ends.map((expiresAtMs, n) => key(`mixed-${n}`, { expiresAtMs }));
    shop.store.importKeys(batch("mixed", given), shop.nowMs - 1);
    const list = [request(1), request(2), request(3)];
    expect(shop.store.reserve(list, shop.nowMs).map(({ kind }) => kind)).toEqual([
      "reserved",
      "reserved",
      "sold_out",
    ]);
    expect(shop.store.stock()).toMatchObject({ free: 0, held: 2, void: 2 });
  });

  test("the same order twice in it is one order", () => {
    const shop = new Shop({}, 3);
    const [first, second] = shop.store.reserve([request(1), request(1)], shop.nowMs);
    expect([first?.kind, second?.kind]).toEqual(["reserved", "repeated"]);
    expect(shop.store.stock()).toMatchObject({ free: 2, held: 1 });
  });

  test("what it looked up and did not take is looked up anew by the next", () => {
    const shop = new Shop({}, 0);
    shop.store.importKeys(batch("two", keys(2)), shop.nowMs);
    shop.store.reserve([request(1), request(1)], shop.nowMs);
    shop.database.exec("UPDATE keys SET state = 'void' WHERE state = 'free'");
    expect(shop.reserve(2)).toMatchObject({ kind: "sold_out", available: 0 });
  });
});
