import { describe, expect, test } from "vitest";
import { RESEND_BASE_MS } from "../../durable-objects/product-stock/outbox.ts";
import { Publisher } from "../../durable-objects/product-stock/publisher.ts";
import type { OrderChanged } from "../../src/queues/messages.ts";
import { NOW_MS } from "./fixtures.ts";
import { Shop } from "./shop.ts";

/** A publisher over a real outbox; its pauses end when the test lets them. */
class Desk {
  readonly shop: Shop;
  readonly pauses: number[] = [];
  readonly sent: number[] = [];
  readonly failures: { sent: number; error: unknown }[] = [];
  down = false;
  #go: () => void = () => {};
  #work: Promise<void> = Promise.resolve();

  readonly publisher: Publisher;

  constructor(orders: number) {
    this.shop = new Shop({}, orders);
    for (let n = 0; n < orders; n++) this.shop.reserve(n);
    this.publisher = new Publisher({
      store: this.shop.store,
      send: async (messages: readonly OrderChanged[]) => {
        if (this.down) throw new Error("the queue is down");
        this.sent.push(messages.length);
      },
      now: () => this.shop.nowMs,
      pause: (ms) => {
        this.pauses.push(ms);
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#go = resolve;
        return promise;
      },
      behind: (work) => {
        this.#work = work;
      },
      failed: (sent, error) => this.failures.push({ sent, error }),
    });
  }

  /** Ends the pause, and waits for the drain behind it. */
  async go(): Promise<void> {
    const work = this.#work;
    this.#go();
    await work;
  }
}

describe("what the outbox holds", () => {
  test("is sent a moment after the first change, with all that came meanwhile", async () => {
    const desk = new Desk(2);
    desk.publisher.publish();
    desk.shop.pay(0);
    desk.publisher.publish();
    expect(desk.pauses).toEqual([100]);
    expect(desk.sent).toEqual([]);
    await desk.go();
    expect(desk.sent).toEqual([2]);
    expect(desk.publisher.quietUntilMs).toBe(0);
  });

  test("waits longer for company in a rush, and no longer than before once it is over", async () => {
    const desk = new Desk(100);
    desk.publisher.publish();
    await desk.go();
    desk.shop.pay(1);
    desk.publisher.publish();
    await desk.go();
    desk.shop.pay(2);
    desk.publisher.publish();
    await desk.go();
    expect(desk.sent).toEqual([100, 1, 1]);
    expect(desk.pauses).toEqual([100, 1_000, 100]);
  });

  test("beyond one drain is sent by the next, which begins by itself", async () => {
    const desk = new Desk(1_001);
    desk.publisher.publish();
    await desk.go();
    expect(desk.pauses).toEqual([100, 1_000]);
    expect(desk.sent).toHaveLength(10);
    await desk.go();
    expect(desk.sent.at(-1)).toBe(1);
  });

  test("is left alone for a while after the queue took nothing, and tried again then", async () => {
    const desk = new Desk(1);
    desk.down = true;
    desk.publisher.publish();
    expect(desk.publisher.quietUntilMs).toBe(NOW_MS + RESEND_BASE_MS);
    await desk.go();
    expect(desk.failures).toEqual([{ sent: 0, error: new Error("the queue is down") }]);
    desk.shop.nowMs += RESEND_BASE_MS - 1;
    desk.publisher.publish();
    expect(desk.pauses).toHaveLength(1);
    desk.down = false;
    desk.shop.nowMs += 1;
    desk.publisher.publish();
    await desk.go();
    expect(desk.sent).toEqual([1]);
  });
});
