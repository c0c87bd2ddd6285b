import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { parseOrderId } from "../../src/domain/ids.ts";
import { isolate, wiredObjects } from "../support/worker/isolate.ts";
import { encoded } from "../support/worker/epay-merchant.ts";
import { keysNamed, notify, paidFields, readOrder, shownFor } from "../support/worker/notices.ts";
import {
  migrate,
  openShop,
  placeOrder,
  sendNotice,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";

/** What gateways' callbacks did to other shops. Each test is named after what happened there. */
const HOLD_SECONDS = 600;
/** A gateway tries about as often. */
const ROUNDS_MAX = 10;
/** A bound and no measure: two cores may have other things to do. */
vi.setConfig({ testTimeout: 120_000 });
let shop: Shop;

beforeAll(async () => {
  await migrate();
  shop = await openShop();
});

// What is refused or breaks here is logged, as it should be, and hundreds of times.
beforeEach(() => {
  for (const level of ["warn", "error"] as const) vi.spyOn(console, level).mockReturnValue();
});
afterEach(() => vi.restoreAllMocks());

type Order = Awaited<ReturnType<typeof placeOrder>>;

async function stocked(prefix: string, keys: number) {
  return stockedProduct(shop, keysNamed(prefix, keys), {
    hold_seconds: HOLD_SECONDS,
    limits: { per_order: 100 },
  });
}

function ordersOf(product: { id: string }, count: number): Promise<Order[]> {
  return Promise.all(
    Array.from({ length: count }, (_, n) =>
      placeOrder(shop, product.id, { email: `buyer-${n}@example.com` }),
    ),
  );
}

async function stockOf(product: { id: string }) {
  return (await shop.admin(`/products/${product.id}/stock`)).json;
}

/** Everybody's clock past the holds of these orders; the alarm rings. */
async function lapse(orders: readonly Order[]): Promise<void> {
  const nowMs = Date.now() + HOLD_SECONDS * 1000;
  vi.spyOn(Date, "now").mockReturnValue(nowMs);
  const number = parseOrderId(orders[0]?.id)?.stockNumber;
  await runDurableObjectAlarm(env.PRODUCT_STOCK.getByName(`product-${number}`));
  const states = (await Promise.all(orders.map(readOrder))).map(({ state }) => state);
  expect(new Set(states)).toEqual(new Set(["expired"]));
}

/**
 * As gateways do: all at once, and those that did not hear "success" again. An isolate lets so many
 * wait for an object and tells the others to come back.
 */
async function notifyAll(orders: readonly Order[], times = 1): Promise<Set<string>> {
  let due = orders.flatMap((order) => Array.from({ length: times }, () => order.id));
  const heard = new Set<string>();
  for (let round = 0; round < ROUNDS_MAX && due.length > 0; round++) {
    const answers = await Promise.all(
      due.map(async (id) => notify(shop.accountId, await paidFields(id))),
    );
    due = due.filter((_, n) => answers[n]?.startsWith("503") === true);
    for (const answer of answers) if (!answer.startsWith("503")) heard.add(answer);
  }
  expect(due).toEqual([]);
  return heard;
}

async function secretsOf(orders: readonly Order[]): Promise<string[]> {
  return (await Promise.all(orders.map(readOrder))).flatMap(({ secrets }) => secrets);
}

describe("late money", () => {
  test("40 parallel callbacks on late-paid orders give 40 buyers 40 distinct keys", async () => {
    const product = await stocked("late-forty", 40);
    const orders = await ordersOf(product, 40);
    await lapse(orders);
    expect(await notifyAll(orders)).toEqual(new Set(["200 success"]));
    const secrets = await secretsOf(orders);
    expect(secrets).toHaveLength(40);
    expect(new Set(secrets).size).toBe(40);
    expect(await stockOf(product)).toMatchObject({ free: 0, held: 0, sold: 40 });
  });

  test("40 parallel callbacks on late-paid orders for 3 keys: 3 distinct keys, 37 owed and shown, none stuck", async () => {
    const product = await stocked("late-three", 40);
    const orders = await ordersOf(product, 40);
    await lapse(orders);
    const other = await placeOrder(shop, product.id, { email: "b@example.com", quantity: 37 });
    expect((await sendNotice(shop, other)).text).toBe("success");

    expect(await notifyAll(orders)).toEqual(new Set(["200 success"]));
    const after = await Promise.all(orders.map(readOrder));
    expect(after.filter(({ state }) => state === "delivered")).toHaveLength(3);
    const owed = orders.filter((_, n) => after[n]?.state === "unfilled");
    expect(owed).toHaveLength(37);
    for (const order of owed) {
      expect(await shownFor(shop, order.id)).toMatchObject([{ verdict: "unfilled" }]);
    }
    expect(new Set(await secretsOf([...orders, other])).size).toBe(40);
    // Each who is owed gets a key of their own as soon as there are some.
    await shop.admin(`/products/${product.id}/keys`, {
      body: keysNamed("restocked", 37).join("\n"),
      type: "text/plain",
    });
    expect(new Set(await secretsOf([...orders, other])).size).toBe(77);
    expect(await stockOf(product)).toMatchObject({ free: 0, held: 0, sold: 77 });
  });
});

describe("many callbacks at once", () => {
  test("8 parallel callbacks for each of 200 orders, stock plentiful: 200 are delivered, none with an apology", async () => {
    const product = await stocked("eight-by-two-hundred", 300);
    const orders = await ordersOf(product, 200);
    expect(await notifyAll(orders, 8)).toEqual(new Set(["200 success"]));
    const after = await Promise.all(orders.map(readOrder));
    expect(after.filter(({ state }) => state !== "delivered")).toEqual([]);
    const secrets = after.flatMap((order) => order.secrets);
    expect(secrets).toHaveLength(200);
    expect(new Set(secrets).size).toBe(200);
    expect(secrets.every((secret) => secret.startsWith("eight-by-two-hundred-"))).toBe(true);
    expect(await stockOf(product)).toMatchObject({ free: 100, held: 0, sold: 200 });
  });

  test("duplicate notices, at once and one after the other, sell one key for one order; the counter does not drift", async () => {
    const product = await stocked("duplicates", 10);
    const [order] = await ordersOf(product, 1);
    if (order === undefined) throw new Error("no order");
    const fields = await paidFields(order.id);
    await Promise.all(Array.from({ length: 5 }, () => notify(shop.accountId, fields)));
    for (let again = 0; again < 5; again++) await notify(shop.accountId, fields);
    expect((await readOrder(order)).secrets).toHaveLength(1);
    expect(await stockOf(product)).toMatchObject({ free: 9, held: 0, sold: 1 });
    const { json } = await shop.admin(`/products/${product.id}/keys?state=sold`);
    expect(json.data).toHaveLength(1);
  });

  test("callbacks for 100 orders from one address, amid 400 forged ones from the same, are all heard", async () => {
    const product = await stocked("one-address", 100);
    const orders = await ordersOf(product, 100);
    const headers = { "cf-connecting-ip": "203.0.113.7" };
    const forged = Array.from({ length: 400 }, (_, n) =>
      notify(shop.accountId, `out_trade_no=${orders[n % 100]?.id}&sign=${n}`, headers),
    );
    const genuine = orders.map(async ({ id }) =>
      notify(shop.accountId, await paidFields(id), headers),
    );
    expect(new Set(await Promise.all(genuine))).toEqual(new Set(["200 success"]));
    expect(new Set(await Promise.all(forged))).toEqual(new Set(["400 fail"]));
    expect(new Set(await secretsOf(orders)).size).toBe(100);
  });
});

describe("a fulfilment that fails", () => {
  test("is not told success: an object that throws while it delivers is asked again by the gateway, and delivers", async () => {
    const product = await stocked("thrown", 1);
    const order = await placeOrder(shop, product.id);
    let throws = true;
    const broken = isolate({
      PRODUCT_STOCK: wiredObjects(env.PRODUCT_STOCK, async ({ method, ask }) => {
        if (method === "recordPayments" && throws) throw new TypeError("a bug in delivering");
        return ask();
      }),
    });
    for (let tries = 0; tries < 3; tries++) {
      const answer = await sendNotice(shop, order, {}, broken);
      expect([answer.status, answer.text.includes("success")]).toEqual([500, false]);
      expect(await readOrder(order)).toEqual({ state: "pending", secrets: [] });
    }
    throws = false;
    expect((await sendNotice(shop, order, {}, broken)).text).toBe("success");
    expect(await readOrder(order)).toEqual({ state: "delivered", secrets: ["thrown-0"] });
  });

  test("leaves no trace that blocks the true notice: forged, then failed, then not paid, then genuine under one number", async () => {
    const product = await stocked("blocked", 1);
    const order = await placeOrder(shop, product.id);
    const trade = { trade_no: "one-number" };
    const genuine = await paidFields(order.id, trade);
    const forged = encoded(genuine).replace(/sign=[0-9a-f]+/, `sign=${"f".repeat(32)}`);
    expect(await notify(shop.accountId, forged)).toBe("400 fail");

    const failing = isolate({
      PRODUCT_STOCK: wiredObjects(env.PRODUCT_STOCK, () => Promise.reject(new Error("down"))),
    });
    expect((await sendNotice(shop, order, trade, failing)).status).toBe(500);
    const waiting = await paidFields(order.id, { ...trade, trade_status: "WAIT_BUYER_PAY" });
    expect(await notify(shop.accountId, waiting)).toBe("200 success");

    expect(await notify(shop.accountId, genuine)).toBe("200 success");
    expect(await readOrder(order)).toEqual({ state: "delivered", secrets: ["blocked-0"] });
  });
});
