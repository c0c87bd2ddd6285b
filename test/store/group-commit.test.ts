import { describe, expect, test, vi } from "vitest";
import { alarmToSet, earliest } from "../../durable-objects/shared/alarms.ts";
import { GroupCommit } from "../../durable-objects/product-stock/group-commit.ts";
import { Waiters } from "../../durable-objects/product-stock/waiters.ts";
import { MERCHANT, order, payment, request } from "./fixtures.ts";
import { Shop } from "./shop.ts";

/** A group commit over a real store, flushed by hand. */
function parked(keyCount: number): {
  shop: Shop;
  commits: GroupCommit;
  flush: () => void;
  count: { flushes: number; commits: number };
} {
  const shop = new Shop({}, keyCount);
  const flushes: (() => void)[] = [];
  const count = { flushes: 0, commits: 0 };
  const commits = new GroupCommit({
    transaction: (work) => {
      count.commits++;
      return shop.store.transaction(work);
    },
    schedule: (flush) => flushes.push(flush),
    afterCommit: () => count.flushes++,
  });
  return { shop, commits, count, flush: () => flushes.splice(0).forEach((flush) => flush()) };
}

describe("group commit", () => {
  test("200 callers of one turn share one commit and each hears its own outcome", async () => {
    const { shop, commits, flush, count } = parked(50);
    const calls = Array.from({ length: 200 }, (_, n) => commits.run(() => shop.reserve(n)));
    flush();
    const outcomes = await Promise.all(calls);
    expect(count).toEqual({ flushes: 1, commits: 1 });
    expect(outcomes.filter((outcome) => outcome.kind === "reserved")).toHaveLength(50);
    expect(outcomes.filter((outcome) => outcome.kind === "sold_out")).toHaveLength(150);
    expect(shop.store.stock()).toMatchObject({ free: 0, held: 50 });
  });

  test("nobody is answered before the flush", async () => {
    const { shop, commits, flush } = parked(1);
    let answered = false;
    const call = commits.run(() => shop.reserve(1)).then(() => (answered = true));
    await Promise.resolve();
    expect(answered).toBe(false);
    expect(shop.store.order(order(1))).toBeNull();
    flush();
    await call;
    expect(answered).toBe(true);
  });

  test("a call that throws fails its own caller only, and what it wrote is undone", async () => {
    const { shop, commits, flush } = parked(5);
    const before = commits.run(() => shop.reserve(1));
    const poison = commits.run(() => {
      shop.reserve(2);
      throw new Error("poison");
    });
    const after = commits.run(() => shop.reserve(3));
    flush();
    await expect(poison).rejects.toThrow("poison");
    expect((await before).kind).toBe("reserved");
    expect((await after).kind).toBe("reserved");
    expect(shop.store.order(order(2))).toBeNull();
    expect(shop.store.stock()).toMatchObject({ free: 3, held: 2 });
  });

  test("what is thrown and is no error reaches its caller as one", async () => {
    const { commits, flush } = parked(1);
    const call = commits.run(() => {
      const thrown: unknown = "words";
      throw thrown;
    });
    flush();
    await expect(call).rejects.toEqual(new Error("words"));
  });

  test("calls of different kinds for one order keep their order", async () => {
    const { shop, commits, flush } = parked(1);
    const reserved = commits.run(() => shop.store.reserve([request(1)], shop.nowMs));
    const paid = commits.run(() => shop.store.recordPayment(payment(1), MERCHANT, shop.nowMs));
    const again = commits.run(() => shop.store.recordPayment(payment(1), MERCHANT, shop.nowMs));
    flush();
    expect((await reserved)[0]?.kind).toBe("reserved");
    expect((await paid).verdict).toBe("delivered");
    expect((await again).verdict).toBe("already");
  });

  test("what comes after the flush goes with the next", async () => {
    const { shop, commits, flush, count } = parked(2);
    const first = commits.run(() => shop.reserve(1));
    flush();
    const second = commits.run(() => shop.reserve(2));
    flush();
    await Promise.all([first, second]);
    expect(count.flushes).toBe(2);
  });

  test("a failure to tell others does not keep callers from their answers", async () => {
    const shop = new Shop({}, 1);
    let flush = (): void => {};
    const commits = new GroupCommit({
      transaction: (work) => shop.store.transaction(work),
      schedule: (scheduled) => (flush = scheduled),
      afterCommit: () => {
        throw new Error("the alarm cannot be set");
      },
    });
    const call = commits.run(() => shop.reserve(1));
    expect(flush).toThrow("alarm");
    expect((await call).kind).toBe("reserved");
  });
});

describe("waiters", () => {
  const HOUR_MS = 3_600_000;

  test("all who wait for an order hear of its change, and nobody else", async () => {
    const waiters = new Waiters();
    const mine = [waiters.wait(order(1), HOUR_MS), waiters.wait(order(1), HOUR_MS)];
    void waiters.wait(order(2), HOUR_MS);
    waiters.wake([order(1), order(3)]);
    await Promise.all(mine);
    expect(waiters.count).toBe(1);
    waiters.wake([order(2)]);
    expect(waiters.count).toBe(0);
  });

  test("a wait ends by itself", async () => {
    const waiters = new Waiters();
    await waiters.wait(order(1), 1);
    expect(waiters.count).toBe(0);
  });

  test("a wait of no time is none", () => {
    const waiters = new Waiters();
    void waiters.wait(order(1), 0);
    void waiters.wait(order(1), -1);
    expect(waiters.count).toBe(0);
  });

  test("a wait that has ended leaves no timer and is not counted twice", async () => {
    vi.useFakeTimers();
    try {
      const waiters = new Waiters();
      const first = waiters.wait(order(1), HOUR_MS);
      const second = waiters.wait(order(1), 2 * HOUR_MS);
      await vi.advanceTimersByTimeAsync(HOUR_MS);
      await first;
      expect(waiters.count).toBe(1);
      waiters.wake([order(1)]);
      waiters.wake([order(1)]);
      await second;
      expect(waiters.count).toBe(0);
      expect(vi.getTimerCount()).toBe(0);
      void waiters.wait(order(1), HOUR_MS);
      expect(waiters.count).toBe(1);
      await vi.advanceTimersByTimeAsync(HOUR_MS);
      expect(waiters.count).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test("one more than the most is answered at once", async () => {
    const waiters = new Waiters(1);
    const first = waiters.wait(order(1), HOUR_MS);
    await waiters.wait(order(1), HOUR_MS);
    expect(waiters.count).toBe(1);
    waiters.wake([order(1)]);
    await first;
  });
});

describe("alarms", () => {
  test("the one alarm rings at the first deadline", () => {
    expect(earliest([])).toBeNull();
    expect(earliest([null, 5, 3, null])).toBe(3);
  });

  test("only an earlier deadline moves it: a later one finds it when it rings", () => {
    expect(alarmToSet(null, null)).toBeNull();
    expect(alarmToSet(null, 5)).toBe(5);
    expect(alarmToSet(5, 5)).toBeNull();
    expect(alarmToSet(5, 9)).toBeNull();
    expect(alarmToSet(5, null)).toBeNull();
    expect(alarmToSet(5, 3)).toBe(3);
  });
});
