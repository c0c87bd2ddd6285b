import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { parseOrderId } from "../../src/domain/ids.ts";
import { keysNamed, readOrder } from "../support/worker/notices.ts";
import {
  createProduct,
  importKeys,
  migrate,
  openShop,
  placeOrder,
  postOrder,
  sendNotice,
  stockedProduct,
  type Answer,
  type Shop,
} from "../support/worker/shop.ts";

/** What became of stock in other shops. Each test is named after what happened there. */
const HOLD_SECONDS = 600;
const ROOMY = { hold_seconds: HOLD_SECONDS, limits: { per_order: 1_000 } };
/** A bound and no measure: two cores may have other things to do. */
vi.setConfig({ testTimeout: 120_000 });
let shop: Shop;

beforeAll(async () => {
  await migrate();
  shop = await openShop();
});

afterEach(() => vi.restoreAllMocks());

async function stockOf(product: { id: string }) {
  return (await shop.admin(`/products/${product.id}/stock`)).json;
}

/** One order by each of so many buyers, all at once. */
function rush(product: { id: string }, buyers: number, name: string): Promise<Answer[]> {
  return Promise.all(
    Array.from({ length: buyers }, (_, n) =>
      postOrder(shop, product.id, { email: `${name}-${n}@example.com` }, `${name}-order-of-${n}`),
    ),
  );
}

function pastTheHolds(): void {
  const nowMs = Date.now() + HOLD_SECONDS * 1000;
  vi.spyOn(Date, "now").mockReturnValue(nowMs);
}

async function ring(order: { id: string }): Promise<void> {
  const number = parseOrderId(order.id)?.stockNumber;
  await runDurableObjectAlarm(env.PRODUCT_STOCK.getByName(`product-${number}`));
}

describe("a quantity is delivered whole or not at all", () => {
  test("3 ordered with 2 keys left: refused with how many there are, and nothing is held", async () => {
    const product = await stockedProduct(shop, keysNamed("two-left", 2), ROOMY);
    const refused = await postOrder(shop, product.id, { quantity: 3 });
    expect([refused.status, refused.json]).toMatchObject([409, { code: "sold_out", available: 2 }]);
    expect(await stockOf(product)).toMatchObject({ free: 2, held: 0, sold: 0 });
  });

  test("3 paid late with 2 keys left: owed, not silently short, and whole once there are 3", async () => {
    const product = await stockedProduct(shop, keysNamed("late-short", 3), ROOMY);
    const order = await placeOrder(shop, product.id, { quantity: 3, email: "three@example.com" });
    pastTheHolds();
    await ring(order);
    const other = await placeOrder(shop, product.id, { email: "one@example.com" });
    await sendNotice(shop, other);
    expect((await sendNotice(shop, order)).text).toBe("success");
    expect(await readOrder(order)).toEqual({ state: "unfilled", secrets: [] });
    // Set aside for it: nobody who comes later has them.
    expect(await stockOf(product)).toMatchObject({ free: 0, held: 2, sold: 1 });

    await importKeys(shop, product.id, ["late-short-3"]);
    const { state, secrets } = await readOrder(order);
    expect([state, new Set(secrets).size]).toEqual(["delivered", 3]);
  });
});

describe("unpaid orders do not lock the stock", () => {
  test("20 unpaid orders hold all 20 keys; at their deadline the next 20 buyers are served, though the alarm is late", async () => {
    const product = await stockedProduct(shop, keysNamed("hoarded", 20), ROOMY);
    const hoard = await rush(product, 20, "hoarder");
    expect(new Set(hoard.map(({ status }) => status))).toEqual(new Set([201]));
    expect((await postOrder(shop, product.id)).json).toMatchObject({ code: "sold_out" });
    pastTheHolds();
    const buyers = await rush(product, 20, "buyer-after-hoard");
    expect(new Set(buyers.map(({ status }) => status))).toEqual(new Set([201]));
  });

  test("one buyer's unpaid orders count against their limit, so one address cannot take all", async () => {
    const limits = { per_order: 10, per_buyer: 3 };
    const product = await stockedProduct(shop, keysNamed("limited", 20), { ...ROOMY, limits });
    const answers = await Promise.all(
      keysNamed("grab", 20).map((key) =>
        postOrder(shop, product.id, { email: "Grabber@Example.com" }, `${key}-of-one-buyer`),
      ),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
    expect(await stockOf(product)).toMatchObject({ free: 17, held: 3 });
  });
});

describe("large numbers", () => {
  test("an import of 2,500 keys in one go is not cut at 1,000 or 1,771", async () => {
    const product = await createProduct(shop, ROOMY);
    const answer = await importKeys(shop, product.id, keysNamed("whole-import", 2_500));
    expect(answer).toMatchObject({ accepted: 2_500, available: 2_500 });
    expect(await stockOf(product)).toMatchObject({ free: 2_500 });
  });

  test("buying the whole stock of 1,000 in one order delivers 1,000 distinct keys", async () => {
    const product = await stockedProduct(shop, keysNamed("whole-stock", 1_000), ROOMY);
    const order = await placeOrder(shop, product.id, { quantity: 1_000 });
    expect(await stockOf(product)).toMatchObject({ free: 0, held: 1_000 });
    expect((await sendNotice(shop, order)).text).toBe("success");
    const { state, secrets } = await readOrder(order);
    expect([state, new Set(secrets).size]).toEqual(["delivered", 1_000]);
    expect(await stockOf(product)).toMatchObject({ free: 0, held: 0, sold: 1_000 });
  });
});

describe("a rush", () => {
  test("200 parallel buyers of 200 keys see no false shortage: all are served, each with a key of their own", async () => {
    const product = await stockedProduct(shop, keysNamed("no-shortage", 200), ROOMY);
    const answers = await rush(product, 200, "parallel");
    expect(answers.filter(({ status }) => status !== 201)).toEqual([]);
    const paid = await Promise.all(answers.map(({ json }) => sendNotice(shop, json)));
    expect(new Set(paid.map(({ text }) => text))).toEqual(new Set(["success"]));
    const orders = await Promise.all(answers.map(({ json }) => readOrder(json)));
    expect(new Set(orders.flatMap(({ secrets }) => secrets)).size).toBe(200);
  });

  test("one unit, 1,000 buyers: exactly one is sold, and everybody else is told at once", async () => {
    const product = await stockedProduct(shop, ["the-only-one"], ROOMY);
    const answers = await rush(product, 1_000, "one-unit");
    const served = answers.filter(({ status }) => status === 201);
    expect(served).toHaveLength(1);
    const others = answers.filter(({ status }) => status !== 201);
    expect(new Set(others.map(({ json }) => json.code))).toEqual(new Set(["sold_out"]));
    expect((await sendNotice(shop, served[0]?.json)).text).toBe("success");
    expect((await readOrder(served[0]?.json)).secrets).toEqual(["the-only-one"]);
    expect(await stockOf(product)).toMatchObject({ free: 0, held: 0, sold: 1 });
  });
});
