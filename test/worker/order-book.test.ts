import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { drizzle } from "drizzle-orm/d1";
import { beforeAll, describe, expect, it } from "vitest";
import { makeDeliveries } from "../../src/db/orders/deliveries.ts";
import { makeOrderBook } from "../../src/db/orders/order-book.ts";
import { archivableAtMs } from "../../src/domain/order/archiving.ts";
import { MAIL_ATTEMPTS_MAX, type Delivery } from "../../src/domain/mail/delivery.ts";
import { deliveryId, type MerchantId, type ProductId } from "../../src/domain/ids.ts";
import { delivered, snapshot } from "../support/worker/snapshots.ts";

const NOW_MS = Date.UTC(2026, 10, 11, 13);
const LEASE_MS = 60_000;
const SENT_BY = { sender: "smtp", messageId: "m" };
const db = drizzle(env.DB);
const book = makeOrderBook(db);
const deliveries = makeDeliveries(db);

beforeAll(() => applyD1Migrations(env.DB, env.TEST_MIGRATIONS));

function tenant(n: number): MerchantId {
  return `mer_0000000000000000010${n}` as MerchantId;
}

/** A delivery of order `n`, due now. */
async function dueDelivery(n: number) {
  const [id] = await book.publish([delivered(n)], NOW_MS);
  if (id === undefined) throw new Error("no delivery is owed");
  return id;
}

async function rowOf(n: number) {
  const [row] = await deliveries.ofOrder(snapshot(n).id);
  return row;
}

describe("the order book is written by version", () => {
  it("what was published is what is read, letter for letter", async () => {
    const order = delivered(1, { productTitle: "O'Neil; DROP TABLE orders; -- 卡密 😀" });
    await book.publish([order], NOW_MS);
    const { keys, delivery: _mode, ...copied } = order;
    expect(await book.byId(order.merchantId, order.id)).toEqual({
      ...copied,
      risk: null,
      review: null,
      feeMinor: 0,
      keysDelivered: keys.length,
      archivableAtMs: archivableAtMs(order),
    });
  });

  it("an older version that comes after a newer one changes nothing", async () => {
    await book.publish([delivered(2)], NOW_MS);
    await book.publish([snapshot(2)], NOW_MS);
    expect(await book.byId(snapshot(2).merchantId, snapshot(2).id)).toMatchObject({
      version: 2,
      state: "delivered",
    });
  });

  it("two versions in one batch leave the newer, whatever their order", async () => {
    await book.publish([delivered(3), snapshot(3)], NOW_MS);
    expect(await book.byId(snapshot(3).merchantId, snapshot(3).id)).toMatchObject({ version: 2 });
  });

  it("no sealed key is in any table", async () => {
    await book.publish([delivered(4)], NOW_MS);
    const { results } = await env.DB.prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
    ).all<{ name: string }>();
    const tables = await env.DB.batch(
      results.map(({ name }) => env.DB.prepare(`SELECT * FROM "${name}"`)),
    );
    expect(JSON.stringify(tables)).toContain(snapshot(4).id);
    expect(JSON.stringify(tables)).not.toContain("SEALED");
  });

  it("a batch larger than one bound value may be is written whole, in one transaction", async () => {
    const fields = { text: "卡".repeat(60_000) };
    const orders = Array.from({ length: 30 }, (_, n) => delivered(1000 + n, { fields }));
    const owed = await book.publish(orders, NOW_MS);
    expect(owed).toHaveLength(30);
    const last = await book.byId(snapshot(1).merchantId, snapshot(1029).id);
    expect(last?.fields).toEqual(fields);
  });

  it("nothing to publish is nothing written", async () => {
    expect(await book.publish([], NOW_MS)).toEqual([]);
  });
});

describe("what an order owes its buyer", () => {
  it("the keys once delivered, word of it when unfilled, else nothing; each told once", async () => {
    const orders = [
      delivered(10),
      snapshot(11, { state: "unfilled" }),
      snapshot(12),
      snapshot(13, { state: "paid" }),
      delivered(14, { state: "refunded" }),
      delivered(15, { keys: [] }),
    ];
    const owed = [
      deliveryId(snapshot(10).id, "keys", 0),
      deliveryId(snapshot(11).id, "unfilled", 0),
    ];
    expect((await book.publish(orders, NOW_MS)).toSorted()).toEqual(owed.toSorted());
    expect(await book.publish(orders, NOW_MS)).toEqual([]);
    expect(await rowOf(10)).toMatchObject({
      state: "queued",
      attempts: 0,
      round: 0,
      dueAtMs: NOW_MS,
    });
  });
});

