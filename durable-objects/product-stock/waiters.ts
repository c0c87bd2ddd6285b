import type { OrderId } from "../../src/domain/ids.ts";

/** Calls that may wait at once: each is a timer and a promise, and an open RPC. */
const WAITERS_MAX = 10_000;

/**
 * Those who wait for an order to change, in memory only: an object that is evicted drops them, and
 * their callers ask again with the version they know.
 */
export class Waiters {
  readonly #byOrder = new Map<OrderId, Set<() => void>>();
  readonly #waitersMax: number;
  #count = 0;

  constructor(waitersMax: number = WAITERS_MAX) {
    this.#waitersMax = waitersMax;
  }

  get count(): number {
    return this.#count;
  }

  /** Resolves at the order's next change or after `waitMs`; at once where too many wait already. */
  wait(order: OrderId, waitMs: number): Promise<void> {
    if (this.#count >= this.#waitersMax || waitMs <= 0) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = this.#byOrder.get(order) ?? new Set();
    this.#byOrder.set(order, waiting);
    const wake = (): void => {
      clearTimeout(timer);
      if (!waiting.delete(wake)) return;
      this.#count--;
      if (waiting.size === 0) this.#byOrder.delete(order);
      resolve();
    };
    const timer = setTimeout(wake, waitMs);
    waiting.add(wake);
    this.#count++;
    return promise;
  }

  wake(orders: readonly OrderId[]): void {
    for (const order of orders) {
      for (const wake of Array.from(this.#byOrder.get(order) ?? [])) wake();
    }
  }
}
