import {
  createExecutionContext,
  createMessageBatch,
  getQueueResult,
  runInDurableObject,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { ProductStock } from "../../durable-objects/product-stock/object.ts";
import { ProductStockStore } from "../../durable-objects/product-stock/store.ts";
import { durableSql } from "../../durable-objects/shared/durable-sql.ts";
import { parseOrderId } from "../../src/domain/ids.ts";
import type { Terms } from "../../src/domain/product/terms.ts";
import { depsFor } from "../../src/platform/deps.ts";
import { consume } from "../../src/queues/consume.ts";
import { batch, keys, MERCHANT, order, payment, request, terms } from "../store/fixtures.ts";
import { isolate, wiredObjects } from "../support/worker/isolate.ts";
import { readOrder } from "../support/worker/notices.ts";
import {
  getOrder,
  migrate,
  openShop,
  postOrder,
  sendNotice,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";

/**
 * For up to a minute after a deployment an older Worker asks newer objects, and a newer Worker older
 * ones. docs/decisions/0025 says what each must bear.
 */
/** A bound and no measure: two cores may have other things to do. */
vi.setConfig({ testTimeout: 120_000 });
let shop: Shop;
let numbers = 5_000;

beforeAll(async () => {
  await migrate();
  shop = await openShop();
});

beforeEach(() => {
  for (const level of ["warn", "error"] as const) vi.spyOn(console, level).mockReturnValue();
});
afterEach(() => vi.restoreAllMocks());

/** What a newer version might add, at every depth. */
function grown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(grown);
  if (typeof value !== "object" || value === null) return value;
  const parts = Object.entries(value).map(
    // What a buyer typed is data: it has no version.
    ([name, part]) => [name, name === "fields" ? part : grown(part)] as const,
  );
  return { ...Object.fromEntries(parts), addedLater: { by: "a newer version" } };
}

describe("an older Worker asks a newer object", () => {
  const newerObject = () =>
    isolate({
      PRODUCT_STOCK: wiredObjects(env.PRODUCT_STOCK, async ({ ask }) => grown(await ask())),
    });

  test("answers with fields that it does not know are read as if they were not there, and leak nowhere", async () => {
    const through = newerObject();
    const product = await stockedProduct(shop, ["skew-1"]);
    const placed = await postOrder(shop, product.id, {}, "order-of-the-older-worker", through);
    expect(placed.status).toBe(201);
    expect((await sendNotice(shop, placed.json, {}, through)).text).toBe("success");
    const read = await getOrder(placed.json, through);
    expect(read.json.keys).toMatchObject([{ secret: "skew-1" }]);
    for (const { text } of [placed, read]) expect(text).not.toMatch(/addedLater|added_later/);
  });

  test("the order book takes what it knows of such an order, from a message that has grown as well", async () => {
    const { bindings } = newerObject();
    const deps = depsFor(bindings, {});
    const product = await stockedProduct(shop, ["skew-2"]);
    const { json } = await postOrder(shop, product.id, { email: "skew@example.com" });
    await sendNotice(shop, json);
    const message = { v: 1, kind: "orders_changed", orders: [{ orderId: json.id, version: 2 }] };
    const batchOfOne = createMessageBatch("order-events", [
      { id: "m", timestamp: new Date(), attempts: 1, body: { ...message, addedLater: true } },
    ]);
    const context = createExecutionContext();
    await consume(batchOfOne, deps);
    expect((await getQueueResult(batchOfOne, context)).explicitAcks).toEqual(["m"]);
    const { id } = parseOrderId(json.id) ?? {};
    if (id === undefined) throw new Error("no order id");
    const { merchantId } = (await env.PRODUCT_STOCK.getByName(stockOf(json.id)).order(id)) ?? {};
    if (merchantId === undefined) throw new Error("no order");
    expect(await deps.orderBook.byId(merchantId, id)).toMatchObject({ state: "delivered" });
  });

  test("an outcome that it does not know is no grant: the buyer hears of an error, and the same words are served later", async () => {
    let newer = true;
    const through = isolate({
      PRODUCT_STOCK: wiredObjects(env.PRODUCT_STOCK, async ({ method, ask }) =>
        newer && method === "reserve" ? [{ kind: "waits_in_line", place: 7 }] : ask(),
      ),
    });
    const product = await stockedProduct(shop, ["skew-3"]);
    const key = "order-with-an-unknown-outcome";
    const refused = await postOrder(shop, product.id, {}, key, through);
    expect(refused.status).toBeGreaterThanOrEqual(500);
    newer = false;
    expect((await postOrder(shop, product.id, {}, key, through)).status).toBe(201);
  });
});

function stockOf(orderId: string): string {
  return `product-${parseOrderId(orderId)?.stockNumber}`;
}

describe("a newer Worker asks an older object", () => {
  const open = async () => {
    const productNumber = numbers++;
    const stub = () => env.PRODUCT_STOCK.getByName(`product-${productNumber}`);
    return { productNumber, stub, id: (n: number) => order(n, productNumber) };
  };

  test("requests with fields that it does not know are taken for what it knows of them", async () => {
    const { productNumber, stub, id } = await open();
    await stub().configure(terms({ productNumber }));
    await stub().importKeys(grown(batch("grown", keys(2))) as ReturnType<typeof batch>);
    const asked = grown(request(1, { orderId: id(1) })) as ReturnType<typeof request>;
    expect(await stub().reserve([asked])).toMatchObject([{ kind: "reserved" }]);
    expect(await stub().reserve([request(1, { orderId: id(1) })])).toMatchObject([
      { kind: "repeated" },
    ]);
    const paid = grown(payment(1, { orderId: id(1) })) as ReturnType<typeof payment>;
    expect(await stub().recordPayment(paid, MERCHANT)).toMatchObject({ verdict: "delivered" });
  });

  test("terms with a field that it does not know are sold by, and kept whole for the version that knows it", async () => {
    const { productNumber, stub, id } = await open();
    const newer = grown(terms({ productNumber, version: 2 })) as Terms;
    expect(await stub().configure(newer)).toEqual({ version: 2 });
    await stub().importKeys(batch("newer", keys(1)));
    const asked = request(1, { orderId: id(1), termsVersion: 2 });
    expect(await stub().reserve([asked])).toMatchObject([{ kind: "reserved" }]);
    await runInDurableObject(stub(), (_: ProductStock, state) => {
      const [row] = state.storage.sql.exec("SELECT json FROM terms").toArray();
      expect(JSON.parse(String(row?.["json"]))).toEqual(newer);
    });
  });

  test("an object that is rolled back still wakes over the terms of the newer version, and honours its orders", async () => {
    const { productNumber, stub, id } = await open();
    await stub().configure(terms({ productNumber }));
    await stub().importKeys(batch("rolled-back", keys(1)));
    await stub().reserve([request(1, { orderId: id(1) })]);
    await runInDurableObject(stub(), (_: ProductStock, state) => {
      const newer = JSON.stringify(grown(terms({ productNumber, version: 9 })));
      state.storage.sql.exec("UPDATE terms SET json = ?1", newer);
      const woken = new ProductStockStore(durableSql(state.storage));
      expect(woken.health().termsVersion).toBe(9);
      const paid = woken.recordPayment(payment(1, { orderId: id(1) }), MERCHANT, Date.now());
      expect(paid.verdict).toBe("delivered");
    });
  });
});

test("terms of two versions at once: buyers of either Worker pay what they saw, or are asked", async () => {
  const product = await stockedProduct(shop, ["terms-1", "terms-2", "terms-3"]);
  const older = isolate();
  const first = await postOrder(shop, product.id, {}, "order-before-the-edit", older);
  expect(first.json.amount.amount_minor).toBe(1000);
  const edit = { method: "PATCH", body: { price: { amount_minor: 1500, currency: "CNY" } } };
  const etag = { headers: { "if-match": '"1"' } };
  expect((await shop.admin(`/products/${product.id}`, { ...edit, ...etag })).status).toBe(200);

  // The older Worker still remembers ten yuan: the object has other terms, so it reads and asks.
  const seen = { expected_amount_minor: 1000 };
  const asked = await postOrder(shop, product.id, seen, "order-after-the-edit", older);
  expect([asked.status, asked.json]).toMatchObject([
    409,
    { code: "price_changed", amount: { amount_minor: 1500 } },
  ]);
  const agreed = { expected_amount_minor: 1500 };
  const placed = await postOrder(shop, product.id, agreed, "order-with-the-new-sum", older);
  expect([placed.status, placed.json.amount.amount_minor]).toEqual([201, 1500]);
  // What was ordered before costs what it cost.
  expect((await sendNotice(shop, first.json)).text).toBe("success");
  expect((await readOrder(first.json)).state).toBe("delivered");
});

test("an edge that has not heard of a drop sells nothing around its line, whatever it remembers", async () => {
  const product = await stockedProduct(shop, ["drop-skew-1"]);
  const older = isolate();
  // It remembers the product as it was, and is not told again.
  expect(
    (await postOrder(shop, product.id, { quantity: 9 }, "order-before-a-drop", older)).status,
  ).toBe(409);
  const inAnHour = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
  const body = {
    product_id: product.id,
    opens_at: inAnHour(1),
    closes_at: inAnHour(2),
    quantity: 1,
  };
  expect((await shop.admin("/drops", { body })).status).toBe(201);
  const early = await postOrder(shop, product.id, {}, "order-around-a-line-1", older);
  expect([early.status, early.json.code]).toEqual([409, "not_on_sale"]);
  vi.spyOn(Date, "now").mockReturnValue(Date.now() + 3_600_000 + 1_000);
  const during = await postOrder(shop, product.id, {}, "order-around-a-line-2", older);
  expect([during.status, during.json.code]).toEqual([403, "ticket_required"]);
});
