import { describe, expect, test } from "vitest";
import { IMPORT_BATCH_MAX } from "../../durable-objects/product-stock/import-contract.ts";
import { ProductStockStore } from "../../durable-objects/product-stock/store.ts";
import { sqliteSql } from "../support/node/sqlite-sql.ts";
import { batch, key, keys, NOW_MS, order } from "./fixtures.ts";
import { Shop } from "./shop.ts";

describe("a batch is added once", () => {
  test("the same batch again answers the same, though the stock has moved, and adds nothing", () => {
    const shop = new Shop();
    const first = shop.store.importKeys(batch("a", [key(1), key(2), key(1)]), NOW_MS);
    expect(first).toEqual({ accepted: 2, duplicates: [2], available: 2, repeated: false });
    shop.reserve(1);
    const before = shop.dump();
    expect(shop.store.importKeys(batch("a", [key(1), key(2), key(1)]), NOW_MS)).toEqual({
      ...first,
      repeated: true,
    });
    expect(shop.dump()).toEqual(before);
  });

  test("other keys under the name of a batch are another part of it, and all of them are added", () => {
    const shop = new Shop();
    const part = (name: string, places: number[]) => ({
      ...batch(
        "a",
        places.map((place) => key(place)),
      ),
      part: name,
    });
    shop.store.importKeys(part("first", [1, 2]), NOW_MS);
    expect(shop.store.importKeys(part("second", [2, 3]), NOW_MS)).toEqual({
      accepted: 1,
      duplicates: [0],
      available: 3,
      repeated: false,
    });
    expect(shop.store.importKeys(part("first", [1, 2]), NOW_MS)).toMatchObject({
      accepted: 2,
      available: 2,
      repeated: true,
    });
  });

  test("a key that the object had, in whatever state, is a duplicate", () => {
    const shop = new Shop({}, 3);
    shop.reserve(1);
    shop.pay(1);
    const again = [key("key-0"), key("fresh"), key("key-2")];
    expect(shop.store.importKeys(batch("b", again), NOW_MS)).toMatchObject({
      accepted: 1,
      duplicates: [0, 2],
      available: 3,
    });
  });

  test("an empty batch is an outcome too", () => {
    const shop = new Shop({}, 1);
    expect(shop.store.importKeys(batch("none", []), NOW_MS)).toMatchObject({
      accepted: 0,
      available: 1,
    });
  });
});

test("what is free is followed through everything that was undone, and counted after a restart", () => {
  const shop = new Shop({}, 5);
  const free = () => shop.store.importKeys(batch("none", [], true), NOW_MS).available;
  expect(free()).toBe(5);
  expect(() =>
    shop.store.transaction(() => {
      shop.reserve(1);
      throw new Error("undone");
    }),
  ).toThrow("undone");
  expect(free()).toBe(5);
  shop.store.importKeys(batch("dry", keys(3, "dry"), true), NOW_MS);
  expect(free()).toBe(5);
  shop.reserve(2);
  shop.pay(2);
  shop.reserve(3);
  expect(free()).toBe(3);
  expect(
    new ProductStockStore(sqliteSql(shop.database)).importKeys(batch("x", []), NOW_MS),
  ).toEqual({ accepted: 0, duplicates: [], available: 3, repeated: false });
});

describe("a dry run", () => {
  test("answers what the import would, and writes nothing", () => {
    const shop = new Shop({}, 2);
    const sealed = [key("key-1"), key("x"), key("x"), key("y")];
    const before = shop.dump();
    const promised = shop.store.importKeys(batch("b", sealed, true), NOW_MS);
    expect(shop.dump()).toEqual(before);
    expect(shop.store.takeChanged()).toEqual([]);
    expect(promised).toEqual({ accepted: 2, duplicates: [0, 2], available: 4, repeated: false });
    expect(shop.store.importKeys(batch("b", sealed), NOW_MS)).toEqual(promised);
  });
});

describe("the largest batch", () => {
  test("is added whole, its duplicates found at both ends", () => {
    const shop = new Shop({}, 1);
    const sealed = [key("key-0"), ...keys(IMPORT_BATCH_MAX - 2, "big"), key("big-0")];
    expect(shop.store.importKeys(batch("big", sealed), NOW_MS)).toEqual({
      accepted: IMPORT_BATCH_MAX - 2,
      duplicates: [0, IMPORT_BATCH_MAX - 1],
      available: IMPORT_BATCH_MAX - 1,
      repeated: false,
    });
  });

  test("one more is refused at the door", () => {
    const shop = new Shop();
    expect(() => shop.store.importKeys(batch("b", keys(IMPORT_BATCH_MAX + 1)), NOW_MS)).toThrow(
      TypeError,
    );
    expect(shop.store.stock().free).toBe(0);
  });

  test("the longest keys fit SQLite's largest string, however many bytes their notes take", () => {
    const shop = new Shop();
    const long = Array.from({ length: 100 }, (_, n) =>
      key(`${n}`.padEnd(122, "x"), { sealed: "s".repeat(65_536), note: "密".repeat(4_096) }),
    );
    const prints = Array.from({ length: 9_900 }, (_, n) => key(`${n}`.padEnd(122, "y")));
    const largest = batch("long", [...long, ...prints]);
    expect(shop.store.importKeys(largest, NOW_MS).accepted).toBe(IMPORT_BATCH_MAX);
  });
});

