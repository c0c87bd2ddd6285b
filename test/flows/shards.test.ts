import { describe, expect, test } from "vitest";
import type { ProductStockRpc } from "../../durable-objects/product-stock/contract.ts";
import { ProductStockStore } from "../../durable-objects/product-stock/store.ts";
import { parseOrderId } from "../../src/domain/ids.ts";
import { stockNumbers } from "../../src/domain/product/shards.ts";
import { fulfilOrder } from "../../src/flows/orders/fulfil-order.ts";
import { placeOrder, type OrderRequest } from "../../src/flows/orders/place-order.ts";
import {
  configureShards,
  countProductStock,
  fillOwedOverShards,
  homeOf,
  importIntoShards,
  listProductKeys,
  type KeyPlace,
} from "../../src/flows/stock/shards.ts";
import { memoryShop, listing } from "../support/node/memory-shop.ts";
import { sqliteSql } from "../support/node/sqlite-sql.ts";
import { storeRpc } from "../support/node/store-rpc.ts";
import { ACCOUNT, batch, key, keys, MERCHANT, NOW_MS } from "../store/fixtures.ts";

const SHARDS = 4;
const sold = listing({ shards: SHARDS });
const { terms } = sold.product;

/** Four shards in memory, one store each. Calls that `fails` names break before they arrive. */
function shardedShop() {
  const shop = memoryShop({ stocked: 0, remembered: sold });
  const stores = new Map<number, ProductStockStore>();
  const calls: string[] = [];
  const world: { fails: (call: string, number: number) => boolean } = { fails: () => false };
  const stock = {
    of(number: number): ProductStockRpc {
      const store = stores.get(number) ?? new ProductStockStore(sqliteSql());
      stores.set(number, store);
      const rpc = storeRpc(
        store,
        () => NOW_MS,
        (work) => Promise.resolve().then(work),
      );
      return new Proxy(rpc, {
        get: (target, name: keyof ProductStockRpc) => (argument: never) => {
          calls.push(`${name} ${number}`);
          if (world.fails(name, number)) return Promise.reject(new Error("the wire broke"));
          const call = target[name] as (given: never) => Promise<unknown>;
          return call(argument);
        },
      });
    },
  };
  const count = () => countProductStock(stock, terms, "stock");
  return { ...shop, stock, stores, calls, world, count };
}

const request: OrderRequest = {
  merchantId: MERCHANT,
  product: "starter-key",
  variantId: null,
  quantity: 1,
  email: "buyer@example.com",
  locale: "en",
  paymentMethod: "epay",
  fields: {},
  lookupPassword: null,
  coupon: null,
  expectedAmountMinor: null,
  idempotencyKey: "a-key-of-sixteen-characters",
  ticket: null,
  challenge: null,
  caller: { network: "192.0.2.1", country: null, asn: null, device: null },
  surface: "desktop",
};

describe("a buyer's home", () => {
  test("is the same for every order of theirs, and not the same for everyone", async () => {
    const { vault } = shardedShop();
    const home = (n: number) => homeOf(vault, terms, `buyer-${n}@example.com`);
    expect(await home(1)).toBe(await home(1));
    const homes = new Set(await Promise.all(Array.from({ length: 60 }, (_, n) => home(n))));
    expect(Array.from(homes).toSorted()).toEqual(stockNumbers(terms).toSorted());
  });

  test("is one for a mailbox, however its address is written: no place in a line could buy in two shards", async () => {
    const { vault } = shardedShop();
    for (let n = 0; n < 40; n++) {
      const names = [`b.uyer${n}@gmail.com`, `buyer${n}+x@googlemail.com`, `buyer${n}@gmail.com`];
      const homes = await Promise.all(names.map((email) => homeOf(vault, terms, email)));
      expect(new Set(homes).size).toBe(1);
    }
  });

  test("is the product's own object where it has no shards, without any digest", async () => {
    const vault = { digestText: () => Promise.reject(new Error("not asked")) };
    expect(await homeOf(vault, listing().product.terms, request.email)).toBe(7);
  });

  test("has the order, told its terms by the first that meets it without, and its id says so", async () => {
    const shop = shardedShop();
    const home = await homeOf(shop.vault, terms, request.email);
    const [only] = keys(1);
    if (only === undefined) throw new Error("no key");
    shop.stock.of(home);
    shop.stores.get(home)?.importKeys(batch("first", [only]), NOW_MS);
    const placed = await placeOrder(shop, request);
    if (!placed.ok) throw new Error(placed.error.reason);
    expect(parseOrderId(placed.value.order.id)?.stockNumber).toBe(home);
    expect(shop.stores.get(home)?.terms).toEqual({ ...terms, productNumber: home });
  });
});

