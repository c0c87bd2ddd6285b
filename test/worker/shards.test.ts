import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { parseOrderId } from "../../src/domain/ids.ts";
import { eventually } from "../support/worker/eventually.ts";
import {
  call,
  createProduct,
  getOrder,
  migrate,
  openShop,
  placeOrder,
  postOrder,
  sendNotice,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";

let shop: Shop;

beforeAll(async () => {
  await migrate();
  shop = await openShop();
});

const names = (count: number, name: string) =>
  Array.from({ length: count }, (_, n) => `${name}-${n}`);
const buyer = (n: number) => ({ email: `buyer-${n}@example.com` });
const stockOf = async (product: { id: string }) =>
  (await shop.admin(`/products/${product.id}/stock`)).json;
const homeOf = (id: string) => parseOrderId(id)?.stockNumber;

/** A buyer whose home is another one than that of those orders. */
async function orderElsewhere(product: { id: string }, than: { id: string }) {
  for (let n = 1_000; ; n++) {
    const order = await placeOrder(shop, product.id, buyer(n));
    if (homeOf(order.id) !== homeOf(than.id)) return order;
    await cancel(order);
  }
}

function cancel(order: { id: string; access_token: string }) {
  return call(`/api/v1/orders/${order.id}/cancel`, { method: "POST", token: order.access_token });
}

describe("a product with stock_shards", () => {
  test("sells every key once to buyers at once, and shows the same everywhere", async () => {
    const product = await stockedProduct(shop, names(60, "hot"), {
      stock_shards: 8,
      stock_display: "exact",
    });
    expect(product.stock_shards).toBe(8);
    const answers = await Promise.all(
      Array.from({ length: 120 }, (_, n) => postOrder(shop, product.id, buyer(n))),
    );
    const orders = answers.flatMap((answer) => (answer.status === 201 ? [answer.json] : []));
    expect(orders).toHaveLength(60);
    const refused = answers.filter((answer) => answer.status !== 201);
    for (const answer of refused) {
      expect(answer).toMatchObject({ status: 409, json: { code: "sold_out", available: 0 } });
    }
    expect(new Set(orders.map((order) => homeOf(order.id))).size).toBeGreaterThan(1);
    expect(await stockOf(product)).toMatchObject({ free: 0, held: 60, sold: 0, void: 0 });

    await Promise.all(orders.map((order) => sendNotice(shop, order)));
    const shown = await Promise.all(orders.map((order) => getOrder(order)));
    const secrets = shown.map((answer) => answer.json.keys[0].secret);
    expect(secrets.toSorted()).toEqual(names(60, "hot").toSorted());
    expect(await stockOf(product)).toMatchObject({ free: 0, held: 0, sold: 60 });
    const page = await call(`/api/v1/products/${product.id}?merchant=${shop.slug}`);
    expect(page.json).toMatchObject({ availability: "sold_out", available: 0 });
  });

  test("counts a buyer's limit over all their orders, wherever the keys were", async () => {
    const product = await stockedProduct(shop, names(20, "limit"), {
      stock_shards: 8,
      limits: { per_buyer: 3 },
    });
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => postOrder(shop, product.id, buyer(1))),
    );
    expect(answers.filter((answer) => answer.status === 201)).toHaveLength(3);
    const refused = answers.filter((answer) => answer.status !== 201);
    for (const answer of refused) expect(answer.json).toMatchObject({ code: "limit_reached" });
  });

  test("fills an order larger than any shard's part", async () => {
    const product = await stockedProduct(shop, names(10, "large"), { stock_shards: 8 });
    const order = await placeOrder(shop, product.id, { ...buyer(1), quantity: 10 });
    expect(await stockOf(product)).toMatchObject({ free: 0, held: 10 });
    await sendNotice(shop, order);
    expect((await getOrder(order)).json.keys).toHaveLength(10);
  });

  test("answers the same request with the same order, though the keys have moved since", async () => {
    const product = await stockedProduct(shop, names(3, "same"), { stock_shards: 8 });
    const idempotencyKey = "the-same-request-over-shards";
    const first = await postOrder(shop, product.id, buyer(1), idempotencyKey);
    await placeOrder(shop, product.id, { ...buyer(2), quantity: 2 });
    const again = await postOrder(shop, product.id, buyer(1), idempotencyKey);
    expect(again).toMatchObject({ status: 201, json: { id: first.json.id } });
  });

  test("knows a key that it has, whichever shard has it by now", async () => {
    const product = await stockedProduct(shop, names(20, "known"), { stock_shards: 8 });
    await placeOrder(shop, product.id, { ...buyer(1), quantity: 10 });
    const body = [...names(20, "known"), "known-new"].join("\n");
    const path = `/products/${product.id}/keys`;
    const answer = await shop.admin(path, { body, type: "text/plain" });
    expect(answer.json).toMatchObject({ accepted: 1, available: 11 });
    expect(answer.json.duplicates).toHaveLength(20);
  });

  test("lists its keys over all shards, and shows any of them in full", async () => {
    const product = await stockedProduct(shop, names(20, "list"), { stock_shards: 4 });
    await placeOrder(shop, product.id, { ...buyer(1), quantity: 9 });
    const ids: string[] = [];
    let cursor = "";
    do {
      const path = `/products/${product.id}/keys?limit=6${cursor}`;
      const { json } = await shop.admin(path);
      ids.push(...json.data.map((key: { id: string }) => key.id));
      cursor = json.next_cursor === null ? "" : `&cursor=${json.next_cursor}`;
    } while (cursor !== "");
    expect(new Set(ids).size).toBe(20);
    const shown = await Promise.all(
      ids.map((id) => shop.admin(`/keys/${id}/reveal`, { method: "POST" })),
    );
    const secrets = shown.map((answer) => answer.json.secret);
    expect(secrets.toSorted()).toEqual(names(20, "list").toSorted());
  });

  test("delivers what was paid late from another shard, at once or when keys come", async () => {
    const product = await stockedProduct(shop, ["late-1"], { stock_shards: 8 });
    const late = await placeOrder(shop, product.id, buyer(1));
    await cancel(late);
    const other = await orderElsewhere(product, late);
    await sendNotice(shop, late);
    expect((await getOrder(late)).json).toMatchObject({ state: "unfilled" });

    await cancel(other);
    const path = `/products/${product.id}/keys`;
    await shop.admin(path, { body: "late-2", type: "text/plain" });
    const filled = await eventually(async () => {
      const { json } = await getOrder(late);
      return json.state === "delivered" ? json : null;
    });
    expect(filled.keys).toHaveLength(1);
    expect(await stockOf(product)).toMatchObject({ free: 1, sold: 1 });
  });

  test("lets a person act on an order of any shard: cancel, mark as paid, fulfil", async () => {
    const pool = await stockedProduct(shop, names(8, "act"), { stock_shards: 8 });
    const manual = await createProduct(shop, { stock_shards: 8, delivery: "manual" });
    for (let n = 0; n < 2; n++) {
      const cancelled = await placeOrder(shop, pool.id, buyer(n));
      const act = (id: string, verb: string, body?: unknown) =>
        shop.admin(`/orders/${id}/${verb}`, { method: "POST", ...(body ? { body } : {}) });
      expect((await act(cancelled.id, "cancel")).json).toMatchObject({ state: "cancelled" });
      const paid = await placeOrder(shop, pool.id, buyer(n));
      expect((await act(paid.id, "mark-paid")).json).toMatchObject({ state: "delivered" });
      const owed = await placeOrder(shop, manual.id, buyer(n));
      await act(owed.id, "mark-paid");
      const given = await act(owed.id, "fulfil", { keys: [`by-hand-${n}`] });
      expect(given.json).toMatchObject({ state: "delivered" });
    }
    const again = await shop.admin(`/products/${manual.id}/keys`, {
      body: names(2, "by-hand").join("\n"),
      type: "text/plain",
    });
    expect(again.json).toMatchObject({ accepted: 0 });
  });

  test("keeps the number that it was made with, and says so", async () => {
    const product = await createProduct(shop, { stock_shards: 2 });
    const edit = (body: unknown) =>
      shop.admin(`/products/${product.id}`, {
        method: "PATCH",
        body,
        headers: { "if-match": String(product.version) },
      });
    expect(await edit({ stock_shards: 4 })).toMatchObject({
      status: 409,
      json: { code: "stock_shards_fixed", stock_shards: 2 },
    });
    expect(await edit({ stock_shards: 2, title: "Another title" })).toMatchObject({
      status: 200,
      json: { stock_shards: 2, title: "Another title" },
    });
  });

  test.each([0, 65, 1.5, "2"])("has from 1 to 64 of them, and not %s", async (shards) => {
    const body = {
      slug: "no-such",
      title: "No",
      price: { amount_minor: 1, currency: "CNY" },
      stock_shards: shards,
    };
    expect(await shop.admin("/products", { body })).toMatchObject({
      status: 400,
      json: { code: "invalid_body" },
    });
  });

  test("tells all of its shards what it costs now", async () => {
    const product = await stockedProduct(shop, names(8, "price"), { stock_shards: 4 });
    await shop.admin(`/products/${product.id}`, {
      method: "PATCH",
      body: { price: { amount_minor: 500, currency: "CNY" } },
      headers: { "if-match": "1" },
    });
    const { number } = await env.DB.prepare("SELECT number FROM products WHERE id = ?")
      .bind(product.id)
      .first<{ number: number }>()
      .then((row) => row ?? { number: 0 });
    for (let shard = 0; shard < 4; shard++) {
      const name = `product-${number + shard * 2 ** 24}`;
      expect(await env.PRODUCT_STOCK.getByName(name).health()).toMatchObject({ termsVersion: 2 });
    }
  });
});
