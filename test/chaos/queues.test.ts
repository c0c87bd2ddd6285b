import {
  createExecutionContext,
  createMessageBatch,
  getQueueResult,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { seededRandom } from "../../scripts/rehearse/random.ts";
import { stockName } from "../../durable-objects/product-stock/contract.ts";
import type { ProductStock } from "../../durable-objects/product-stock/object.ts";
import { depsFor } from "../../src/platform/deps.ts";
import { consume } from "../../src/queues/consume.ts";
import { gatedDatabase } from "../support/worker/gated-database.ts";
import { isolate } from "../support/worker/isolate.ts";
import { keysNamed } from "../support/worker/notices.ts";
import {
  call,
  migrate,
  openShop,
  placeOrder,
  sendNotice,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";

/** A queue between the object and the order book that does what queues may. Time is the test's. */
const DAY_MS = 24 * 3600_000;
const RETRY_SECONDS_MAX = 600;
/** A bound and no measure: two cores may have other things to do. */
vi.setConfig({ testTimeout: 120_000 });
let shop: Shop;
let nowMs: number;

beforeAll(async () => {
  await migrate();
  shop = await openShop();
});

beforeEach(() => {
  nowMs = Date.now();
  vi.spyOn(Date, "now").mockImplementation(() => nowMs);
  for (const level of ["warn", "error"] as const) vi.spyOn(console, level).mockReturnValue();
});
afterEach(() => vi.restoreAllMocks());

type Order = Awaited<ReturnType<typeof placeOrder>>;

class Product {
  /** What the object sent, in its order. */
  readonly sent: unknown[] = [];
  readonly #name: string;

  private constructor(
    readonly id: string,
    name: string,
  ) {
    this.#name = name;
  }

  static async open(keys: readonly string[]): Promise<Product> {
    const { id } = await stockedProduct(shop, keys);
    const { results } = await env.DB.prepare("SELECT number FROM products WHERE id = ?1")
      .bind(id)
      .all<{ number: number }>();
    const product = new Product(id, stockName(results[0]?.number ?? 0));
    await runInDurableObject(product.stub, (instance: ProductStock) => {
      const queue = { send: async (message: unknown) => void product.sent.push(message) };
      Object.defineProperty(instance, "env", { value: { ...env, ORDER_EVENTS: queue } });
    });
    return product;
  }

  get stub() {
    return env.PRODUCT_STOCK.getByName(this.#name);
  }

  async outboxRows(): Promise<number> {
    return (await this.stub.health()).outboxRows;
  }

  /** Rings the alarm until nothing is left to be sent, and hands it all to `carry`. */
  async settle(carry: (bodies: unknown[]) => Promise<unknown>): Promise<void> {
    for (let turn = 0; turn < 50 && (await this.outboxRows()) > 0; turn++) {
      nowMs += 11 * 60_000;
      await runDurableObjectAlarm(this.stub);
      await vi.waitFor(() => expect(this.sent.length).toBeGreaterThan(0), { timeout: 20_000 });
      await carry(this.sent.splice(0));
    }
    expect(await this.outboxRows()).toBe(0);
  }
}

interface Fate {
  readonly acked: number;
  readonly delays: readonly number[];
}

/** The real consumer, over `deps`, for one batch. */
async function deliver(
  bodies: readonly unknown[],
  attempts = 1,
  deps = depsFor(isolate().bindings, {}),
): Promise<Fate> {
  const messages = bodies.map((body, n) => ({
    id: `m${n}`,
    timestamp: new Date(nowMs),
    attempts,
    body,
  }));
  const batch = createMessageBatch("order-events", messages);
  const retries = batch.messages.map((message) => vi.spyOn(message, "retry"));
  const context = createExecutionContext();
  await consume(batch, deps);
  const { explicitAcks } = await getQueueResult(batch, context);
  return {
    acked: explicitAcks.length,
    delays: retries.flatMap(({ mock }) =>
      mock.calls.map(([options]) => options?.delaySeconds ?? 0),
    ),
  };
}

/** The order book against the objects, as the merchant and the buyer see them. */
async function expectBookTrue(orders: readonly Order[]): Promise<void> {
  for (const order of orders) {
    const { json: booked } = await shop.admin(`/orders/${order.id}`);
    const { json: shown } = await call(`/api/v1/orders/${order.id}`, { token: order.access_token });
    expect([booked.state, booked.version]).toEqual([shown.state, shown.version]);
    const { results } = await env.DB.prepare("SELECT id FROM deliveries WHERE order_id = ?1")
      .bind(order.id)
      .all();
    expect(results).toHaveLength(shown.state === "delivered" ? 1 : 0);
  }
}

/** Ten orders: a third paid, a third cancelled, a third waiting. */
async function tenOrders(product: Product): Promise<Order[]> {
  const orders: Order[] = [];
  for (let n = 0; n < 10; n++) {
    const order = await placeOrder(shop, product.id, { email: `queued-${n}@example.com` });
    if (n % 3 === 0) await sendNotice(shop, order);
    if (n % 3 === 1) {
      await call(`/api/v1/orders/${order.id}/cancel`, {
        method: "POST",
        token: order.access_token,
      });
    }
    orders.push(order);
  }
  return orders;
}

describe("messages to the order book", () => {
  test.each([1, 2, 3])(
    "lost, doubled and in any order leave the book as the objects are, and one mail for each that is delivered (seed %i)",
    async (seed) => {
      const random = seededRandom(seed);
      const product = await Product.open(keysNamed(`queue-${seed}`, 12));
      const orders = await tenOrders(product);
      await vi.waitFor(() => expect(product.sent.length).toBeGreaterThan(0), { timeout: 20_000 });
      await product.settle(async (bodies) => {
        const copies = bodies
          .flatMap((body) => Array.from({ length: Math.floor(random() * 3) }, () => body))
          .map((body) => ({ body, at: random() }))
          .toSorted((a, b) => a.at - b.at)
          .map(({ body }) => body);
        await Promise.all([deliver(copies), deliver(copies)]);
      });
      await expectBookTrue(orders);
    },
  );

  test("come again 100 times while D1 is down, after ten minutes at the most, and are taken by the next try", async () => {
    const product = await Product.open(keysNamed("hundred", 12));
    const orders = await tenOrders(product);
    await vi.waitFor(() => expect(product.sent.length).toBeGreaterThan(0), { timeout: 20_000 });
    const bodies = product.sent.splice(0);
    const down = isolate({
      DB: gatedDatabase(env.DB, () =>
        Promise.reject(new Error("D1_ERROR: Network connection lost.")),
      ),
    });
    for (let attempts = 1; attempts <= 100; attempts++) {
      const { acked, delays } = await deliver(bodies, attempts, depsFor(down.bindings, {}));
      expect(acked).toBe(0);
      expect(delays).toHaveLength(bodies.length);
      for (const delay of delays) expect(delay).toBeLessThanOrEqual(RETRY_SECONDS_MAX);
      nowMs += 1000 * Math.max(...delays);
    }
    expect(await product.outboxRows()).toBe(10);
    expect((await deliver(bodies, 101)).acked).toBe(bodies.length);
    await product.settle(deliver);
    await expectBookTrue(orders);
  });

  test("that come four days late tell what is true then, and undo nothing", async () => {
    const product = await Product.open(keysNamed("four-days", 12));
    const waiting = await placeOrder(shop, product.id, { email: "four-days@example.com" });
    await vi.waitFor(() => expect(product.sent.length).toBeGreaterThan(0), { timeout: 20_000 });
    const late = product.sent.splice(0);
    await sendNotice(shop, waiting);
    await vi.waitFor(() => expect(product.sent.length).toBeGreaterThan(0), { timeout: 20_000 });
    await deliver(product.sent.splice(0));
    await expectBookTrue([waiting]);

    nowMs += 4 * DAY_MS;
    expect((await deliver(late)).acked).toBe(late.length);
    await product.settle(deliver);
    await expectBookTrue([waiting]);
  });
});
