import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { isolate, wiredObjects } from "../support/worker/isolate.ts";
import {
  call,
  migrate,
  openShop,
  placeOrder,
  postOrder,
  sendNotice,
  stockedProduct,
  unopenedProduct,
  type Answer,
  type Call,
  type Shop,
} from "../support/worker/shop.ts";

const MINUTES_MS = 120_000;

beforeAll(migrate);

async function shopWith(limits: Record<string, number>): Promise<Shop> {
  const shop = await openShop();
  const headers = { "if-match": '"0"' };
  await shop.admin("/settings", { method: "PATCH", body: { limits }, headers });
  return shop;
}

let orders = 0;

/** An order of a mailbox that nobody has used before. */
function order(shop: Shop, productId: string, headers: Record<string, string>, through: Call = {}) {
  const n = orders++;
  return call(`/api/v1/orders?merchant=${shop.slug}`, {
    body: { product_id: productId, email: `limited-${n}@example.com`, payment_method: "epay" },
    idempotencyKey: `order-of-the-limits-${n}`,
    headers,
    ...through,
  });
}

const statuses = (answers: readonly Answer[]) => {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

/** This Worker with its own memory, and how often it asks a rate limiter or a stock object. */
function counted() {
  const asked = { limiters: 0, stocks: 0 };
  const through = isolate({
    // A wire of any object's; the types are those of the stock's.
    RATE_LIMITER: wiredObjects(env.RATE_LIMITER as never, ({ ask }) => {
      asked.limiters++;
      return ask();
    }) as never,
    PRODUCT_STOCK: wiredObjects(env.PRODUCT_STOCK, ({ ask }) => {
      asked.stocks++;
      return ask();
    }),
  });
  return { asked, through };
}

describe("who is counted", () => {
  test("is the address that Cloudflare saw, whatever other headers say", async () => {
    const shop = await shopWith({ orders_per_network: 6 });
    const product = await unopenedProduct(shop);
    const answers = [];
    for (let n = 0; n < 12; n++) {
      const headers = {
        "cf-connecting-ip": "198.51.100.20",
        "x-forwarded-for": `10.0.0.${n}`,
        "x-real-ip": `10.0.1.${n}`,
        "true-client-ip": `10.0.2.${n}`,
        forwarded: `for=10.0.3.${n}`,
      };
      answers.push(await order(shop, product.id, headers));
    }
    expect(statuses(answers)).toEqual({ 409: 6, 429: 6 });
  });

  test("is one IPv6 network, whichever of its addresses asks, and not its neighbour", async () => {
    const shop = await shopWith({ orders_per_network: 6 });
    const product = await unopenedProduct(shop);
    const ask = (address: string) => order(shop, product.id, { "cf-connecting-ip": address });
    const answers = [];
    for (let n = 0; n < 12; n++) answers.push(await ask(`2001:db8:1:2:${n}::${n}`));
    expect(statuses(answers)).toEqual({ 409: 6, 429: 6 });
    expect((await ask("2001:db8:1:3::1")).status).toBe(409);
  });

  test("is a mailbox too, when its orders come from everywhere", async () => {
    const shop = await shopWith({ orders_per_email: 6 });
    const product = await unopenedProduct(shop);
    const answers = [];
    for (let n = 0; n < 12; n++) {
      const from = { headers: { "cf-connecting-ip": `198.51.100.${30 + n}` } };
      answers.push(
        await call(`/api/v1/orders?merchant=${shop.slug}`, {
          body: { product_id: product.id, email: "one@example.com", payment_method: "epay" },
          idempotencyKey: `order-of-one-mailbox-${n}`,
          ...from,
        }),
      );
    }
    expect(statuses(answers)).toEqual({ 409: 6, 429: 6 });
  });
});

describe("notices", () => {
  test("40 at once from one address are all heard, while orders from there are refused", async () => {
    const shop = await shopWith({ orders_per_network: 6 });
    const keys = Array.from({ length: 40 }, (_, n) => `paid-${n}`);
    const product = await stockedProduct(shop, keys);
    const placed = [];
    for (let n = 0; n < 40; n++) {
      placed.push(await placeOrder(shop, product.id, { email: `paid-${n}@example.com` }));
    }
    const headers = { "cf-connecting-ip": "198.51.100.80" };
    const unopened = await unopenedProduct(shop);
    for (let n = 0; n < 20; n++) await order(shop, unopened.id, headers);
    const fromThere = {
      fetch: (request: Request) => {
        const sent = new Request(request);
        sent.headers.set("cf-connecting-ip", "198.51.100.80");
        return isolated.fetch(sent);
      },
    };
    const isolated = isolate();
    const noticed = await Promise.all(placed.map((one) => sendNotice(shop, one, {}, fromThere)));
    expect(new Set(noticed.map(({ status, text }) => `${status} ${text}`))).toEqual(
      new Set(["200 success"]),
    );
    expect((await order(shop, unopened.id, headers)).status).toBe(429);
  });
});

describe("floods", () => {
  test("1,000 orders at once from one place cost a few calls of a limiter, and no stock", async () => {
    const shop = await shopWith({ orders_per_network: 12 });
    const product = await unopenedProduct(shop);
    const { asked, through } = counted();
    const flood = Array.from({ length: 1_000 }, () =>
      order(shop, product.id, { "cf-connecting-ip": "198.51.100.90" }, through),
    );
    const { 409: let_through = 0, 429: refused = 0 } = statuses(await Promise.all(flood));
    expect(let_through + refused).toBe(1_000);
    expect(let_through).toBeLessThanOrEqual(12);
    expect(asked.limiters).toBeLessThanOrEqual(12);
    expect(asked.stocks).toBeLessThanOrEqual(12);
    const before = { ...asked };
    await order(shop, product.id, { "cf-connecting-ip": "198.51.100.90" }, through);
    expect(asked).toEqual(before);
  });

  test(
    "10,000 places that look up the orders of one mailbox find it shut, and a limiter is asked as often as one place could",
    async () => {
      const shop = await openShop();
      const { asked, through } = counted();
      const guess = (n: number) =>
        call(`/api/v1/order-lookups?merchant=${shop.slug}`, {
          body: { email: "victim@example.com", lookup_password: `guess-${n}` },
          headers: { "cf-connecting-ip": `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}` },
          ...through,
        });
      const counts: Record<number, number> = {};
      for (let at = 0; at < 10_000; at += 250) {
        const some = Array.from({ length: 250 }, (_, n) => guess(at + n));
        for (const { status } of await Promise.all(some))
          counts[status] = (counts[status] ?? 0) + 1;
      }
      const seconds = MINUTES_MS / 1_000;
      // Ten at once, and then one in six seconds, for as long as this takes.
      expect(counts[200]).toBeLessThanOrEqual(10 + seconds / 6);
      expect(counts).toEqual({ 200: counts[200], 429: 10_000 - (counts[200] ?? 0) });
      expect(asked.limiters).toBeLessThanOrEqual(10 + seconds / 6);
      expect(asked.stocks).toBe(0);
      const other = await call(`/api/v1/order-lookups?merchant=${shop.slug}`, {
        body: { email: "other@example.com", lookup_password: "sesame-1" },
        headers: { "cf-connecting-ip": "192.0.2.200" },
        ...through,
      });
      expect(other.status).toBe(200);
    },
    MINUTES_MS,
  );

  test("look-ups of one place end, whichever orders it guesses", async () => {
    const shop = await shopWith({ look_ups_per_network: 6 });
    const guess = (n: number) =>
      call(`/api/v1/order-lookups?merchant=${shop.slug}`, {
        body: { order_id: `ord_${n}`, email: `guessed-${n}@example.com` },
        headers: { "cf-connecting-ip": "198.51.100.95" },
      });
    const answers = [];
    for (let n = 0; n < 12; n++) answers.push(await guess(n));
    expect(statuses(answers)).toEqual({ 200: 6, 429: 6 });
  });
});

test("a refusal says nothing of who else asked: one buyer's limit is not another's to see", async () => {
  const shop = await shopWith({ orders_per_email: 3 });
  const product = await unopenedProduct(shop);
  for (let n = 0; n < 4; n++) await postOrder(shop, product.id, { email: "busy@example.com" });
  const calm = await postOrder(shop, product.id, { email: "calm@example.com" });
  expect(calm.headers.get("ratelimit")).toMatch(/^"order-email";r=2;/);
});
