import { describe, expect, test } from "vitest";
import {
  drainOutbox,
  RESEND_BASE_MS,
  RESEND_MAX_MS,
} from "../../durable-objects/product-stock/outbox.ts";
import { Ledger } from "../../durable-objects/product-stock/ledger.ts";
import type { OrderRow } from "../../durable-objects/product-stock/rows.ts";
import type { OrderChanged } from "../../src/queues/messages.ts";
import { sqliteSql } from "../support/node/sqlite-sql.ts";
import { order } from "./fixtures.ts";
import { Shop } from "./shop.ts";

class Queue {
  readonly sent: OrderChanged[] = [];
  down = false;
  send = async (messages: readonly OrderChanged[]): Promise<void> => {
    if (this.down) throw new Error("the queue is down");
    this.sent.push(...messages);
  };
}

const drain = (shop: Shop, queue: Queue): ReturnType<typeof drainOutbox> =>
  drainOutbox({ store: shop.store, send: queue.send, now: () => shop.nowMs });

describe("the order book hears of every change", () => {
  test("each change is one message with the version it made", async () => {
    const shop = new Shop({}, 2);
    const queue = new Queue();
    shop.reserve(1);
    await drain(shop, queue);
    shop.pay(1);
    await drain(shop, queue);
    expect(queue.sent).toEqual([
      { orderId: order(1), version: 1 },
      { orderId: order(1), version: 2 },
    ]);
  });

  test("changes of more orders than one statement takes are all told", () => {
    const shop = new Shop({}, 1);
    shop.reserve(1);
    const [row] = shop.database.prepare("SELECT * FROM orders").all() as [OrderRow];
    const ledger = new Ledger(sqliteSql(shop.database));
    const changed = Array.from({ length: 60_000 }, (_, n) => order(n));
    ledger.transaction(() => {
      for (const id of changed) ledger.announce({ ...row, id, version: 2 }, shop.nowMs);
    });
    expect(shop.store.health().outboxRows).toBe(changed.length);
  });

  test("what was sent is sent again until it is acknowledged, less and less often", async () => {
    const shop = new Shop({}, 1);
    const queue = new Queue();
    shop.reserve(1);
    const waits: number[] = [];
    for (let attempt = 0; attempt < 9; attempt++) {
      await drain(shop, queue);
      const dueAtMs = shop.store.messagesDueAtMs();
      if (dueAtMs === null) throw new Error("the row is gone");
      waits.push(dueAtMs - shop.nowMs);
      shop.nowMs = dueAtMs - 1;
      expect(await drain(shop, queue)).toMatchObject({ sent: 0 });
      shop.nowMs = dueAtMs;
    }
    expect(queue.sent).toHaveLength(9);
    expect(waits[0]).toBe(RESEND_BASE_MS);
    expect(waits[1]).toBe(2 * RESEND_BASE_MS);
    expect(waits.at(-1)).toBe(RESEND_MAX_MS);
    shop.store.acknowledge([{ id: order(1), version: 1 }]);
    expect(shop.store.messagesDueAtMs()).toBeNull();
  });

  test("an acknowledged version does not hide a later change", async () => {
    const shop = new Shop({}, 1);
    shop.reserve(1);
    shop.pay(1);
    shop.store.acknowledge([{ id: order(1), version: 1 }]);
    expect(shop.store.health().outboxRows).toBe(1);
    shop.store.acknowledge([{ id: order(1), version: 2 }]);
    shop.store.acknowledge([{ id: order(1), version: 2 }]);
    expect(shop.store.health()).toMatchObject({ outboxRows: 0, oldestOutboxAtMs: null });
  });

  test("a row knows since when the order book has been behind, whatever changed since", () => {
    const shop = new Shop({}, 1);
    const sinceMs = shop.nowMs;
    shop.reserve(1);
    shop.nowMs += 5_000;
    shop.pay(1);
    expect(shop.store.health().oldestOutboxAtMs).toBe(sinceMs);
  });
});