describe("a mail that was struck off because the order moved on", () => {
  it("is owed again when the order is what it was, and one that has left is not", async () => {
    const id = await dueDelivery(16);
    const claimed = await deliveries.claim(id, NOW_MS, LEASE_MS);
    if (claimed === null) throw new Error("nobody else has it");
    await deliveries.superseded(claimed, "order_refunded");
    await book.publish([delivered(16, { version: 3, state: "refunded" })], NOW_MS);

    const again = delivered(16, { version: 4 });
    expect(await book.publish([again], NOW_MS + 1)).toEqual([id]);
    expect(await rowOf(16)).toMatchObject({ state: "queued", attempts: 0, dueAtMs: NOW_MS + 1 });
    expect(await book.publish([again], NOW_MS + 1)).toEqual([]);

    const left = await deliveries.claim(id, NOW_MS + 1, LEASE_MS);
    if (left === null) throw new Error("it is due");
    await deliveries.sent(id, SENT_BY, NOW_MS + 2);
    expect(await book.publish([again], NOW_MS + 3)).toEqual([]);
  });
});

describe("the order book is read by its merchant", () => {
  const merchantId = tenant(1);
  const product = "prd_00000000000000000099" as ProductId;
  const ids = (rows: readonly { id: string }[]) => rows.map((row) => row.id);

  beforeAll(async () => {
    await book.publish(
      [
        snapshot(20, { merchantId, email: "a@example.com" }),
        delivered(21, { merchantId, email: "a@example.com", lookupHash: "hash-a" }),
        // Placed in the same millisecond: the id decides, so that no page shows one twice.
        snapshot(22, { merchantId, placedAtMs: snapshot(21).placedAtMs, productId: product }),
        snapshot(23, { merchantId, email: "b@example.com", lookupHash: "hash-a" }),
        snapshot(24, { merchantId: tenant(2), email: "a@example.com", lookupHash: "hash-a" }),
      ],
      NOW_MS,
    );
  });

  it("newest first, page by page, each order once though others are placed meanwhile", async () => {
    const seen: string[] = [];
    let cursor: { placedAtMs: number; id: (typeof first)["id"] } | undefined;
    const first = snapshot(0);
    for (let page = 0; page < 4; page++) {
      const rows = await book.list({ merchantId, cursor, limit: 1 });
      seen.push(...ids(rows));
      cursor = rows.at(-1);
      await book.publish([snapshot(30 + page, { merchantId: tenant(1) })], NOW_MS);
    }
    expect(seen).toEqual([23, 22, 21, 20].map((n) => snapshot(n).id));
    await env.DB.prepare("DELETE FROM orders WHERE id IN (?1, ?2, ?3, ?4)")
      .bind(...[30, 31, 32, 33].map((n) => snapshot(n).id))
      .run();
  });

  it.each([
    ["state", { state: "delivered" as const }, [21]],
    ["e-mail", { email: "a@example.com" }, [21, 20]],
    ["product", { productId: product }, [22]],
    ["from", { fromMs: snapshot(21).placedAtMs }, [23, 22, 21]],
    ["to", { toMs: snapshot(21).placedAtMs }, [20]],
    ["all at once", { state: "pending" as const, email: "a@example.com", fromMs: 0 }, [20]],
    ["none of them", { email: "nobody@example.com" }, []],
  ])("by %s", async (_title, filter, expected) => {
    const rows = await book.list({ merchantId, limit: 10, ...filter });
    expect(ids(rows)).toEqual(expected.map((n) => snapshot(n).id));
  });

  it("another merchant's order is not there", async () => {
    expect(await book.byId(merchantId, snapshot(24).id)).toBeNull();
    expect(await book.byId(tenant(2), snapshot(24).id)).not.toBeNull();
  });

  it("a look-up wants the address and one more thing that only the buyer has", async () => {
    const look = async (proof: Parameters<typeof book.lookup>[1]) =>
      ids(await book.lookup(merchantId, proof, 10));
    const [, order] = [snapshot(20), snapshot(21)];
    expect(await look({ email: "a@example.com", orderId: order.id })).toEqual([order.id]);
    expect(await look({ email: "b@example.com", orderId: order.id })).toEqual([]);
    expect(await look({ email: "a@example.com", lookupHash: "hash-a" })).toEqual([order.id]);
    expect(await look({ email: "a@example.com", lookupHash: "" })).toEqual([]);
    expect(await look({ email: "a@example.com", orderId: snapshot(24).id })).toEqual([]);
  });
});

