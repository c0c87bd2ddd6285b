import {
  applyD1Migrations,
  createExecutionContext,
  createMessageBatch,
  createScheduledController,
  getQueueResult,
} from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { DrizzleQueryError } from "drizzle-orm";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { OrderSnapshot } from "../../durable-objects/product-stock/contract.ts";
import { deliveryId, type DropId, type OrderId } from "../../src/domain/ids.ts";
import { askForCode, isCode } from "../../src/flows/buyers/email-codes.ts";
import type { Mail, MailSender } from "../../src/flows/ports.ts";
import type { Bindings } from "../../src/platform/bindings.ts";
import { depsFor, type Deps } from "../../src/platform/deps.ts";
import { consume } from "../../src/queues/consume.ts";
import { runSchedule } from "../../src/scheduled/run-schedule.ts";
import { delivered, snapshot } from "../support/worker/snapshots.ts";

const HOUR_MS = 3600_000;
const real = depsFor(env as Bindings, {});

/** What the objects would say, and what became of it. */
const world = {
  nowMs: Date.UTC(2026, 10, 11, 13),
  orders: new Map<OrderId, OrderSnapshot>(),
  down: new Set<number>(),
  acknowledged: [] as { id: OrderId; version: number }[],
  mailDue: [] as string[],
  orderEvents: [] as unknown[],
  mails: [] as Mail[],
  logs: [] as string[],
};

const inbox: MailSender = {
  name: "inbox",
  async send(mail) {
    if (mail.to.startsWith("bug@")) throw new Error("a bug");
    if (mail.to.startsWith("450@")) return { kind: "refused", permanent: false, reason: "450" };
    if (mail.to.startsWith("550@")) return { kind: "refused", permanent: true, reason: "550" };
    world.mails.push(mail);
    return { kind: "sent", messageId: "m" };
  },
};

/** The real composition over the real D1; the objects, the keys and the far ends are stood in for. */
const deps: Deps = {
  ...real,
  clock: { nowMs: () => world.nowMs },
  stock: {
    of: (stockNumber: number) => {
      const answer = <T>(value: T): Promise<T> =>
        world.down.has(stockNumber) ? Promise.reject(new Error("down")) : Promise.resolve(value);
      return {
        readForOrderBook: (ids: OrderId[]) =>
          answer(ids.flatMap((id) => world.orders.get(id) ?? [])),
        acknowledge: (published: { id: OrderId; version: number }[]) =>
          answer(void world.acknowledged.push(...published)),
        order: (id: OrderId) => answer(world.orders.get(id) ?? null),
      };
    },
    // Only what the consumers call: another call would fail loudly.
  } as unknown as Deps["stock"],
  vault: { ...real.vault, openKey: async (_product, key) => `secret of ${key.fingerprint}` },
  mailSenders: [inbox],
  deliveryEmails: {
    send: async (messages) => {
      for (const message of messages) world.mailDue.push(JSON.stringify(message));
    },
  },
  orderEvents: { send: async (messages) => void world.orderEvents.push(...messages) },
  settings: { ...real.settings, publicOrigin: "https://shop.example.com" },
};

beforeAll(() => applyD1Migrations(env.DB, env.TEST_MIGRATIONS));