test("duplicates are named in the order of the list, known or given twice", () => {
  const shop = new Shop({}, 1);
  const sealed = [key("x"), key("x"), key("key-0"), key("x")];
  expect(shop.store.importKeys(batch("b", sealed), NOW_MS).duplicates).toEqual([1, 2, 3]);
});

test("notes of characters that JSON writes with six fit as well", () => {
  const shop = new Shop();
  const noted = Array.from({ length: 100 }, (_, n) => key(n, { note: "\u0001".repeat(4_096) }));
  expect(shop.store.importKeys(batch("noted", noted), NOW_MS).accepted).toBe(100);
});

test("what a batch was called, what of it was taken and when is kept", () => {
  const shop = new Shop({}, 1);
  const named = { ...batch("b", [key("key-0"), key("x")]), label: "November" };
  shop.store.importKeys(named, NOW_MS + 7);
  expect(shop.dump()["batches"]).toContainEqual({
    id: "kb_b.whole",
    label: "November",
    accepted: 1,
    duplicates: "[0]",
    available: 2,
    at_ms: NOW_MS + 7,
  });
});

describe("pages", () => {
  test("are of five hundred at the most, however many are asked for", () => {
    const shop = new Shop({}, 501);
    for (let n = 0; n < 501; n++) shop.reserve(n);
    const keysPage = shop.store.keys({ state: null, afterRow: 0, limit: 1_000 });
    expect([keysPage.keys.length, keysPage.nextRow]).toEqual([500, 500]);
    const books = shop.store.books({ afterOrderId: "", limit: 1_000 });
    expect([books.orders.length, books.nextOrderId]).toEqual([500, order(499)]);
    const rest = shop.store.books({ afterOrderId: order(499), limit: 1_000 });
    expect(rest.orders.map(({ id }) => id)).toEqual([order(500)]);
    expect(rest.nextOrderId).toBeNull();
  });

  test("that end where the list ends are the last", () => {
    const shop = new Shop({}, 2);
    for (const n of [1, 2]) shop.reserve(n);
    expect(shop.store.keys({ state: null, afterRow: 0, limit: 2 }).nextRow).toBeNull();
    expect(shop.store.books({ afterOrderId: "", limit: 2 }).nextOrderId).toBeNull();
    expect(shop.store.books({ afterOrderId: "", limit: 1 }).nextOrderId).toBe(order(1));
  });

  test("of one state show that state, and of all show all", () => {
    const shop = new Shop({}, 3);
    shop.reserve(1);
    shop.reserve(2);
    shop.pay(2);
    const listed = (state: "free" | "held" | "sold" | null) =>
      shop.store.keys({ state, afterRow: 0, limit: 9 }).keys.map((row) => row.fingerprint);
    expect(listed("held")).toEqual(["print-key-0"]);
    expect(listed("sold")).toEqual(["print-key-1"]);
    expect(listed("free")).toEqual(["print-key-2"]);
    expect(listed(null)).toHaveLength(3);
  });

  test("say how many keys an order holds", () => {
    const shop = new Shop({}, 3);
    shop.reserve(1, { quantity: 2 });
    shop.reserve(2);
    shop.pay(2);
    const { orders } = shop.store.books({ afterOrderId: "", limit: 9 });
    expect(orders.map(({ heldKeyRows }) => heldKeyRows)).toEqual([2, 0]);
  });

  test("for the order book are of the orders that were asked for and exist", () => {
    const shop = new Shop({}, 3);
    for (const n of [1, 2, 3]) shop.reserve(n);
    const found = shop.store.readForOrderBook([order(3), order(9), order(1)]);
    expect(found).toEqual([shop.order(3), shop.order(1)]);
  });
});

test("what is imported is what is listed, page by page", () => {
  const shop = new Shop();
  const sealed = [
    key("a", { note: "n", variantId: "m", expiresAtMs: NOW_MS + 5, costMinor: 3 }),
    ...keys(4),
  ];
  shop.store.importKeys(batch("all", sealed), NOW_MS);
  const first = shop.store.keys({ state: null, afterRow: 0, limit: 2 });
  expect(first.keys[0]).toEqual({
    id: "key_0000071",
    state: "free",
    sealed: "1.sealed-a",
    fingerprint: "print-a",
    variantId: "m",
    note: "n",
    orderId: null,
    batchId: "kb_all",
    expiresAtMs: NOW_MS + 5,
  });
  const second = shop.store.keys({ state: null, afterRow: first.nextRow ?? 0, limit: 3 });
  expect(second.nextRow).toBeNull();
  expect([...first.keys, ...second.keys].map((row) => row.fingerprint)).toEqual(
    sealed.map((imported) => imported.fingerprint),
  );
  expect(shop.store.keys({ state: "sold", afterRow: 0, limit: 9 }).keys).toEqual([]);
});
