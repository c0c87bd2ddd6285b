import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { depsFor } from "../../src/platform/deps.ts";
import { applyMoneyPolicy } from "../../src/scheduled/apply-money-policy.ts";
import { eventually } from "../support/worker/eventually.ts";
import { checkOut, orderId, Visitor, words } from "../support/worker/pages.ts";
import {
  call,
  getOrder,
  importKeys,
  migrate,
  openShop,
  placeOrder,
  sendNotice,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";

const HOUR_MS = 3_600_000;

let shop: Shop;
beforeAll(async () => {
  await migrate();
  shop = await openShop("demo");
});
beforeEach(() => {
  vi.spyOn(console, "warn").mockReturnValue();
});
afterEach(() => vi.restoreAllMocks());

interface Placed {
  readonly id: string;
  readonly access_token: string;
  readonly amount: { readonly amount_minor: number };
}

/** An order that was given up, whose money came when its key was another's. */
async function waiting(money: Record<string, unknown> | null = null) {
  const product = await stockedProduct(shop, [crypto.randomUUID()], { money });
  const order: Placed = await placeOrder(shop, product.id);
  await shop.admin(`/orders/${order.id}/cancel`, { method: "POST" });
  await sendNotice(shop, await placeOrder(shop, product.id, { email: "quick@example.com" }));
  return { product, order, pay: () => sendNotice(shop, order) };
}

async function waitingAndPaid(money: Record<string, unknown> | null = null) {
  const made = await waiting(money);
  await made.pay();
  return made;
}

const stop = (order: Placed, token: string | null = order.access_token) =>
  call(`/api/v1/orders/${order.id}/stop-waiting`, { method: "POST", token });

const restock = (productId: string) => importKeys(shop, productId, [crypto.randomUUID()]);

const merchantsView = async (order: Placed) => (await shop.admin(`/orders/${order.id}`)).json;

describe("a buyer whose paid order waits for keys", () => {
  it("is told what stopping would do, stops, and has the gateway asked at once; no import fills the order", async () => {
    const { product, order } = await waitingAndPaid();
    const before = (await getOrder(order)).json;
    expect(before).toMatchObject({
      state: "unfilled",
      money: [{ kind: "waits", amount: { amount_minor: 1_000 }, next: "keys", by: null }],
      stop_waiting: { next: "refund" },
    });
    const { status, json } = await stop(order);
    expect(status).toBe(200);
    expect(json.stop_waiting).toBeNull();
    await restock(product.id);
    // The schedule has not run: the gateway, where nobody is, is asked by the stop itself.
    const seen = await eventually(async () => {
      const now = await merchantsView(order);
      return now.refunds.length > 0 ? now : undefined;
    });
    expect(seen).toMatchObject({
      state: "refunded",
      refunds: [{ state: "asked", method: "gateway" }],
    });
    // The gateway may refuse yet: whoever watches goes on watching.
    expect((await getOrder(order)).json.poll_after_ms).toBeGreaterThan(0);
    expect((await getOrder(order)).json).toMatchObject({
      keys: null,
      money: [],
      stop_waiting: null,
    });
    expect((await shop.admin(`/products/${product.id}/stock`)).json).toMatchObject({ free: 1 });
  });

  it("gets one refund, however often they say so and whoever looks besides", async () => {
    const { order } = await waitingAndPaid();
    const answers = await Promise.all([stop(order), stop(order), stop(order)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    for (let look = 0; look < 3; look++) {
      // Each look comes after what the one before it wrote.
      await applyMoneyPolicy(depsFor(env, {}), Date.now() + look * HOUR_MS);
    }
    expect((await stop(order)).status).toBe(200);
    expect((await merchantsView(order)).refunds).toHaveLength(1);
  });

  it("has either the keys or the money where an import comes at the same moment", async () => {
    const both = await Promise.all(
      Array.from({ length: 6 }, async (_, turn) => {
        const { product, order } = await waitingAndPaid();
        const restocked = turn % 2 === 0 ? null : restock(product.id);
        const stopped = stop(order);
        const [{ status }] = await Promise.all([stopped, restocked ?? restock(product.id)]);
        return { order, status };
      }),
    );
    for (const { order, status } of both) {
      const { json } = await getOrder(order);
      if (status === 200) {
        expect(json.keys).toBeNull();
        expect(["unfilled", "refunded"]).toContain(json.state);
      } else {
        expect([status, json.state, json.refunds]).toEqual([409, "delivered", []]);
        expect(json.keys).toHaveLength(1);
      }
    }
  });

  it("is served by a person where the shop says so, and told by when; the person sees why", async () => {
    const { order } = await waitingAndPaid({ stop_waiting: "task" });
    const { json } = await stop(order);
    const [told] = json.money;
    expect(told).toMatchObject({ kind: "stopped", next: "person" });
    expect(Date.parse(told.by) - Date.now()).toBeGreaterThan(71 * HOUR_MS);
    const task = await eventually(async () => {
      await applyMoneyPolicy(depsFor(env, {}), Date.now());
      const { data } = (await shop.admin("/tasks?limit=100")).json;
      return data.find(({ order_id: id }: { order_id: string }) => id === order.id);
    });
    expect(task).toMatchObject({ reason: "stopped", because: "stopped", state: "open" });
    const handed = await shop.admin(`/orders/${order.id}/fulfil`, {
      body: { keys: [crypto.randomUUID()] },
      idempotencyKey: `fulfil-${order.id}`,
    });
    expect(handed.json.code).toBe("state_conflict");
    expect((await merchantsView(order)).refunds).toEqual([]);
  });

  it("is served by a person where the gateway cannot: the money never came through it", async () => {
    const { order } = await waiting();
    const marked = await shop.admin(`/orders/${order.id}/mark-paid`, { body: { note: "cash" } });
    expect(marked.status).toBe(200);
    expect((await getOrder(order)).json.stop_waiting.next).toBe("person");
    expect((await stop(order)).json.money).toMatchObject([{ kind: "stopped", next: "person" }]);
  });
});

it("a stranger, a wrong token and an order that waits for nothing change nothing", async () => {
  const { order } = await waitingAndPaid();
  expect((await stop(order, null)).status).toBe(404);
  expect((await stop(order, "at_wrong")).status).toBe(404);
  const product = await stockedProduct(shop, [crypto.randomUUID()]);
  const pending: Placed = await placeOrder(shop, product.id);
  expect((await stop(pending, order.access_token)).status).toBe(404);
  const { status, json } = await stop(pending);
  expect([status, json.code, json.state]).toEqual([409, "state_conflict", "pending"]);
  expect((await getOrder(order)).json.stop_waiting).not.toBeNull();
});

it("an order is stopped five times a minute at the most", async () => {
  const { order } = await waitingAndPaid();
  const statuses: number[] = [];
  for (let turn = 0; turn < 6; turn++) {
    statuses.push((await stop(order)).status);
  }
  expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
});

describe("the page of an order that waits for keys", () => {
  it.each([
    ["en", /arrived when no keys were left/, /stopped waiting|refunded|on its way back/],
    ["zh-CN", /但到账时库存已空/, /不再等待|已退款|正在为您退款/],
  ])(
    "says in %s what happened and what can be done, and stops by a form without scripts",
    async (language, what, stopped) => {
      const product = await stockedProduct(shop, [crypto.randomUUID()], {
        slug: `page-${language.toLowerCase()}`,
      });
      const visitor = new Visitor(language);
      const id = orderId(await checkOut(visitor, product.slug, { payment_method: "epay" }));
      await visitor.post(`/orders/${id}/cancel`, {});
      await sendNotice(shop, await placeOrder(shop, product.id, { email: "quick@example.com" }));
      await sendNotice(shop, { id, amount: { amount_minor: 1_000 } });
      const page = await visitor.get(`/orders/${id}`);
      expect(words(page)).toMatch(what);
      const form = /<form[^>]*action="(\/orders\/[^"]*\/stop-waiting)"/.exec(page.html)?.[1] ?? "";
      const foreign = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
      expect((await visitor.post(form, {}, foreign)).status).toBe(403);
      const answer = await visitor.post(form, {});
      expect([answer.status, answer.location]).toEqual([303, `/orders/${id}`]);
      const after = await visitor.get(`/orders/${id}`);
      expect(words(after)).not.toMatch(what);
      expect(after.html).not.toContain("/stop-waiting");
      expect((await new Visitor().post(form, {})).status).toBe(404);
      expect(words(after)).toMatch(stopped);
    },
  );
});

it("an order that has some of its keys says so, to its buyer and its merchant; all come together", async () => {
  const product = await stockedProduct(
    shop,
    [1, 2, 3].map(() => crypto.randomUUID()),
  );
  const visitor = new Visitor();
  const { slug } = product;
  const id = orderId(await checkOut(visitor, slug, { payment_method: "epay", quantity: "3" }));
  await visitor.post(`/orders/${id}/cancel`, {});
  await sendNotice(shop, await placeOrder(shop, product.id, { email: "quick@example.com" }));
  await sendNotice(shop, { id, amount: { amount_minor: 3_000 } });
  expect(words(await visitor.get(`/orders/${id}`))).toContain("2 of your 3 keys are set aside");
  const { json } = await shop.admin(`/orders/${id}`);
  expect(json).toMatchObject({ state: "unfilled", keys_set_aside: 2, keys: [], stopped_at: null });
  await restock(product.id);
  expect((await shop.admin(`/orders/${id}`)).json).toMatchObject({ state: "delivered" });
  expect(words(await visitor.get(`/orders/${id}`))).toContain("Your 3 keys");
});