describe("an order whose home says that it has too few keys", () => {
  test("is looked for in the other shards before the buyer hears of it", async () => {
    const shop = shardedShop();
    const home = await homeOf(shop.vault, terms, request.email);
    await shop.stock.of(home).configure({ ...terms, productNumber: home });
    expect(await placeOrder(shop, request)).toMatchObject({ error: { reason: "sold_out" } });
    expect(shop.calls.slice(-2)).toEqual([`reserve ${home}`, `collect ${home}`]);
  });

  test("is told to come again when the shards could not say", async () => {
    const shop = shardedShop();
    const stock = {
      of: (number: number): ProductStockRpc => ({
        ...storeRpc(
          shop.store,
          () => NOW_MS,
          async (work) => work(),
        ),
        configure: () => Promise.resolve({ version: number }),
        collect: () => Promise.resolve({ kind: "busy" }),
      }),
    };
    await expect(placeOrder({ ...shop, stock }, request)).rejects.toMatchObject({
      dependency: "stock",
    });
  });
});

describe("an import into shards", () => {
  const sealed = keys(40);

  test("gives each shard its part, and tells the outcome as one object would", async () => {
    const shop = shardedShop();
    const twice = [...sealed, key("key-3"), key("key-7")];
    const outcome = await importIntoShards(shop.stock, terms, batch("a", twice));
    expect(outcome).toEqual({
      accepted: 40,
      duplicates: [40, 41],
      available: 40,
      repeated: false,
    });
    for (const store of shop.stores.values()) {
      expect(store.stock().free).toBeGreaterThan(0);
      expect(store.stock().free).toBeLessThan(40);
    }
    expect(await shop.count()).toMatchObject({ free: 40, held: 0, sold: 0, void: 0 });
  });

  test("finds a key that it has, wherever that is, under another batch as well", async () => {
    const shop = shardedShop();
    await importIntoShards(shop.stock, terms, batch("a", sealed));
    const more = [key("new"), ...sealed.slice(0, 20)];
    const outcome = await importIntoShards(shop.stock, terms, batch("b", more));
    const places = Array.from({ length: 20 }, (_, place) => place + 1);
    expect(outcome).toMatchObject({ accepted: 1, duplicates: places, available: 41 });
  });

  test.each([0, 1, 2, 3])("that died at shard %d is whole when it is sent again", async (dead) => {
    const shop = shardedShop();
    const number = stockNumbers(terms)[dead];
    shop.world.fails = (call, at) => call === "importKeys" && at === number;
    await expect(importIntoShards(shop.stock, terms, batch("a", sealed))).rejects.toThrow();
    shop.world.fails = () => false;
    const again = await importIntoShards(shop.stock, terms, batch("a", sealed));
    expect(again).toMatchObject({ accepted: 40, duplicates: [], available: 40, repeated: false });
    expect(await importIntoShards(shop.stock, terms, batch("a", sealed))).toEqual({
      ...again,
      repeated: true,
    });
  });

  test("as a dry run says the same and adds nothing", async () => {
    const shop = shardedShop();
    const dry = await importIntoShards(shop.stock, terms, batch("a", sealed, true));
    expect(dry).toMatchObject({ accepted: 40, available: 40 });
    expect(await shop.count()).toMatchObject({ free: 0 });
  });

  test("has every shard look for what is owed; one that does not answer has its alarm", async () => {
    const shop = shardedShop();
    shop.world.fails = (call, number) => call === "collectOwed" && number === 7;
    await fillOwedOverShards(shop.stock, terms);
    expect(shop.calls).toEqual(stockNumbers(terms).map((number) => `collectOwed ${number}`));
  });
});

