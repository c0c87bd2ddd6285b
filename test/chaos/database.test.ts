import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { gatedDatabase } from "../support/worker/gated-database.ts";
import { isolate } from "../support/worker/isolate.ts";
import { keysNamed } from "../support/worker/notices.ts";
import {
  call,
  getOrder,
  migrate,
  openShop,
  postOrder,
  sendNotice,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";

/** D1 down, or so slow that it might as well be: the sale goes on from what isolates remember. */
const DOWN = "D1_ERROR: Network connection lost.";
const STALE_MS = 10_000;
const BUYERS = 10;
/** A bound and no measure: two cores may have other things to do. */
vi.setConfig({ testTimeout: 120_000 });
let shop: Shop;
let product: { id: string; slug: string };

beforeAll(async () => {
  await migrate();
  shop = await openShop();
  product = await stockedProduct(shop, keysNamed("database", 200));
});

beforeEach(() => {
  for (const level of ["warn", "error"] as const) vi.spyOn(console, level).mockReturnValue();
});
afterEach(() => vi.restoreAllMocks());

/** A Worker whose D1 is what `gate` makes of it at the moment. */
function behind(gate: { now: () => Promise<void> }) {
  return isolate({ DB: gatedDatabase(env.DB, () => gate.now()) });
}

const open = () => Promise.resolve();
const down = (): Promise<void> => Promise.reject(new Error(DOWN));

type Isolate = ReturnType<typeof isolate>;

/** One order from the request to the key, all of it through this isolate. */
async function buy(through: Isolate, name: string): Promise<string> {
  const placed = await postOrder(
    shop,
    product.id,
    { email: `${name}@example.com` },
    `order-of-${name}`,
    through,
  );
  if (placed.status !== 201) return `${placed.status} ${placed.text}`;
  const notice = await sendNotice(shop, placed.json, {}, through);
  if (notice.text !== "success") return `${notice.status} ${notice.text}`;
  const { json } = await getOrder(placed.json, through);
  return `${json.state} ${json.keys.length}`;
}

function buyers(through: Isolate, name: string): Promise<string[]> {
  return Promise.all(keysNamed(name, BUYERS).map((buyer) => buy(through, buyer)));
}

/** The product as programs see it. */
function page(through: Isolate) {
  return call(`/api/v1/products/${product.slug}?merchant=${shop.slug}`, through);
}

/** So much later, what was remembered is stale for every one of them. */
function later(ms: number): void {
  const nowMs = Date.now() + ms;
  vi.spyOn(Date, "now").mockReturnValue(nowMs);
}

const ALL_SERVED = Array.from({ length: BUYERS }, () => "delivered 1");

describe("D1 is down", () => {
  test("a warm isolate goes on: orders, notices and order pages are answered from memory and objects", async () => {
    const gate = { now: open };
    const warm = behind(gate);
    expect(await buy(warm, "warms-up")).toBe("delivered 1");
    expect((await page(warm)).status).toBe(200);
    gate.now = down;
    later(STALE_MS);
    expect(await buyers(warm, "while-down")).toEqual(ALL_SERVED);
    expect((await page(warm)).status).toBe(200);
  });

  test("a cold isolate says when to come back, and the same words are taken then", async () => {
    const gate = { now: down };
    const cold = behind(gate);
    const key = "order-at-a-cold-isolate";
    const refused = await postOrder(shop, product.id, {}, key, cold);
    expect([refused.status, refused.json.code]).toEqual([503, "busy"]);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    const lost = await sendNotice(shop, { id: "ord_x", amount: { amount_minor: 1 } }, {}, cold);
    expect([lost.status, lost.text.includes("success")]).toEqual([503, false]);
    gate.now = open;
    expect((await postOrder(shop, product.id, {}, key, cold)).status).toBe(201);
  });

  test("money for no order is not told success while nothing can keep it", async () => {
    const gate = { now: open };
    const warm = behind(gate);
    await buy(warm, "before-unmatched");
    gate.now = down;
    const stray = { id: "ord_000001zzzzzzzzzzzzzzzzzzzzzz", amount: { amount_minor: 1000 } };
    const refused = await sendNotice(shop, stray, {}, warm);
    expect([refused.status, refused.text.includes("success")]).toEqual([503, false]);
    gate.now = open;
    expect((await sendNotice(shop, stray, {}, warm)).text).toBe("success");
  });
});

describe("D1 is so slow that its answers come after 30 s", () => {
  test("a warm isolate does not wait for it: every order, notice and order page is answered before D1 is", async () => {
    const hanging = Promise.withResolvers<void>();
    const gate = { now: open };
    const warm = behind(gate);
    expect(await buy(warm, "warms-up-slowly")).toBe("delivered 1");
    expect((await page(warm)).status).toBe(200);
    let asked = 0;
    gate.now = () => {
      asked++;
      return hanging.promise;
    };
    later(STALE_MS);
    expect(await buyers(warm, "while-slow")).toEqual(ALL_SERVED);
    later(STALE_MS);
    expect(await buyers(warm, "while-still-slow")).toEqual(ALL_SERVED);
    expect((await page(warm)).status).toBe(200);
    expect(asked).toBeGreaterThan(0);
    hanging.resolve();
    gate.now = open;
    expect(await buy(warm, "when-it-is-back")).toBe("delivered 1");
  });
});

test("an isolate that has read no payment account yet says 503, and the same request finds its order", async () => {
  let isDown = false;
  const through = behind({ now: () => (isDown ? down() : open()) });
  // It learns of product, settings and lists by an order for which there is no way to pay.
  const unpayable = { email: "cold@example.com", payment_method: "none-such" };
  const learned = await postOrder(shop, product.id, unpayable, "cold-isolate-0000001", through);
  expect(learned.status).toBe(422);
  isDown = true;
  const buyer = { email: "cold@example.com" };
  const placed = await postOrder(shop, product.id, buyer, "cold-isolate-0000002", through);
  expect([placed.status, placed.json.code]).toEqual([503, "busy"]);
  expect(Number(placed.headers.get("retry-after"))).toBeGreaterThan(0);
  isDown = false;
  const again = await postOrder(shop, product.id, buyer, "cold-isolate-0000002", through);
  expect(again.status).toBe(201);
});
