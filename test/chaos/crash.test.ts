import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { ProductStock } from "../../durable-objects/product-stock/object.ts";
import { stockName } from "../../durable-objects/product-stock/contract.ts";
import { parseOrderId } from "../../src/domain/ids.ts";
import { isolate, wiredObjects } from "../support/worker/isolate.ts";
import { KILLED } from "../support/worker/killed.ts";
import { keysNamed, readOrder } from "../support/worker/notices.ts";
import {
  migrate,
  openShop,
  placeOrder,
  postOrder,
  sendNotice,
  stockedProduct,
  type Answer,
  type Shop,
} from "../support/worker/shop.ts";

/** The object dies under those who call it over HTTP: they ask again, and lose nothing. */
const BUYERS = 60;
const KEYS = 40;
/** A bound and no measure: two cores may have other things to do. */
vi.setConfig({ testTimeout: 120_000 });
let shop: Shop;

beforeAll(async () => {
  await migrate();
  shop = await openShop();
});

beforeEach(() => {
  for (const level of ["warn", "error"] as const) vi.spyOn(console, level).mockReturnValue();
});
afterEach(() => vi.restoreAllMocks());

async function stockOf(product: { id: string }) {
  return (await shop.admin(`/products/${product.id}/stock`)).json;
}

type Death = "in the commit" | "after the commit, before any answer";

/** The next commit of the object is its last act. It is the real one, with all who are in it. */
async function plant(order: { id: string }, death: Death): Promise<{ calls: number }> {
  const died = { calls: 0 };
  const number = parseOrderId(order.id)?.stockNumber ?? 0;
  const stub = env.PRODUCT_STOCK.getByName(stockName(number));
  await runInDurableObject(stub, (_: ProductStock, state) => {
    const commit = state.storage.transactionSync.bind(state.storage);
    Object.defineProperty(state.storage, "transactionSync", {
      configurable: true,
      value: <T>(work: () => T): T => {
        died.calls++;
        const result = commit(() => {
          const done = work();
          if (death === "in the commit") state.abort(KILLED);
          return done;
        });
        state.abort(KILLED);
        return result;
      },
    });
  });
  return died;
}

describe.each<Death>(["in the commit", "after the commit, before any answer"])(
  "an object that is killed %s",
  (death) => {
    test("of a group: everybody in it asks again, and each has one order or hears that it is sold out", async () => {
      const product = await stockedProduct(shop, keysNamed(`group ${death}`, KEYS + 1));
      const first = await placeOrder(shop, product.id, { email: "first@example.com" });
      const died = await plant(first, death);
      const rush = (): Promise<Answer[]> =>
        Promise.all(
          Array.from({ length: BUYERS }, (_, n) =>
            postOrder(
              shop,
              product.id,
              { email: `grouped-${n}@example.com` },
              `order-of-group-${death}-${n}`.replaceAll(" ", "-"),
            ),
          ),
        );
      await rush();
      expect(died.calls).toBe(1);
      const answers = await rush();
      const served = answers.filter(({ status }) => status === 201);
      expect(served).toHaveLength(KEYS);
      expect(new Set(served.map(({ json }) => json.id)).size).toBe(KEYS);
      const others = answers.filter(({ status }) => status !== 201);
      expect(new Set(others.map(({ json }) => json.code))).toEqual(new Set(["sold_out"]));
      expect(await stockOf(product)).toMatchObject({ free: 0, held: KEYS + 1, sold: 0 });
    });

    test("that pays an order: the gateway is not told success before it is true, and asks again for one key", async () => {
      const product = await stockedProduct(shop, keysNamed(`paid ${death}`, 3));
      const order = await placeOrder(shop, product.id);
      const died = await plant(order, death);
      // Our own retry may already have found the object that came after.
      const first = await sendNotice(shop, order);
      expect(died.calls).toBe(1);
      if (first.text === "success") expect((await readOrder(order)).secrets).toHaveLength(1);
      else expect(first.status).toBeGreaterThanOrEqual(500);
      expect((await sendNotice(shop, order)).text).toBe("success");
      expect((await readOrder(order)).secrets).toHaveLength(1);
      expect(await stockOf(product)).toMatchObject({ free: 2, held: 0, sold: 1 });
    });
  },
);

test("an answer that is lost between commit and Worker is asked for again by the Worker itself: one order, one key", async () => {
  const lost = new Map<string, number>();
  const through = isolate({
    PRODUCT_STOCK: wiredObjects(env.PRODUCT_STOCK, async ({ method, ask }) => {
      const answer = await ask();
      const times = lost.get(method) ?? 0;
      lost.set(method, times + 1);
      if (times === 0)
        throw Object.assign(new Error("Network connection lost."), { retryable: true });
      return answer;
    }),
  });
  const product = await stockedProduct(shop, keysNamed("lost-answers", 3));
  const placed = await postOrder(shop, product.id, {}, "order-with-a-lost-answer", through);
  expect(placed.status).toBe(201);
  expect((await sendNotice(shop, placed.json, {}, through)).text).toBe("success");
  expect([lost.get("reserve"), lost.get("recordPayments")]).toEqual([2, 2]);
  expect((await readOrder(placed.json)).secrets).toHaveLength(1);
  expect(await stockOf(product)).toMatchObject({ free: 2, held: 0, sold: 1 });
});