test("a list of keys goes through all shards, page by page, and has each key once", async () => {
  const shop = shardedShop();
  await configureShards(shop.stock, terms);
  await importIntoShards(shop.stock, terms, batch("a", keys(40)));
  const seen: string[] = [];
  const sizes: number[] = [];
  let from: KeyPlace | null = { shard: 0, afterRow: 0 };
  while (from !== null) {
    const query = { state: "free", limit: 7 } as const;
    const page: Awaited<ReturnType<typeof listProductKeys>> = await listProductKeys(
      shop.stock,
      terms,
      query,
      from,
    );
    seen.push(...page.keys.map(({ fingerprint }) => fingerprint));
    sizes.push(page.keys.length);
    from = page.next;
  }
  expect(seen.toSorted()).toEqual(
    keys(40)
      .map(({ fingerprint }) => fingerprint)
      .toSorted(),
  );
  expect(sizes.slice(0, 5)).toEqual([7, 7, 7, 7, 7]);
});

describe("a key that a person hands over", () => {
  const manual = listing({ shards: SHARDS, delivery: "manual" });
  const author = { merchantId: MERCHANT, actor: "operator", atMs: NOW_MS };
  const secret = (name: string) => ({
    line: 1,
    secret: name,
    note: null,
    variantId: null,
    expiresAtMs: null,
    costMinor: null,
  });

  async function paidOrder() {
    const shop = shardedShop();
    shop.book.remembered = manual;
    shop.book.held = manual;
    const placed = await placeOrder(shop, request);
    if (!placed.ok) throw new Error(placed.error.reason);
    const { order } = placed.value;
    const stockNumber = parseOrderId(order.id)?.stockNumber ?? 0;
    const money = { amountMinor: order.amountMinor, currency: order.currency };
    const paid = shop.stores.get(stockNumber)?.recordPayment(
      {
        accountId: ACCOUNT,
        tradeNo: "T-1",
        orderId: order.id,
        money,
        source: "notice",
        reportedAtMs: NOW_MS,
      },
      MERCHANT,
      NOW_MS,
    );
    if (!paid?.order) throw new Error("not paid");
    const audit = { append: () => Promise.resolve() };
    return { shop: { ...shop, audit }, order: paid.order, stockNumber };
  }

  test("is known to a later import, whichever shard would have it", async () => {
    for (const name of ["a", "b", "c", "d", "e", "f"]) {
      const { shop, order, stockNumber } = await paidOrder();
      const act = { product: manual.product, order, stockNumber, requestId: "act-1" };
      const given = { ...act, keys: [secret(name)] };
      expect(await fulfilOrder(shop, author, given)).toMatchObject({ kind: "changed" });
      expect(await fulfilOrder(shop, author, given)).toMatchObject({ kind: "unchanged" });
      const sealed = await shop.vault.sealKeys(MERCHANT, manual.product.id, [name]);
      const imported = sealed.map((box) => ({ ...key(name), ...box }));
      const outcome = await importIntoShards(shop.stock, terms, batch("later", imported));
      expect(outcome, name).toMatchObject({ accepted: 0, duplicates: [0] });
      expect(await shop.count(), name).toMatchObject({ free: 0, sold: 1, void: 0 });
    }
  });

  test("is refused when any shard has it already, and the order keeps waiting", async () => {
    for (const name of ["a", "b", "c", "d", "e", "f"]) {
      const { shop, order, stockNumber } = await paidOrder();
      const sealed = await shop.vault.sealKeys(MERCHANT, manual.product.id, [name]);
      const imported = sealed.map((box) => ({ ...key(name), ...box }));
      await importIntoShards(shop.stock, terms, batch("before", imported));
      const act = { product: manual.product, order, stockNumber, requestId: "act-1" };
      const outcome = await fulfilOrder(shop, author, { ...act, keys: [secret(name)] });
      expect(outcome, name).toEqual({ kind: "duplicate_key", index: 0 });
      expect(await shop.count(), name).toMatchObject({ free: 1, sold: 0 });
    }
  });
});