describe("a delivery is claimed by one", () => {
  it("of many that want it at once", async () => {
    const id = await dueDelivery(40);
    const claims = Array.from({ length: 20 }, () => deliveries.claim(id, NOW_MS, LEASE_MS));
    const won = (await Promise.all(claims)).filter((claim) => claim !== null);
    expect(won).toEqual([expect.objectContaining({ id, attempts: 1, state: "sending" })]);
  });

  it("not before it is due, and again when the lease has lapsed", async () => {
    const id = await dueDelivery(41);
    expect(await deliveries.claim(id, NOW_MS - 1, LEASE_MS)).toBeNull();
    expect(await deliveries.claim(id, NOW_MS, LEASE_MS)).toMatchObject({ attempts: 1 });
    expect(await deliveries.claim(id, NOW_MS + LEASE_MS - 1, LEASE_MS)).toBeNull();
    expect(await deliveries.claim(id, NOW_MS + LEASE_MS, LEASE_MS)).toMatchObject({ attempts: 2 });
  });

  it.each([
    [42, "sent", (row: Delivery) => deliveries.sent(row.id, SENT_BY, NOW_MS)],
    [43, "failed", (row: Delivery) => deliveries.failed(row, "550")],
    [44, "superseded", (row: Delivery) => deliveries.superseded(row, "order_refunded")],
  ])("and never again: order %i, once it is %s", async (n, state, end) => {
    const id = await dueDelivery(n);
    const claimed = await deliveries.claim(id, NOW_MS, LEASE_MS);
    if (claimed === null) throw new Error("not claimed");
    await end(claimed);
    expect(await rowOf(n)).toMatchObject({ state });
    expect(await deliveries.claim(id, NOW_MS + 10 * LEASE_MS, LEASE_MS)).toBeNull();
  });

  it("and a mail that is out stays so, with who sent it", async () => {
    const id = await dueDelivery(46);
    await deliveries.claim(id, NOW_MS, LEASE_MS);
    await deliveries.sent(id, SENT_BY, NOW_MS);
    await deliveries.sent(id, { sender: "resend", messageId: "late" }, NOW_MS + 1);
    expect(await rowOf(46)).toMatchObject({ ...SENT_BY, sentAtMs: NOW_MS, lastError: null });
  });

  it("whose lease lapsed writes nothing over the next one's word", async () => {
    const id = await dueDelivery(45);
    const slow = await deliveries.claim(id, NOW_MS, LEASE_MS);
    const next = await deliveries.claim(id, NOW_MS + LEASE_MS, LEASE_MS);
    if (slow === null || next === null) throw new Error("not claimed");
    await deliveries.failed(slow, "too late");
    await deliveries.retry(slow, "too late", 0);
    expect(await rowOf(45)).toMatchObject({ state: "sending", attempts: 2, lastError: null });
    await deliveries.retry(next, "x".repeat(1000), NOW_MS + 5);
    expect(await rowOf(45)).toMatchObject({ state: "retrying", dueAtMs: NOW_MS + 5 });
    expect((await rowOf(45))?.lastError).toHaveLength(200);
  });
});

describe("what the schedule and a person see of deliveries", () => {
  it("those that are due and not under way, the longest due first", async () => {
    const early = await book.publish([delivered(50)], 1000);
    const later = await book.publish([delivered(51)], 2000);
    const due = await deliveries.due(3000, 10);
    expect(due).toEqual([...early, ...later]);
    expect(await deliveries.due(3000, 1)).toEqual(early);
    expect(await deliveries.oldestDueAtMs(3000)).toBe(1000);
    expect(await deliveries.oldestDueAtMs(999)).toBeNull();
    await deliveries.postpone(early[0] as never, "no_sender", 3001);
    expect(await deliveries.due(3000, 10)).toEqual(later);
  });

  it("a resend is the next round; two at once are one", async () => {
    const first = await dueDelivery(52);
    await deliveries.sent(first, SENT_BY, NOW_MS);
    const { merchantId, id: orderId } = snapshot(52);
    const ask = () => deliveries.addRound({ merchantId, orderId, purpose: "keys" }, NOW_MS);
    const next = deliveryId(orderId, "keys", 1);
    expect(await Promise.all([ask(), ask()])).toEqual([next, next]);
    await deliveries.sent(next, SENT_BY, NOW_MS);
    expect(await ask()).toBe(deliveryId(orderId, "keys", 2));
    expect((await deliveries.ofOrder(orderId)).map((row) => row.round)).toEqual([0, 1, 2]);
  });

  it("a resend of a mail that has not left is that mail, due at once", async () => {
    const id = await dueDelivery(54);
    const { merchantId, id: orderId } = snapshot(54);
    const ask = () => deliveries.addRound({ merchantId, orderId, purpose: "keys" }, NOW_MS + 1);
    await deliveries.postpone(id, "no_sender", NOW_MS + 9_000_000);
    expect(await ask()).toBe(id);
    expect(await rowOf(54)).toMatchObject({ dueAtMs: NOW_MS + 1 });
    await deliveries.claim(id, NOW_MS + 1, LEASE_MS);
    expect(await ask()).toBe(id);
    // Its holder keeps the lease: nobody else begins.
    expect(await rowOf(54)).toMatchObject({ state: "sending", dueAtMs: NOW_MS + 1 + LEASE_MS });
  });

  it("a dead letter's delivery is tried again later, or has failed once its tries are used up", async () => {
    const id = await dueDelivery(53);
    await deliveries.deadLettered(id, NOW_MS + 1);
    expect(await rowOf(53)).toMatchObject({ state: "retrying", lastError: "dead_letter" });
    await env.DB.prepare("UPDATE deliveries SET attempts = ?1 WHERE id = ?2")
      .bind(MAIL_ATTEMPTS_MAX, id)
      .run();
    const failed = await deliveries.countFailed();
    await deliveries.deadLettered(id, NOW_MS + 1);
    expect(await rowOf(53)).toMatchObject({ state: "failed" });
    expect(await deliveries.countFailed()).toBe(failed + 1);
  });
});
