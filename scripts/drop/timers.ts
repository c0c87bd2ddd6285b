import type { Turns } from "../../src/domain/overload/turns.ts";

/** The clock of the simulated world, and whoever waits by it: what platform code takes for its `Turns`. */
export class Timers implements Turns {
  #nowMs: number;
  #waiting: { readonly atMs: number; readonly wake: () => void }[] = [];
  #nextMs = Infinity;

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  wait(ms: number): Promise<void> {
    const atMs = this.#nowMs + ms;
    this.#nextMs = Math.min(this.#nextMs, atMs);
    return new Promise((wake) => {
      this.#waiting.push({ atMs, wake });
    });
  }

  keepAlive(work: Promise<unknown>): void {
    void work;
  }

  /** Moves the clock and wakes who is due; whatever follows from that has been done when it resolves. */
  async moveTo(nowMs: number): Promise<void> {
    this.#nowMs = nowMs;
    if (nowMs < this.#nextMs) return;
    const due = this.#waiting.filter(({ atMs }) => atMs <= nowMs);
    this.#waiting = this.#waiting.filter(({ atMs }) => atMs > nowMs);
    this.#nextMs = this.#waiting.reduce((least, { atMs }) => Math.min(least, atMs), Infinity);
    for (const { wake } of due) wake();
    await settled();
  }
}

/** All promises that can be resolved now are. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
