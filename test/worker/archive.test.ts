import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { archivableAtMs } from "../../src/domain/order/archiving.ts";
import { parseOrderId, type AccountId } from "../../src/domain/ids.ts";
import type { Bindings } from "../../src/platform/bindings.ts";
import { depsFor } from "../../src/platform/deps.ts";
import { archiveOldOrders } from "../../src/scheduled/archive-old-orders.ts";
import { eventually } from "../support/worker/eventually.ts";
import { keysNamed, notify, paidFields, readOrder } from "../support/worker/notices.ts";
import { Visitor, words } from "../support/worker/pages.ts";
import { delivered, snapshot } from "../support/worker/snapshots.ts";
import {
  call,
  getOrder,
  migrate,
  openShop,
  placeOrder,
  postOrder,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";

const MONTH_MS = 31 * 24 * 3600_000;
const deps = depsFor(env as Bindings, {});
let shop: Shop;

beforeAll(async () => {
  await migrate();
  shop = await openShop();
});

function objectOf(order: { id: string }) {
  const number = parseOrderId(order.id)?.stockNumber;
  return env.PRODUCT_STOCK.getByName(`product-${number}`);
}

/** Whether the object itself, that nobody asks but the archive, has the order. */
async function isThere(order: { id: string }): Promise<boolean> {
  const parsed = parseOrderId(order.id);
  return parsed !== null && (await objectOf(order).order(parsed.id)) !== null;
}

/** The book holds all that the order's object has. */
async function published(order: { id: string }): Promise<void> {
  await eventually(async () => ((await objectOf(order).health()).outboxRows === 0 ? true : null));
}

/** A month on: the schedule takes it out of its object. */
async function archive(order: { id: string }): Promise<void> {
  await published(order);
  await archiveOldOrders(deps, Date.now() + MONTH_MS);
  expect(await isThere(order)).toBe(false);
}

async function soldOrder(keyPrefix: string, changes: Record<string, unknown> = {}) {
  const product = await stockedProduct(shop, keysNamed(keyPrefix, 2));
  const order = await placeOrder(shop, product.id, changes);
  expect(await notify(shop.accountId, await paidFields(order.id))).toBe("200 success");
  return { product, order };
}

async function cancelledOrder(keyPrefix: string) {
  const product = await stockedProduct(shop, keysNamed(keyPrefix, 2));
  const order = await placeOrder(shop, product.id);
  await call(`/api/v1/orders/${order.id}/cancel`, { method: "POST", token: order.access_token });
  return { product, order };
}

describe("an order in the archive looks as it did", () => {
  test("to its buyer: the order, its stream, its keys, its look-up, its file, its request again", async () => {
    const email = "archived@example.com";
    const product = await stockedProduct(shop, keysNamed("kept", 2));
    const placed = await postOrder(shop, product.id, { email }, "archived-again-and-again");
    const order = placed.json;
    await notify(shop.accountId, await paidFields(order.id));
    const before = (await getOrder(order)).json;
    await archive(order);

    expect((await getOrder(order)).json).toEqual(before);
    expect(before.keys).toMatchObject([{ secret: "kept-0" }]);
    const events = await call(`/api/v1/orders/${order.id}/events`, { token: order.access_token });
    expect(events.text).toContain("kept-0");
    const lookup = { order_id: order.id, email };
    const found = await call(`/api/v1/order-lookups?merchant=${shop.slug}`, { body: lookup });
    expect(found.json.data).toMatchObject([{ id: order.id, keys: [{ secret: "kept-0" }] }]);
    const visitor = new Visitor();
    await visitor.get(`/orders/${order.id}?token=${order.access_token}`);
    expect(words(await visitor.get(`/orders/${order.id}`))).toContain("kept-0");
    expect((await visitor.get(`/orders/${order.id}/keys.txt`)).html).toBe("kept-0\r\n");
    const again = await postOrder(shop, product.id, { email }, "archived-again-and-again");
    expect(again.json).toMatchObject({ id: order.id, state: "delivered" });
    const other = { email, quantity: 2 };
    const refused = await postOrder(shop, product.id, other, "archived-again-and-again");
    expect(refused.json.code).toBe("idempotency_key_reused");
    expect(await isThere(order)).toBe(false);
  });

  test("to its merchant: the order, the list of keys, and a key that is revealed", async () => {
    const { product, order } = await soldOrder("told");
    await published(order);
    const before = (await shop.admin(`/orders/${order.id}`)).json;
    const keysBefore = (await shop.admin(`/products/${product.id}/keys`)).json;
    const stockBefore = (await shop.admin(`/products/${product.id}/stock`)).json;
    await archive(order);
    expect((await shop.admin(`/orders/${order.id}`)).json).toEqual(before);
    const keys = (await shop.admin(`/products/${product.id}/keys`)).json;
    expect(keys).toEqual(keysBefore);
    const sold = keys.data.find((key: { order_id: string | null }) => key.order_id === order.id);
    const shown = await shop.admin(`/keys/${sold.id}/reveal`, { method: "POST" });
    expect(shown.json.secret).toBe("told-0");
    expect((await shop.admin(`/products/${product.id}/stock`)).json).toEqual(stockBefore);
    expect(await isThere(order)).toBe(false);
  });

  test("to nobody else", async () => {
    const { order } = await soldOrder("private");
    await archive(order);
    const stranger = await openShop();
    expect((await stranger.admin(`/orders/${order.id}`)).status).toBe(404);
    expect((await getOrder({ id: order.id, access_token: "guess" })).status).toBe(404);
    const rows = await env.DB.prepare("SELECT record FROM archived_orders").all();
    expect(JSON.stringify(rows.results)).toContain(order.id);
    expect(JSON.stringify(rows.results)).not.toContain("private-0");
  });
});

describe("an order in the archive takes what still comes for it", () => {
  test("late money delivers what is left, once", async () => {
    const { order } = await cancelledOrder("later");
    await archive(order);
    const late = await paidFields(order.id);
    expect(await notify(shop.accountId, late)).toBe("200 success");
    expect(await notify(shop.accountId, late)).toBe("200 success");
    expect(await readOrder(order)).toEqual({ state: "delivered", secrets: ["later-0"] });
    expect(await isThere(order)).toBe(true);
    await archive(order);
    expect(await readOrder(order)).toEqual({ state: "delivered", secrets: ["later-0"] });
  });

  test("with the archive down late money is not taken, and is when it comes again", async () => {
    const { order } = await cancelledOrder("patient");
    await archive(order);
    const late = await paidFields(order.id);
    await env.DB.exec("ALTER TABLE archived_orders RENAME TO out_of_reach");
    const answered = await notify(shop.accountId, late);
    await env.DB.exec("ALTER TABLE out_of_reach RENAME TO archived_orders");
    expect(answered).toMatch(/^503 /);
    expect(answered).not.toContain("success");
    expect(await readOrder(order)).toEqual({ state: "cancelled", secrets: [] });
    expect(await notify(shop.accountId, late)).toBe("200 success");
    expect(await readOrder(order)).toEqual({ state: "delivered", secrets: ["patient-0"] });
  });

  test("its merchant marks it paid, and a cancellation is refused as ever", async () => {
    const { order } = await cancelledOrder("by-hand");
    await archive(order);
    const marked = await shop.admin(`/orders/${order.id}/mark-paid`, { method: "POST" });
    expect(marked.json).toMatchObject({ state: "delivered" });
    await archive(order);
    const cancelled = await shop.admin(`/orders/${order.id}/cancel`, { method: "POST" });
    expect([cancelled.status, cancelled.json.state]).toEqual([409, "delivered"]);
  });

  test("its keys are mailed once more", async () => {
    const { order } = await soldOrder("mailed");
    await archive(order);
    const resent = await shop.admin(`/orders/${order.id}/resend`, { method: "POST" });
    expect(resent.status).toBeLessThan(300);
  });
});

describe("the order book knows who may leave", () => {
  const book = deps.orderBook;
  const timesOf = async (orders: readonly { id: string }[]) => {
    const found = await env.DB.prepare(
      "SELECT archivable_at_ms AS ms FROM orders WHERE id IN (SELECT value FROM json_each(?1)) ORDER BY id",
    )
      .bind(JSON.stringify(orders.map(({ id }) => id)))
      .all<{ ms: number | null }>();
    return found.results.map(({ ms }) => ms);
  };
  const paid = {
    accountId: "acct_1",
    tradeNo: "T",
    source: "notice",
    verdict: "mismatch",
  } as const;
  const orders = [
    snapshot(1),
    delivered(2),
    snapshot(3, { state: "expired" }),
    snapshot(4, {
      state: "cancelled",
      payments: [
        {
          ...paid,
          accountId: paid.accountId as AccountId,
          money: { amountMinor: 1, currency: "CNY" },
          atMs: snapshot(4).placedAtMs + 5_000,
        },
      ],
    }),
    snapshot(5, { state: "unfilled" }),
  ];

  test("orders of before the archive are dated as those of after it", async () => {
    await book.publish(orders, Date.now());
    const dated = await timesOf(orders);
    expect(dated).toEqual(orders.map(archivableAtMs));
    await env.DB.exec("UPDATE orders SET archivable_at_ms = NULL");
    const { queries } = env.TEST_MIGRATIONS.find(({ name }) => name === "0001_archive.sql") ?? {};
    const backfill = queries?.at(-1) ?? "";
    expect(backfill).toContain("UPDATE");
    await env.DB.prepare(backfill).run();
    expect(await timesOf(orders)).toEqual(dated);
  });

  test("a time is set for the version that was named and no other", async () => {
    await book.publish(orders, Date.now());
    const [, sold, expired] = orders;
    if (sold === undefined || expired === undefined) throw new Error("there are five");
    await deps.archive.reschedule([sold, { ...expired, version: 7 }], 99);
    expect(await timesOf([sold, expired])).toEqual([99, archivableAtMs(expired)]);
  });

  test("it is asked by indexes: who is due, and which answers are old", async () => {
    const plans = await env.DB.batch<{ detail: string }>([
      env.DB.prepare(
        "EXPLAIN QUERY PLAN SELECT id FROM orders WHERE archivable_at_ms IS NOT NULL AND archivable_at_ms <= 1 ORDER BY archivable_at_ms LIMIT 5",
      ),
      env.DB.prepare(
        "EXPLAIN QUERY PLAN SELECT rowid FROM idempotency_records WHERE created_at_ms < 1 ORDER BY created_at_ms LIMIT 5",
      ),
    ]);
    expect(plans.map(({ results }) => results[0]?.detail)).toEqual([
      expect.stringContaining("orders_archivable"),
      expect.stringContaining("idempotency_records_by_age"),
    ]);
  });
});

describe("the archive", () => {
  test("keeps the newest record, gives back what it was given, and refuses what is no record", async () => {
    const older = { order: delivered(21), bodyHash: "body", fulfilRequest: "act" };
    const newer = { ...older, order: { ...older.order, version: 3 } };
    await deps.archive.keep([newer], 1);
    await deps.archive.keep([older], 2);
    expect(await deps.archive.read([newer.order.id, snapshot(22).id])).toEqual([newer]);
    await env.DB.exec(`UPDATE archived_orders SET record = '{"order":{}}'`);
    await expect(deps.archive.read([newer.order.id])).rejects.toThrow(/version/);
  });
});
