import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { FindingRow } from "../../src/db/statements/findings.ts";
import { parseOrderId, type DeliveryId, type OrderId } from "../../src/domain/ids.ts";
import type { Bindings } from "../../src/platform/bindings.ts";
import { depsFor, type Deps } from "../../src/platform/deps.ts";
import { archiveOldOrders } from "../../src/scheduled/archive-old-orders.ts";
import { reconcileStock } from "../../src/scheduled/reconcile-stock.ts";
import { eventually } from "../support/worker/eventually.ts";
import { keysNamed } from "../support/worker/notices.ts";
import { snapshot } from "../support/worker/snapshots.ts";
import {
  admin,
  call,
  migrate,
  openShop,
  placeOrder,
  sendNotice,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";

const ROUND_MS = 31 * 60_000;
const MONTH_MS = 31 * 24 * 3600_000;
const real = depsFor(env as Bindings, {});
let shop: Shop;
let nowMs = 0;

beforeAll(async () => {
  await migrate();
  shop = await openShop();
});

/** Each test has the shop's products to itself. */
beforeEach(async () => {
  const reconciled = ["findings", "reconciled_stocks", "reconcile_place"];
  const tables = ["products", "orders", "deliveries", ...reconciled];
  await env.DB.batch(tables.map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
  nowMs = Date.now() - ROUND_MS;
});

interface Sold {
  readonly number: number;
  readonly id: OrderId;
  readonly access_token: string;
}

/** A delivered order and one that waits, which the book and the deliveries hold. */
async function soldShop(prefix: string): Promise<Sold> {
  const product = await stockedProduct(shop, keysNamed(prefix, 3));
  // One shop sells to all of these tests: a mailbox of each test's own, or its limit would end them.
  const buyer = { email: `${product.id}@example.com` };
  const order = await placeOrder(shop, product.id, buyer);
  await sendNotice(shop, order);
  await placeOrder(shop, product.id, buyer);
  const number = parseOrderId(order.id)?.stockNumber ?? 0;
  await published(number);
  return { ...order, number };
}

async function published(number: number): Promise<void> {
  await eventually(async () => ((await objectOf(number).health()).outboxRows === 0 ? true : null));
}

function objectOf(number: number) {
  return env.PRODUCT_STOCK.getByName(`product-${number}`);
}

/** Damages an object's own rows. */
async function damage(number: number, statement: string): Promise<void> {
  await runInDurableObject(objectOf(number), (_, state) => {
    state.storage.sql.exec(statement);
  });
}

/** A round through all objects; what it found. */
async function round(deps: Deps = real): Promise<FindingRow[]> {
  nowMs += ROUND_MS;
  for (let runs = 0; runs < 20; runs++) {
    // Each run goes on from where the one before ended.
    await reconcileStock(deps, nowMs);
    if ((await deps.reconcileBook.place())?.stock === null) break;
  }
  const rows = await deps.findings.list(null, 100);
  return rows.filter(({ seenAtMs }) => seenAtMs === nowMs);
}

async function bookVersion(id: OrderId): Promise<number | null> {
  const found = env.DB.prepare("SELECT version FROM orders WHERE id = ?").bind(id);
  return found.first<number>("version");
}

describe("books that agree", () => {
  test("have no finding, and each object's walk is written down", async () => {
    const { number } = await soldShop("well");
    expect(await round()).toEqual([]);
    const { results } = await env.DB.prepare("SELECT * FROM reconciled_stocks").all();
    expect(results).toEqual([
      {
        stock_number: number,
        started_at_ms: nowMs,
        checked_at_ms: nowMs,
        orders: 2,
        keys: 3,
        open: 0,
        outbox_rows: 0,
        oldest_outbox_at_ms: null,
      },
    ]);
  });

  test("have none with orders in the archive", async () => {
    const { id } = await soldShop("left");
    await archiveOldOrders(real, Date.now() + MONTH_MS);
    expect(await objectOf(parseOrderId(id)?.stockNumber ?? 0).order(id)).toBeNull();
    expect(await round()).toEqual([]);
  });

  test("of a product with several objects are walked through one by one", async () => {
    const changes = { stock_shards: 3 };
    const product = await stockedProduct(shop, keysNamed("sharded", 30), changes);
    const order = await placeOrder(shop, product.id);
    await published(parseOrderId(order.id)?.stockNumber ?? 0);
    expect(await round()).toEqual([]);
    const { results } = await env.DB.prepare(
      "SELECT stock_number, orders, keys FROM reconciled_stocks ORDER BY stock_number",
    ).all<{ stock_number: number; orders: number; keys: number }>();
    const numbers = results.map((row) => row.stock_number);
    expect(numbers.map((number) => number - (numbers[0] ?? 0))).toEqual([0, 2 ** 24, 2 ** 25]);
    const sum = (column: "orders" | "keys") => results.reduce((all, row) => all + row[column], 0);
    expect([sum("orders"), sum("keys")]).toEqual([1, 30]);
  });

  test("are not walked through again at once", async () => {
    await soldShop("resting");
    await round();
    await env.DB.exec("DELETE FROM reconciled_stocks");
    await reconcileStock(real, nowMs + 60_000);
    expect((await real.findings.summary()).stocks).toBe(0);
  });
});

describe("what D1 lost is told anew by the object", () => {
  test("an order that is missing", async () => {
    const { id } = await soldShop("missing");
    await env.DB.prepare("DELETE FROM orders WHERE id = ?").bind(id).run();
    expect(await round()).toMatchObject([
      { kind: "book_behind", subject: id, repaired: true, detail: { version: 2 } },
    ]);
    await eventually(() => bookVersion(id));
    expect(await round()).toEqual([]);
  });

  test("an order that is older", async () => {
    const { id } = await soldShop("older");
    const aged = "UPDATE orders SET version = 1, state = 'pending' WHERE id = ?";
    await env.DB.prepare(aged).bind(id).run();
    expect(await round()).toMatchObject([
      { kind: "book_behind", repaired: true, detail: { version: 2, copy_version: 1 } },
    ]);
    await eventually(async () => ((await bookVersion(id)) === 2 ? true : null));
  });

  test("a change whose outbox row is gone", async () => {
    const { id, number } = await soldShop("unsent");
    await damage(number, `UPDATE orders SET version = 3 WHERE id = '${id}'`);
    expect(await round()).toMatchObject([
      { kind: "book_behind", repaired: true, detail: { version: 3, copy_version: 2 } },
    ]);
    await eventually(async () => ((await bookVersion(id)) === 3 ? true : null));
  });

  test("a mail that is owed and stands nowhere", async () => {
    const { id } = await soldShop("unmailed");
    await env.DB.prepare("DELETE FROM deliveries WHERE order_id = ?").bind(id).run();
    expect(await round()).toMatchObject([
      { kind: "delivery_missing", subject: id, repaired: true },
    ]);
    const mails = await eventually(async () => {
      const rows = await real.deliveries.ofOrder(id);
      return rows.length > 0 ? rows : null;
    });
    expect(mails.map((mail) => mail.id)).toEqual([`dlv_${id.slice(4)}_keys_0` as DeliveryId]);
    expect(await round()).toEqual([]);
  });

  test("a payment that is not found by the gateway's number", async () => {
    const { id } = await soldShop("uncopied");
    const all = env.DB.prepare("SELECT * FROM payments WHERE order_id = ?").bind(id);
    const before = (await all.all()).results;
    expect(before).toHaveLength(1);
    await env.DB.prepare("DELETE FROM payments WHERE order_id = ?").bind(id).run();
    expect(await round()).toMatchObject([
      { kind: "payment_uncopied", subject: id, repaired: true },
    ]);
    expect((await all.all()).results).toEqual(before);
    expect(await round()).toEqual([]);
  });

  test("the date on which a settled order may leave", async () => {
    const { id } = await soldShop("undated");
    await env.DB.exec("UPDATE orders SET archivable_at_ms = NULL");
    expect(await round()).toMatchObject([{ kind: "order_undated", subject: id, repaired: true }]);
    expect(await real.archive.due(Date.now(), 10)).toEqual([]);
    expect(await real.archive.due(Date.now() + MONTH_MS, 10)).toEqual([{ id, version: 2 }]);
  });

  test("an order in the archive, by its record", async () => {
    const { id } = await soldShop("mended");
    await archiveOldOrders(real, Date.now() + MONTH_MS);
    await env.DB.prepare("DELETE FROM orders WHERE id = ?").bind(id).run();
    expect(await round()).toMatchObject([{ kind: "book_behind", subject: id, repaired: true }]);
    expect(await bookVersion(id)).toBe(2);
  });
});

describe("what nobody can be sure of is reported, each time, and left as it is", () => {
  test("an order that is newer in the book than in its object", async () => {
    const { id } = await soldShop("ahead");
    await env.DB.prepare("UPDATE orders SET version = 9 WHERE id = ?").bind(id).run();
    const newer = { kind: "book_ahead", subject: id, repaired: false };
    expect(await round()).toMatchObject([{ ...newer, times: 1 }]);
    expect(await round()).toMatchObject([{ ...newer, times: 2 }]);
    expect(await bookVersion(id)).toBe(9);
  });

  test("an order that its object does not know", async () => {
    const { number } = await soldShop("unknown");
    const stranger = snapshot(1, {}, number);
    await real.orderBook.publish([stranger], nowMs);
    expect(await round()).toMatchObject([
      { kind: "order_unknown", subject: stranger.id, repaired: false },
    ]);
    expect(await bookVersion(stranger.id)).toBe(1);
  });

  test("an order that left, without its record", async () => {
    const { id } = await soldShop("lost");
    await archiveOldOrders(real, Date.now() + MONTH_MS);
    await env.DB.prepare("DELETE FROM archived_orders WHERE id = ?").bind(id).run();
    expect(await round()).toMatchObject([{ kind: "archive_lacks", subject: id, repaired: false }]);
  });

  test("a key that is held for no order, and a sold key without one", async () => {
    const { id, number } = await soldShop("nobodys");
    await damage(number, `UPDATE keys SET order_id = 'ord_nobody' WHERE order_id = '${id}'`);
    await damage(number, "UPDATE keys SET order_id = 'ord_nobody' WHERE state = 'held'");
    const found = await round();
    expect(found.map(({ kind, repaired }) => `${kind} ${repaired}`).toSorted()).toEqual([
      "key_of_no_order false",
      "key_of_no_order false",
      "order_keys false",
      "order_keys false",
    ]);
  });
});

describe("an alarm that was lost", () => {
  test("is set again, for what is due", async () => {
    const { number } = await soldShop("silent");
    await runInDurableObject(objectOf(number), (_, state) => state.storage.deleteAlarm());
    expect(await round()).toMatchObject([{ kind: "alarm_missing", repaired: true }]);
    const setTo = await runInDurableObject(objectOf(number), (_, state) =>
      state.storage.getAlarm(),
    );
    expect(setTo).toBeGreaterThan(Date.now());
    expect(await round()).toEqual([]);
  });
});

describe("a walk that is broken off", () => {
  test("goes on from where it was, and finds the same", async () => {
    const { id } = await soldShop("broken");
    await env.DB.prepare("UPDATE orders SET version = 9 WHERE id = ?").bind(id).run();
    const book = { ...real.reconcileBook, savePlace: () => Promise.reject(new Error("died")) };
    nowMs += ROUND_MS;
    await expect(reconcileStock({ ...real, reconcileBook: book }, nowMs)).rejects.toThrow("died");
    expect(await round()).toMatchObject([{ kind: "book_ahead", times: 2 }]);
  });

  test("by an object that does not answer leaves the others to be walked through", async () => {
    const [down, up] = [await soldShop("down"), await soldShop("up")];
    const stock: Deps["stock"] = {
      of: (number) => {
        const object = real.stock.of(number);
        const checkOrders = () => Promise.reject(new Error("down"));
        return number === down.number ? { ...object, checkOrders } : object;
      },
    };
    await round({ ...real, stock });
    const { results } = await env.DB.prepare("SELECT stock_number FROM reconciled_stocks").all();
    expect(results).toEqual([{ stock_number: up.number }]);
    await round();
    expect((await real.findings.summary()).stocks).toBe(2);
  });
});

describe("what was found is shown", () => {
  const ledger = async () => {
    const { status, json } = await call("/readyz");
    return { status, ...json.checks.find((check: { name: string }) => check.name === "ledger") };
  };

  test("by readiness as a count, until a round finds it mended", async () => {
    const { id } = await soldShop("counted");
    await round();
    expect(await ledger()).toMatchObject({
      status: 200,
      ok: true,
      open_findings: 0,
      stock_objects: 1,
    });
    await env.DB.prepare("UPDATE orders SET version = 9 WHERE id = ?").bind(id).run();
    await round();
    expect(await ledger()).toMatchObject({ status: 503, ok: false, open_findings: 1 });
    await env.DB.prepare("UPDATE orders SET version = 2 WHERE id = ?").bind(id).run();
    await round();
    expect(await ledger()).toMatchObject({ status: 200, ok: true, open_findings: 0 });
  });

  test("by readiness as an age: nobody has looked for hours", async () => {
    await soldShop("aged");
    await round();
    await env.DB.exec("UPDATE reconciled_stocks SET checked_at_ms = checked_at_ms - 7300000");
    const aged = await ledger();
    expect(aged).toMatchObject({ status: 503, ok: false, open_findings: 0 });
    expect(aged.last_check_seconds).toBeGreaterThanOrEqual(7_300);
  });

  test("by readiness as an age too where nobody has ever looked", async () => {
    await soldShop("unseen");
    expect(await ledger()).toMatchObject({ ok: true, last_check_seconds: null });
    await env.DB.exec("UPDATE products SET created_at_ms = created_at_ms - 7300000");
    expect(await ledger()).toMatchObject({ status: 503, ok: false, last_check_seconds: null });
  });

  test.each([1, 2])("of a product of %i objects one of which is never reached", async (shards) => {
    const product = await stockedProduct(shop, keysNamed(`deaf-${shards}`, 2), {
      stock_shards: shards,
    });
    await soldShop(`heard-${shards}`);
    await round();
    await env.DB.batch([
      env.DB.prepare(
        `DELETE FROM reconciled_stocks WHERE stock_number =
        (SELECT number + (stock_shards - 1) * ${2 ** 24} FROM products WHERE id = ?)`,
      ).bind(product.id),
      env.DB.prepare("UPDATE products SET created_at_ms = created_at_ms - 180000000"),
    ]);
    const unreached = await ledger();
    expect(unreached).toMatchObject({ status: 503, ok: false, open_findings: 0 });
    expect(unreached.longest_ago_seconds).toBeGreaterThanOrEqual(180_000);
  });

  test("and an order book that has been behind for long, as long as it is", async () => {
    const { number } = await soldShop("behind");
    await round();
    const since = Date.now() - 3_600_000;
    const seen = `UPDATE reconciled_stocks SET oldest_outbox_at_ms = ${since}`;
    await env.DB.exec(seen);
    const book = async () => {
      const { json } = await call("/readyz");
      return json.checks.find((check: { name: string }) => check.name === "order_book");
    };
    expect(await book()).toMatchObject({ ok: true, oldest_unpublished_seconds: 0 });
    const waiting = `INSERT INTO outbox VALUES ('ord_x', 1, ${since}, ${since + 10 * 3_600_000}, 9)`;
    await damage(number, waiting);
    const behind = await book();
    expect(behind.ok).toBe(false);
    expect(behind.oldest_unpublished_seconds).toBeGreaterThanOrEqual(3_600);
  });

  test("to the operator, the latest first, and to nobody else", async () => {
    const { id } = await soldShop("listed");
    await env.DB.prepare("UPDATE orders SET version = 9 WHERE id = ?").bind(id).run();
    await round();
    const { json } = await admin("/findings?limit=1");
    expect(json).toMatchObject({
      data: [
        {
          kind: "book_ahead",
          subject: id,
          merchant_id: shop.id,
          repaired: false,
          times: 1,
          detail: { version: 2, copy_version: 9 },
        },
      ],
      next_cursor: null,
    });
    const made = await shop.admin("/tokens", {
      body: { name: "robot", scopes: ["orders:read", "settings:write"] },
    });
    expect((await admin("/findings", { token: made.json.token })).status).toBe(403);
  });

  test("for a quarter of a year", async () => {
    const { id } = await soldShop("forgotten");
    await env.DB.prepare("UPDATE orders SET version = 9 WHERE id = ?").bind(id).run();
    await round();
    expect(await real.findings.forgetBefore(nowMs, 10)).toBe(0);
    expect(await real.findings.forgetBefore(nowMs + 1, 10)).toBe(1);
    expect(await real.findings.list(null, 10)).toEqual([]);
  });
});