describe("many orders that the order book lacks", () => {
  const behind = (): Shop => {
    const shop = new Shop({}, 3);
    for (const n of [1, 2, 3]) {
      shop.reserve(n);
      shop.nowMs += 1_000;
    }
    return shop;
  };

  test("are sent in the order in which they became due", () => {
    const shop = new Shop({}, 150);
    for (let n = 150; n > 0; n--) {
      shop.reserve(n);
      shop.nowMs += 1;
    }
    const sent = () => shop.store.claimDueMessages(shop.nowMs).map(({ orderId }) => orderId);
    const longest = Array.from({ length: 100 }, (_, place) => order(150 - place));
    expect(sent().toSorted()).toEqual(longest.toSorted());
    expect(sent()).toHaveLength(50);
  });

  test("are each acknowledged for themselves", () => {
    const shop = behind();
    shop.store.acknowledge([{ id: order(2), version: 1 }]);
    expect(shop.dump()["outbox"]?.map((row) => row["order_id"])).toEqual([order(1), order(3)]);
    shop.store.acknowledge([
      { id: order(1), version: 7 },
      { id: order(3), version: 0 },
    ]);
    expect(shop.dump()["outbox"]?.map((row) => row["order_id"])).toEqual([order(3)]);
  });

  test("are waited for as long as the first of them has", () => {
    const shop = behind();
    const firstMs = shop.nowMs - 3_000;
    expect(shop.store.health()).toMatchObject({ outboxRows: 3, oldestOutboxAtMs: firstMs });
    expect(shop.store.messagesDueAtMs()).toBe(firstMs + RESEND_BASE_MS);
    shop.store.claimDueMessages(firstMs);
    expect(shop.store.messagesDueAtMs()).toBe(firstMs + 1_000 + RESEND_BASE_MS);
  });

  test("a change is sent at once, however often the one before was sent in vain", async () => {
    const shop = new Shop({}, 1);
    const queue = new Queue();
    shop.reserve(1);
    for (let attempt = 0; attempt < 20; attempt++) {
      await drain(shop, queue);
      shop.nowMs = shop.store.messagesDueAtMs() ?? 0;
    }
    await drain(shop, queue);
    queue.sent.length = 0;
    shop.pay(1);
    expect(shop.store.messagesDueAtMs()).toBe(shop.nowMs + RESEND_BASE_MS);
    await drain(shop, queue);
    expect(queue.sent).toEqual([{ orderId: order(1), version: 2 }]);
    expect(shop.store.messagesDueAtMs()).toBe(shop.nowMs + RESEND_BASE_MS);
  });
});

describe("a queue that is down", () => {
  test("in the middle of a backlog has what it took, and the rest is not lost", async () => {
    const shop = new Shop({}, 150);
    for (let n = 0; n < 150; n++) shop.reserve(n);
    let calls = 0;
    const send = async (): Promise<void> => {
      calls++;
      if (calls === 2) throw new Error("down");
    };
    const drained = await drainOutbox({ store: shop.store, send, now: () => shop.nowMs });
    expect(drained).toEqual({ sent: 100, more: false, error: new Error("down") });
    expect(shop.store.health().outboxRows).toBe(150);
  });

  test("fails no sale and loses no message", async () => {
    const shop = new Shop({}, 2);
    const queue = new Queue();
    queue.down = true;
    shop.reserve(1);
    expect(await drain(shop, queue)).toMatchObject({ sent: 0, error: expect.any(Error) });
    expect(shop.pay(1).verdict).toBe("delivered");
    queue.down = false;
    shop.nowMs += RESEND_BASE_MS;
    await drain(shop, queue);
    expect(queue.sent).toEqual([{ orderId: order(1), version: 2 }]);
  });

  test("a turn that dies between the commit and the send leaves a row that is due soon", async () => {
    const shop = new Shop({}, 1);
    shop.reserve(1);
    expect(shop.store.messagesDueAtMs()).toBe(shop.nowMs + RESEND_BASE_MS);
    const queue = new Queue();
    shop.nowMs += RESEND_BASE_MS;
    await drain(shop, queue);
    expect(queue.sent).toHaveLength(1);
  });
});

test("a backlog is sent in batches the queue takes, and the rest is said to remain", async () => {
  const shop = new Shop({}, 1_050);
  for (let n = 0; n < 1_050; n++) shop.reserve(n);
  const sizes: number[] = [];
  const send = async (messages: readonly OrderChanged[]): Promise<void> => {
    sizes.push(messages.length);
  };
  const deps = { store: shop.store, send, now: () => shop.nowMs };
  expect(await drainOutbox(deps)).toEqual({ sent: 1_000, more: true, error: null });
  expect(await drainOutbox(deps)).toEqual({ sent: 50, more: false, error: null });
  expect(Math.max(...sizes)).toBe(100);
});
