import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { seededRandom } from "../../scripts/rehearse/random.ts";
import { isolate, wiredObjects } from "../support/worker/isolate.ts";
import { keysNamed, readOrder } from "../support/worker/notices.ts";
import {
  migrate,
  openShop,
  postOrder,
  sendNotice,
  stockedProduct,
  type Answer,
  type Shop,
} from "../support/worker/shop.ts";

/** Objects that have too much to do, and everyone who comes back at once. */
const BUYERS = 200;
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

/** As the platform says it: `.retryable` is set as well, and asking again would make it worse. */
const overloaded = () =>
  Object.assign(new Error("Durable Object is overloaded. Too many requests queued."), {
    overloaded: true,
    retryable: true,
  });

/** A Worker whose object refuses so many of its calls, of 1. Counts what it was asked. */
function overloadedObject(random: () => number) {
  const object = { refuses: 1, asked: 0, refused: 0 };
  const through = isolate({
    PRODUCT_STOCK: wiredObjects(env.PRODUCT_STOCK, async ({ ask }) => {
      object.asked++;
      if (random() >= object.refuses) return ask();
      object.refused++;
      throw overloaded();
    }),
  });
  return { object, through };
}

describe("an .overloaded storm", () => {
  test.each([1, 2, 3])(
    "is refused politely and never asked again by us; the same words are served afterwards, no key twice (seed %i)",
    async (seed) => {
      const { object, through } = overloadedObject(seededRandom(seed));
      const product = await stockedProduct(shop, keysNamed(`storm-${seed}`, BUYERS));
      const order = (n: number) =>
        postOrder(
          shop,
          product.id,
          { email: `storm-${n}@example.com` },
          `order-of-storm-${seed}-by-${n}`,
          through,
        );
      object.refuses = 0.6;
      const first = await Promise.all(Array.from({ length: BUYERS }, (_, n) => order(n)));
      for (const { status, json, headers } of first) {
        if (status === 201) continue;
        expect([status, json.code]).toEqual([503, "busy"]);
        expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
      }
      expect(object.refused).toBeGreaterThan(0);
      // One call for each who ordered at the most: whoever was refused was not asked for again.
      expect(object.asked).toBeLessThanOrEqual(BUYERS);

      const notices = first
        .filter(({ status }) => status === 201)
        .map(({ json }) => sendNotice(shop, json, {}, through));
      for (const { status, text } of await Promise.all(notices)) {
        expect(["200 success", "503"]).toContain(status === 503 ? "503" : `${status} ${text}`);
      }

      object.refuses = 0;
      const again = await Promise.all(Array.from({ length: BUYERS }, (_, n) => order(n)));
      expect(new Set(again.map(({ status }) => status))).toEqual(new Set([201]));
      for (const [n, { status, json }] of first.entries()) {
        if (status === 201) expect(again[n]?.json.id).toBe(json.id);
      }
      await Promise.all(again.map(({ json }) => sendNotice(shop, json, {}, through)));
      const orders = await Promise.all(again.map(({ json }) => readOrder(json)));
      expect(new Set(orders.flatMap(({ secrets }) => secrets)).size).toBe(BUYERS);
      const stock = await shop.admin(`/products/${product.id}/stock`);
      expect(stock.json).toMatchObject({ free: 0, held: 0, sold: BUYERS });
    },
  );
});

describe("a synchronised retry storm", () => {
  test("those who were refused at one moment are not all told the same moment to come back", async () => {
    const { through } = overloadedObject(seededRandom(1));
    const product = await stockedProduct(shop, ["one-key"]);
    const refused = await rush(product, through);
    expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([503]));
    const waits = refused.map(({ headers }) => Number(headers.get("retry-after")));
    const most = Math.max(
      ...Array.from(new Set(waits), (wait) => waits.filter((one) => one === wait).length),
    );
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(2);
    expect(most).toBeLessThan(BUYERS / 2);
  });

  test("who comes back all at once with the same words finds one order each, as often as they come", async () => {
    const { object, through } = overloadedObject(seededRandom(2));
    const product = await stockedProduct(shop, keysNamed("synchronised", 50));
    await rush(product, through);
    object.refuses = 0;
    const waves = [await rush(product, through), await rush(product, through)];
    const served = waves.map((wave) => wave.filter(({ status }) => status === 201));
    expect(served.map((wave) => wave.length)).toEqual([50, 50]);
    const ids = served.map((wave) => wave.map(({ json }) => json.id).toSorted());
    expect(ids[0]).toEqual(ids[1]);
    const stock = await shop.admin(`/products/${product.id}/stock`);
    expect(stock.json).toMatchObject({ free: 0, held: 50, sold: 0 });
  });

  function rush(product: { id: string }, through: ReturnType<typeof isolate>): Promise<Answer[]> {
    return Promise.all(
      Array.from({ length: BUYERS }, (_, n) =>
        postOrder(
          shop,
          product.id,
          { email: `wave-${n}@example.com` },
          `order-of-the-wave-by-${n}`,
          through,
        ),
      ),
    );
  }
});
