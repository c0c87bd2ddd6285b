import { describe, expect, it } from "vitest";
import { READ_BATCH_MAX } from "../../durable-objects/product-stock/contract.ts";
import { deliverMail } from "../../src/flows/mail/deliver-mail.ts";
import { publishOrders } from "../../src/flows/orders/publish-orders.ts";
import type { OrderId } from "../../src/domain/ids.ts";
import type { NoticeEntry } from "../../src/domain/payments/notice-row.ts";
import { ACCOUNT, MERCHANT, NOW_MS, order } from "../store/fixtures.ts";
import { Crash, mailShop } from "../support/node/memory-mail.ts";

const IDS = [order(1), order(2), order(3)];

/** One order delivered, one waiting for its money, one paid and without keys left. */
function soldShop() {
  const world = mailShop({ keys: 2 });
  const { shop } = world;
  shop.reserve(1);
  shop.pay(1);
  shop.reserve(3);
  shop.pastDeadline();
  shop.reserve(2);
  shop.pay(3);
  return world;
}

/** Everything that is left in the queue, and what the schedule asks for. */
async function drain({ book, queue, deps }: ReturnType<typeof mailShop>, nowMs: number) {
  const hints = [...queue.map((message) => message.deliveryId), ...book.due(nowMs)];
  for (const id of hints) {
    await deliverMail(deps, id, nowMs);
  }
}

describe("a number that paid orders of two products", () => {
  it("is told to the inbox before the objects hear that it is done, and again until it is kept", async () => {
    const world = soldShop();
    const id = order(1);
    const money = { amountMinor: 1000, currency: "CNY" as const };
    const trade = { accountId: ACCOUNT, merchantId: MERCHANT, tradeNo: "T", orderId: id, money };
    const kept: string[] = [];
    let down = true;
    const deps = {
      ...world.deps,
      trades: { reused: async () => [trade] },
      notices: {
        keep: async ({ verdict, orderRef }: NoticeEntry) => {
          if (down) throw new Error("D1 is down");
          kept.push(`${verdict} ${orderRef}`);
        },
      },
    };
    await expect(publishOrders(deps, IDS, NOW_MS)).rejects.toThrow("D1 is down");
    expect(world.shop.store.health().outboxRows).toBeGreaterThan(0);
    down = false;
    expect(await publishOrders(deps, IDS, NOW_MS)).toEqual([]);
    expect(kept).toEqual([`trade_reused ${id}`]);
    expect(world.shop.store.health().outboxRows).toBe(0);
  });
});

describe("the order book", () => {
  it("has every order as its object has it, and the mails that are owed", async () => {
    const world = soldShop();
    expect(await publishOrders(world.deps, IDS, NOW_MS)).toEqual([]);
    const states = IDS.map((id) => world.book.orders.get(id)?.state);
    expect(states).toEqual(["delivered", "pending", "unfilled"]);
    expect([...world.book.rows.values()].map(({ orderId, purpose }) => [orderId, purpose])).toEqual(
      [
        [order(1), "keys"],
        [order(3), "unfilled"],
      ],
    );
    expect(world.shop.store.health().outboxRows).toBe(0);
  });

  it("an order named twice in a batch, and an id that is none, cost nothing", async () => {
    const world = soldShop();
    const ids = [order(1), order(1), "ord_nonsense" as OrderId, order(99)];
    expect(await publishOrders(world.deps, ids, NOW_MS)).toEqual([]);
    expect([...world.book.orders.keys()]).toEqual([order(1)]);
    expect(world.queue).toHaveLength(1);
  });

  it("more orders of one product than its object takes at once are all published, and it is told", async () => {
    const world = mailShop({ keys: 2 * READ_BATCH_MAX });
    const ids = Array.from({ length: READ_BATCH_MAX + 1 }, (_, n) => order(n));
    for (const n of ids.keys()) world.shop.reserve(n);
    expect(await publishOrders(world.deps, ids, NOW_MS)).toEqual([]);
    expect(world.book.orders.size).toBe(ids.length);
    expect(world.shop.store.health().outboxRows).toBe(0);
  });

  it("publishing again changes nothing and asks for no mail", async () => {
    const world = soldShop();
    await publishOrders(world.deps, IDS, NOW_MS);
    const before = structuredClone([...world.book.rows.values()]);
    world.queue.length = 0;
    await publishOrders(world.deps, IDS, NOW_MS + 1);
    expect([...world.book.rows.values()]).toEqual(before);
    expect(world.queue).toEqual([]);
  });

  it("a product whose object cannot be asked is tried again, and the others are published", async () => {
    const world = soldShop();
    const other = order(1, 8);
    const cause = new Error("down");
    const { of } = world.deps.stock;
    const stock = {
      of(stockNumber: number) {
        if (stockNumber !== 8) return of(stockNumber);
        return { ...of(8), readForOrderBook: () => Promise.reject(cause) };
      },
    };
    const unpublished = await publishOrders({ ...world.deps, stock }, [other, ...IDS], NOW_MS);
    expect(unpublished).toEqual([{ stockNumber: 8, ids: [other], cause }]);
    expect(world.book.orders.size).toBe(3);
  });

  it("more orders than one read takes are read in several", async () => {
    const world = mailShop({ keys: 0 });
    const ids = Array.from({ length: 250 }, (_, n) => order(n));
    await publishOrders(world.deps, ids, NOW_MS);
    // Three reads and the write; no such order is known, so nothing is acknowledged.
    expect(world.steps.taken).toBe(2 * 4);
  });
});

describe("a crash at any step, then the same message again", async () => {
  const clean = soldShop();
  await publishOrders(clean.deps, IDS, NOW_MS);
  const steps = Array.from({ length: clean.steps.taken }, (_, step) => step);

  it("has steps to break", () => expect(steps.length).toBeGreaterThanOrEqual(8));

  it.each(steps)(
    "broken at step %i, the book is right and each mail is sent once",
    async (step) => {
      const world = soldShop();
      world.steps.breakAt = step;
      // A step that breaks is thrown, or told per product; either way its messages come again.
      await publishOrders(world.deps, IDS, NOW_MS).then(
        (unpublished) => expect(unpublished.map(({ cause }) => cause)).toEqual([expect.any(Crash)]),
        (error: unknown) => expect(error).toBeInstanceOf(Crash),
      );
      world.steps.mend();
      expect(await publishOrders(world.deps, IDS, NOW_MS)).toEqual([]);
      await drain(world, NOW_MS + 60_000);

      for (const id of IDS) expect(world.book.orders.get(id)).toEqual(world.shop.store.order(id));
      expect([...world.provider.mails.keys()].toSorted()).toEqual(
        [...clean.book.rows.keys()].toSorted(),
      );
      expect(world.provider.calls).toBe(2);
      expect(world.shop.store.health().outboxRows).toBe(0);
    },
  );
});
