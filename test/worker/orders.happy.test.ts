import { exports } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/worker/eventually.ts";
import {
  call,
  cny,
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

describe("the catalogue", () => {
  it("shows what is on sale, with price, ways to pay and how many are left", async () => {
    const product = await stockedProduct(shop, ["A-1", "A-2"], { stock_display: "exact" });
    const list = await call(`/api/v1/products?merchant=${shop.slug}`);
    expect(list.status).toBe(200);
    expect(list.headers.get("cache-control")).toContain("public");
    const item = list.json.data.find((each: { id: string }) => each.id === product.id);
    expect(item).toMatchObject({
      slug: product.slug,
      price: cny(1000),
      availability: "low",
      available: 2,
      payment_methods: ["epay"],
      drop: null,
    });
  });

  it("shows one product by id or slug, its text as safe HTML", async () => {
    const description = "**Fine** <script>alert(1)</script>";
    const product = await createProduct(shop, { description_md: description });
    const bySlug = await call(`/api/v1/products/${product.slug}?merchant=${shop.slug}`);
    const byId = await call(`/api/v1/products/${product.id}?merchant=${shop.slug}`);
    expect(bySlug.json).toEqual(byId.json);
    expect(byId.json.description_html).toContain("<strong>Fine</strong>");
    expect(byId.json.description_html).not.toContain("<script>");
    expect(byId.json.terms_version).toBe(1);
  });

  it("pages through with a cursor, each product once", async () => {
    const own = await openShop();
    const made = [await createProduct(own), await createProduct(own), await createProduct(own)];
    const first = await call(`/api/v1/products?merchant=${own.slug}&limit=2`);
    const cursor = first.json.next_cursor;
    const second = await call(`/api/v1/products?merchant=${own.slug}&limit=2&cursor=${cursor}`);
    const ids = [...first.json.data, ...second.json.data].map((each: { id: string }) => each.id);
    expect(ids).toEqual(made.map((each) => each.id));
    expect(second.json.next_cursor).toBeNull();
  });
});

describe("an order", () => {
  it("is held, paid by a notice, and shows its key to its buyer", async () => {
    const product = await stockedProduct(shop, ["KEY-1"]);
    const answer = await postOrder(shop, product.id, { email: "Bob@Example.com" });
    expect(answer.status).toBe(201);
    const order = answer.json;
    expect(answer.headers.get("location")).toBe(`/api/v1/orders/${order.id}`);
    expect(order).toMatchObject({
      state: "pending",
      amount: cny(1000),
      email_masked: "b***@example.com",
      keys: null,
      payment: { method: "epay", action: "redirect" },
      poll_after_ms: 2000,
    });
    expect(order.id).toMatch(/^[0-9A-Za-z_-]{1,32}$/);
    expect(new URL(order.payment.url).searchParams.get("out_trade_no")).toBe(order.id);

    const notice = await sendNotice(shop, order);
    expect([notice.status, notice.text]).toEqual([200, "success"]);
    const paid = await getOrder(order);
    expect(paid.json).toMatchObject({
      state: "delivered",
      payment: null,
      keys: [{ secret: "KEY-1", note: null }],
      poll_after_ms: null,
    });
  });

  it("comes back whole to the same request, keys and all", async () => {
    const product = await stockedProduct(shop, ["R-1", "R-2"]);
    const key = "the-same-key-of-one-page";
    const first = await postOrder(shop, product.id, {}, key);
    await sendNotice(shop, first.json);
    const again = await postOrder(shop, product.id, {}, key);
    expect(again.status).toBe(201);
    expect(again.json).toMatchObject({
      id: first.json.id,
      access_token: first.json.access_token,
      state: "delivered",
    });
    expect(again.json.keys).toHaveLength(1);
  });

  it("that costs nothing is delivered in the same answer", async () => {
    const product = await createProduct(shop, { price: cny(0), key_source: "generated" });
    const order = await placeOrder(shop, product.id, { quantity: 2, payment_method: undefined });
    expect(order).toMatchObject({ state: "delivered", payment: null });
    expect(new Set(order.keys.map((key: { secret: string }) => key.secret)).size).toBe(2);
  });

  it("of a manual product waits for a person, and shows what they hand over", async () => {
    const product = await createProduct(shop, {
      delivery: "manual",
      fields: [{ id: "uid", label: "Player", required: true, max_length: 20 }],
    });
    const order = await placeOrder(shop, product.id, { fields: { uid: "7" } });
    await sendNotice(shop, order);
    expect((await getOrder(order)).json).toMatchObject({ state: "paid", keys: null });
    const fulfilled = await shop.admin(`/orders/${order.id}/fulfil`, {
      body: { keys: ["BY-HAND"] },
      idempotencyKey: `fulfil-${order.id}`,
    });
    expect(fulfilled.status).toBe(200);
    const done = (await getOrder(order)).json;
    expect(done).toMatchObject({ state: "delivered", fields: { uid: "7" } });
    expect(done.keys[0].secret).toBe("BY-HAND");
  });

  it("costs what its tier and variant say, and takes that variant's key", async () => {
    const product = await createProduct(shop, {
      variants: [
        { id: "30d", title: "30 days", price: cny(500) },
        {
          id: "1y",
          title: "A year",
          price: cny(5000),
          price_tiers: [{ min_quantity: 2, unit_price: cny(4000) }],
        },
      ],
    });
    await shop.admin(`/products/${product.id}/keys`, {
      body: "key,variant\nY-1,1y\nY-2,1y\nD-1,30d\n",
      type: "text/csv",
    });
    const order = await placeOrder(shop, product.id, { variant_id: "1y", quantity: 2 });
    expect(order).toMatchObject({
      amount: cny(8000),
      discount: cny(2000),
      variant: { id: "1y", title: "A year" },
    });
    await sendNotice(shop, order);
    const keys = (await getOrder(order)).json.keys.map((key: { secret: string }) => key.secret);
    expect(keys.toSorted()).toEqual(["Y-1", "Y-2"]);
  });

  it("that is cancelled gives its keys back, once and for all", async () => {
    const product = await stockedProduct(shop, ["C-1"]);
    const order = await placeOrder(shop, product.id);
    const token = order.access_token;
    const cancelled = await call(`/api/v1/orders/${order.id}/cancel`, { method: "POST", token });
    expect(cancelled.json).toMatchObject({ state: "cancelled", payment: null });
    const again = await call(`/api/v1/orders/${order.id}/cancel`, { method: "POST", token });
    expect([again.status, again.json.state]).toEqual([200, "cancelled"]);
    await placeOrder(shop, product.id, { email: "next@example.com" });
  });

  it("is found again by its id and e-mail, and by e-mail and password", async () => {
    const product = await stockedProduct(shop, ["L-1"]);
    const email = "finder@example.com";
    const order = await placeOrder(shop, product.id, { email, lookup_password: "sesame-1" });
    const lookUp = (body: object) => call(`/api/v1/order-lookups?merchant=${shop.slug}`, { body });
    // The order book is written behind the sale.
    const found = await eventually(async () => {
      const byId = await lookUp({ order_id: order.id, email: "Finder@example.com" });
      return byId.json.data[0];
    });
    expect(found).toMatchObject({ id: order.id, access_token: order.access_token });
    const byPassword = await lookUp({ email, lookup_password: "sesame-1" });
    expect(byPassword.json.data[0].id).toBe(order.id);
  });
});

describe("order events", () => {
  it("tell the order as it is, then each change, and end when it is settled", async () => {
    const product = await stockedProduct(shop, ["E-1"]);
    const order = await placeOrder(shop, product.id);
    const response = await exports.default.fetch(
      `https://shop.test/api/v1/orders/${order.id}/events`,
      { headers: { authorization: `Bearer ${order.access_token}` } },
    );
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    expect(response.headers.get("cache-control")).toBe("no-store");
    const listening = response.text();
    await sendNotice(shop, order);
    const states = (await listening)
      .split("\n")
      .filter((line) => line.startsWith("data: "))
      .map((line) => JSON.parse(line.slice(6)) as { state: string; keys: { secret: string }[] });
    expect(states.map((each) => each.state)).toEqual(["pending", "delivered"]);
    expect(states[1]?.keys[0]?.secret).toBe("E-1");
  });
});