beforeEach(async () => {
  const tables = ["orders", "deliveries", "parked_messages", "idempotency_records"];
  await env.DB.batch(tables.map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
  world.orders.clear();
  world.down.clear();
  for (const list of [world.acknowledged, world.mailDue, world.orderEvents, world.mails]) {
    list.length = 0;
  }
  world.logs.length = 0;
  for (const level of ["info", "warn", "error"] as const) {
    vi.spyOn(console, level).mockImplementation((line: string) => void world.logs.push(line));
  }
});

afterEach(() => {
  vi.restoreAllMocks();
});

interface Fate {
  readonly acked: string[];
  readonly retried: Record<string, number | undefined>;
}

/** Hands a batch to the consumer and tells what it said of each message. */
async function deliver(queue: string, bodies: readonly unknown[], attempts = 1): Promise<Fate> {
  const messages = bodies.map((body, n) => ({
    id: `m${n}`,
    timestamp: new Date(world.nowMs),
    attempts,
    body,
  }));
  const batch = createMessageBatch(queue, messages);
  // The result tells who is to come again, and not when: that is heard from the call itself.
  const retries = batch.messages.map((message) => vi.spyOn(message, "retry"));
  const context = createExecutionContext();
  await consume(batch, deps);
  const result = await getQueueResult(batch, context);
  expect(result).toMatchObject({ ackAll: false, retryBatch: { retry: false } });
  const delays = retries.map((retry) => retry.mock.calls[0]?.[0]?.delaySeconds);
  return {
    acked: result.explicitAcks.toSorted(),
    retried: Object.fromEntries(
      result.retryMessages.map(({ msgId }) => [msgId, delays[Number(msgId.slice(1))]]),
    ),
  };
}

function changed(order: OrderSnapshot) {
  const { id: orderId, version } = order;
  return { v: 1, kind: "orders_changed", orders: [{ orderId, version }] };
}

function mailDue(order: Pick<OrderSnapshot, "id">, round = 0) {
  return { v: 1, kind: "mail_due", deliveryId: deliveryId(order.id, "keys", round) };
}

function inObjects(...orders: OrderSnapshot[]) {
  for (const order of orders) world.orders.set(order.id, order);
  return orders;
}

async function stateOf(order: OrderSnapshot) {
  return (await deps.orderBook.byId(order.merchantId, order.id))?.state;
}

async function deliveryOf(order: Pick<OrderSnapshot, "id">) {
  const [row] = await deps.deliveries.ofOrder(order.id);
  return row;
}

const MALFORMED: [string, unknown][] = [
  ["null", null],
  ["text", "order"],
  ["a list", []],
  ["another version", { ...changed(snapshot(1)), v: 2 }],
  ["a part missing", { v: 1, kind: "orders_changed" }],
  ["no order", { v: 1, kind: "orders_changed", orders: [] }],
  ["an endless id", changed({ ...snapshot(1), id: "x".repeat(10_000) as never })],
];

describe("email-codes", () => {
  const dropId = "drop_of_this_suite" as DropId;
  async function codeDue(to: string, askedAtMs = world.nowMs): Promise<unknown> {
    const asked: unknown[] = [];
    const emailCodes = {
      send: async (messages: readonly unknown[]) => void asked.push(...messages),
    };
    const request = { dropId, locale: "en" as const, to, productTitle: "Drop Key" };
    await askForCode({ vault: real.vault, emailCodes }, request, askedAtMs);
    return asked[0];
  }

  it("each message is a mail with a code that proves its address; none is logged", async () => {
    const bodies = await Promise.all(["a@example.com", "b@example.com"].map((to) => codeDue(to)));
    expect(await deliver("email-codes", bodies)).toEqual({ acked: ["m0", "m1"], retried: {} });
    for (const { to, text } of world.mails) {
      const code = /^\d{6}$/m.exec(text)?.[0] ?? "";
      expect(await isCode(real.vault, { dropId, email: to, code }, world.nowMs)).toBe(true);
      expect(JSON.stringify(bodies) + world.logs.join()).not.toMatch(new RegExp(`${code}|${to}`));
    }
    expect(world.mails).toHaveLength(2);
  });

  it("one that is refused for now comes again soon; for good, or too late, it does not", async () => {
    const late = await codeDue("late@example.com", world.nowMs - HOUR_MS);
    const bodies = [await codeDue("450@example.com"), await codeDue("550@example.com"), late];
    expect(await deliver("email-codes", bodies)).toEqual({
      acked: ["m1", "m2"],
      retried: { m0: 10 },
    });
    expect(world.logs.join()).not.toContain("@example.com");
  });

  it("one that another shop sealed comes again, and is the fate of no other", async () => {
    const strange = { ...((await codeDue("a@example.com")) as object), sealed: "1.AAAA" };
    const bodies = [strange, await codeDue("b@example.com")];
    expect(await deliver("email-codes", bodies)).toEqual({ acked: ["m1"], retried: { m0: 10 } });
    expect(world.mails.map(({ to }) => to)).toEqual(["b@example.com"]);
  });
});

describe("order-events", () => {
  /** Of the times that are drawn, the longest. */
  beforeEach(() => {
    vi.spyOn(Math, "random").mockReturnValue(1);
  });

  it("many messages: each order written once, its mail asked for, its object told", async () => {
    const orders = inObjects(delivered(1), snapshot(2), delivered(3, {}, 8));
    const fate = await deliver("order-events", [...orders, ...orders].map(changed));
    expect(fate).toEqual({ acked: ["m0", "m1", "m2", "m3", "m4", "m5"], retried: {} });
    expect(await Promise.all(orders.map(stateOf))).toEqual(["delivered", "pending", "delivered"]);
    expect(world.mailDue.map((message) => JSON.parse(message) as unknown)).toEqual([
      mailDue(delivered(1)),
      mailDue(delivered(3, {}, 8)),
    ]);
    expect(world.acknowledged).toEqual(orders.map(({ id, version }) => ({ id, version })));
  });

  it("the message is a hint: what is written is the present, not what it names", async () => {
    const [order] = inObjects(delivered(1));
    await deliver("order-events", [{ ...changed(snapshot(1)), version: 1 }]);
    expect(order && (await stateOf(order))).toBe("delivered");
  });

  it("an object that answers with the past, late, turns nothing back", async () => {
    inObjects(delivered(1));
    await deliver("order-events", [changed(delivered(1))]);
    inObjects(snapshot(1));
    expect(await deliver("order-events", [changed(snapshot(1))])).toMatchObject({ acked: ["m0"] });
    expect(await stateOf(delivered(1))).toBe("delivered");
    expect(world.mailDue).toHaveLength(1);
  });

  it("an order that its object does not know is done with", async () => {
    expect(await deliver("order-events", [changed(snapshot(1))])).toMatchObject({ acked: ["m0"] });
  });

  it("one product's object is down: its messages come again, later each time", async () => {
    const [up, down] = inObjects(delivered(1), delivered(2, {}, 8));
    world.down.add(8);
    if (!up || !down) throw new Error("no orders");
    const bodies = [changed(down), changed(up)];
    expect(await deliver("order-events", bodies)).toEqual({ acked: ["m1"], retried: { m0: 5 } });
    expect(await deliver("order-events", bodies, 4)).toEqual({
      acked: ["m1"],
      retried: { m0: 40 },
    });
    expect(await Promise.all([stateOf(up), stateOf(down)])).toEqual(["delivered", undefined]);
  });

  it("D1 is down: every message comes again, and none is lost with the batch", async () => {
    inObjects(delivered(1));
    vi.spyOn(deps.orderBook, "publish").mockRejectedValueOnce(new Error("D1_ERROR"));
    const fate = await deliver("order-events", [changed(delivered(1)), changed(snapshot(2))]);
    expect(fate).toEqual({ acked: [], retried: { m0: 5, m1: 5 } });
    expect(world.acknowledged).toEqual([]);
  });

  it.each(MALFORMED)("%s is parked and done with; the others are written", async (_title, body) => {
    const [order] = inObjects(delivered(1));
    const fate = await deliver("order-events", [body, changed(delivered(1))]);
    expect(fate).toEqual({ acked: ["m0", "m1"], retried: {} });
    expect(order && (await stateOf(order))).toBe("delivered");
    expect(await deps.parked.count()).toBe(1);
  });

  it("a message that cannot even be parked comes again, and the others are written", async () => {
    inObjects(delivered(1));
    vi.spyOn(deps.parked, "park").mockRejectedValueOnce(new Error("D1_ERROR"));
    const fate = await deliver("order-events", ["malformed", changed(delivered(1))]);
    expect(fate).toEqual({ acked: ["m1"], retried: { m0: 5 } });
  });

  it("what was bound to a query that failed is in no log", async () => {
    const failure = new DrizzleQueryError("insert …", ["AAAA-BBBB", "a@example.com\nmore"]);
    vi.spyOn(deps.parked, "park").mockRejectedValueOnce(failure);
    await deliver("order-events", ["malformed"]);
    expect(world.logs.join()).toContain("insert …");
    expect(world.logs.join()).not.toMatch(/AAAA|@example|more/);
  });

  it("what a malformed message says is in no log", async () => {
    await deliver("order-events", [{ secret: "AAAA-BBBB-CCCC" }]);
    expect(world.logs.join()).toContain("message_malformed");
    expect(world.logs.join()).not.toContain("AAAA");
  });
});

describe("delivery-emails", () => {
  it("sends what is due and marks it; the same message again sends nothing", async () => {
    const orders = inObjects(delivered(1), delivered(2, { locale: "zh-CN" }));
    await deps.orderBook.publish(orders, world.nowMs);
    const bodies = [...orders, ...orders].map((order) => mailDue(order));
    expect(await deliver("delivery-emails", bodies)).toMatchObject({ retried: {} });
    expect(await deliver("delivery-emails", bodies, 2)).toMatchObject({ retried: {} });
    expect(world.mails.map((mail) => mail.to).toSorted()).toEqual([
      "buyer-1@example.com",
      "buyer-2@example.com",
    ]);
    const [first] = world.mails;
    expect(first?.text).toContain("secret of print-1");
    expect(await deliveryOf(delivered(1))).toMatchObject({ state: "sent", sender: "inbox" });
  });

  it("each mail has a fate of its own: sent, later, never, and one that hits a bug", async () => {
    const orders = inObjects(
      delivered(1, { email: "bug@example.com" }),
      delivered(2, { email: "450@example.com" }),
      delivered(3, { email: "550@example.com" }),
      delivered(4),
    );
    await deps.orderBook.publish(orders, world.nowMs);
    const fate = await deliver(
      "delivery-emails",
      orders.map((order) => mailDue(order)),
    );
    expect(fate).toEqual({ acked: ["m2", "m3"], retried: { m0: 31, m1: 31 } });
    const rows = await Promise.all(orders.map(deliveryOf));
    expect(rows.map((row) => [row?.state, row?.lastError])).toEqual([
      ["retrying", "inbox: threw"],
      ["retrying", "inbox: 450"],
      ["failed", "inbox: 550"],
      ["sent", null],
    ]);
    // Logs name deliveries and codes; no address, no key.
    expect(world.logs.join()).not.toMatch(/@example|secret of/);
  });

  it("D1 fails in the middle: that message comes after its lease, the others are sent", async () => {
    const orders = inObjects(delivered(1), delivered(2));
    await deps.orderBook.publish(orders, world.nowMs);
    vi.spyOn(deps.deliveries, "claim").mockRejectedValueOnce(new Error("D1_ERROR"));
    const fate = await deliver(
      "delivery-emails",
      orders.map((order) => mailDue(order)),
    );
    expect(fate).toEqual({ acked: ["m1"], retried: { m0: 241 } });
    expect(world.mails).toHaveLength(1);
  });

  it("a hundred at once are each sent once", async () => {
    const orders = inObjects(...Array.from({ length: 100 }, (_, n) => delivered(n)));
    await deps.orderBook.publish(orders, world.nowMs);
    const fate = await deliver(
      "delivery-emails",
      orders.map((order) => mailDue(order)),
    );
    expect(fate).toMatchObject({ acked: { length: 100 }, retried: {} });
    expect(new Set(world.mails.map((mail) => mail.id)).size).toBe(100);
    expect(world.mails).toHaveLength(100);
  });

  it("a delivery that no one owes, and words that are none, are done with", async () => {
    const fate = await deliver("delivery-emails", [mailDue(snapshot(9)), { v: 1 }, "mail"]);
    expect(fate).toEqual({ acked: ["m0", "m1", "m2"], retried: {} });
    expect(await deps.parked.count()).toBe(2);
  });
});

describe("dead letters", () => {
  it("of orders are parked once each; an hour later the schedule sends them again", async () => {
    const body = changed(snapshot(1));
    await deliver("order-events-dead", [body, { ...body, version: 2 }]);
    await deliver("order-events-dead", [body]);
    expect(await deps.parked.count()).toBe(1);
    await runSchedule(createScheduledController(), deps);
    expect(world.orderEvents).toEqual([]);

    world.nowMs += HOUR_MS;
    await runSchedule(createScheduledController(), deps);
    expect(world.orderEvents).toEqual([body]);
    expect(await deps.parked.count()).toBe(0);
  });

  it("of mails are shown on the delivery, and sent in the end", async () => {
    const [order] = inObjects(delivered(1));
    if (!order) throw new Error("no order");
    await deps.orderBook.publish([order], world.nowMs);
    const fate = await deliver("delivery-emails-dead", [mailDue(order), mailDue(snapshot(5))]);
    expect(fate).toEqual({ acked: ["m0", "m1"], retried: {} });
    expect(await deliveryOf(order)).toMatchObject({ state: "retrying", lastError: "dead_letter" });

    world.nowMs += HOUR_MS;
    await runSchedule(createScheduledController(), deps);
    const bodies = world.mailDue.map((message) => JSON.parse(message) as unknown);
    expect(bodies).toContainEqual(mailDue(order));
    await deliver("delivery-emails", bodies);
    expect(world.mails).toHaveLength(1);
    expect(await deps.parked.count()).toBe(0);
  });

  it("that nobody can read stay parked for a person", async () => {
    await deliver("order-events-dead", [{ v: 9 }]);
    world.nowMs += HOUR_MS;
    await runSchedule(createScheduledController(), deps);
    expect(world.orderEvents).toEqual([]);
    expect(await deps.parked.count()).toBe(1);
  });
});

it("a queue that nobody consumes is an error that says its name", async () => {
  const batch = createMessageBatch("toString", []);
  await expect(consume(batch, deps)).rejects.toThrow("toString");
});

describe("the schedule", () => {
  it("asks again for mails that a crash left behind, and leaves fresh ones to the queue", async () => {
    const orders = inObjects(delivered(1), delivered(2));
    await deps.orderBook.publish(orders, world.nowMs);
    await runSchedule(createScheduledController(), deps);
    expect(world.mailDue).toEqual([]);
    world.nowMs += 60_000;
    await runSchedule(createScheduledController(), deps);
    expect(world.mailDue).toHaveLength(2);
  });

  it("takes up a mail whose sender died while sending", async () => {
    const [order] = inObjects(delivered(1));
    if (!order) throw new Error("no order");
    const [id] = await deps.orderBook.publish([order], world.nowMs);
    if (id === undefined) throw new Error("no delivery");
    await deps.deliveries.claim(id, world.nowMs, 60_000);
    world.nowMs += 10 * 60_000;
    await runSchedule(createScheduledController(), deps);
    await deliver("delivery-emails", [mailDue(order)]);
    expect(await deliveryOf(order)).toMatchObject({ state: "sent", attempts: 2 });
  });

  it("one job that fails does not stop the others", async () => {
    const orders = inObjects(delivered(1));
    await deps.orderBook.publish(orders, world.nowMs);
    world.nowMs += 60_000;
    vi.spyOn(deps.parked, "parkedBefore").mockRejectedValue(new Error("D1_ERROR"));
    vi.spyOn(deps.idempotency, "forgetBefore").mockRejectedValue(new Error("D1_ERROR"));
    await runSchedule(createScheduledController(), deps);
    expect(world.mailDue).toHaveLength(1);
    expect(world.logs.filter((line) => line.includes("job_failed"))).toHaveLength(2);
  });

  it("forgets answers that nobody repeats any more, the oldest first and so many at a time", async () => {
    const weekMs = 7 * 24 * HOUR_MS;
    const claimed = (key: string, ageMs: number) =>
      deps.idempotency.claim(
        { merchantId: snapshot(1).merchantId, operation: "o", key, bodyHash: "b" },
        world.nowMs - ageMs,
      );
    const kept = async () => {
      const { results } = await env.DB.prepare(
        "SELECT key FROM idempotency_records ORDER BY key",
      ).all<{ key: string }>();
      return results.map(({ key }) => key);
    };
    await claimed("old", weekMs + 1);
    await claimed("older", weekMs + 2);
    await claimed("recent", weekMs - 1);
    expect(await deps.idempotency.forgetBefore(world.nowMs - weekMs, 1)).toBe(1);
    expect(await kept()).toEqual(["old", "recent"]);
    await runSchedule(createScheduledController(), deps);
    expect(await kept()).toEqual(["recent"]);
  });
});

describe("health", () => {
  const ready = async () => {
    const response = await exports.default.fetch("http://shop.test/readyz");
    const body = await response.json<{ status: string; checks: { name: string; ok: boolean }[] }>();
    return { status: response.status, body };
  };

  it("is ready while nothing waits, and says what it looked at", async () => {
    const { status, body } = await ready();
    expect(status).toBe(200);
    expect(body.checks.map((check) => check.name)).toEqual([
      "database",
      "breakers",
      "parked_messages",
      "mail",
      "order_book",
      "ledger",
    ]);
  });

  it("is not while a message is parked", async () => {
    await deliver("order-events", ["malformed"]);
    const { status, body } = await ready();
    expect(status).toBe(503);
    expect(body.checks).toContainEqual({ name: "parked_messages", ok: false, count: 1 });
  });

  it("is not while a mail should long have gone, and tells nothing of whose", async () => {
    await deps.orderBook.publish([delivered(1)], 0);
    const { status, body } = await ready();
    expect(status).toBe(503);
    expect(body.checks).toContainEqual(expect.objectContaining({ name: "mail", ok: false }));
    expect(JSON.stringify(body)).not.toMatch(/ord_|@|prd_|mer_/);
  });

  it("lives without asking anyone", async () => {
    const response = await exports.default.fetch("http://shop.test/healthz");
    expect([response.status, await response.json()]).toEqual([200, { status: "ok" }]);
  });
});
