import { Lru } from "../memory/lru.ts";

/**
 * How often something happened lately: a count that halves every `halfLifeMs` (an exponentially
 * weighted sum). One number and one time for each key, in a bounded memory of the isolate: the key that
 * was counted longest ago makes room, so a flood of new keys costs memory no more, and those that keep
 * coming stay.
 */
export class DecayingCounts {
  readonly #counts: Lru<{ readonly sum: number; readonly atMs: number }>;
  readonly #halfLifeMs: number;

  constructor({ halfLifeMs, keysMax }: { halfLifeMs: number; keysMax: number }) {
    this.#halfLifeMs = halfLifeMs;
    this.#counts = new Lru({ entriesMax: keysMax });
  }

  /** Counts one more, and answers the count with it. A clock that goes back is a clock that stands. */
  add(key: string, nowMs: number): number {
    const sum = this.count(key, nowMs) + 1;
    const atMs = Math.max(nowMs, this.#counts.peek(key)?.atMs ?? nowMs);
    this.#counts.set(key, { sum, atMs });
    return sum;
  }

  count(key: string, nowMs: number): number {
    const known = this.#counts.peek(key);
    if (known === undefined) return 0;
    return known.sum * 2 ** (-Math.max(0, nowMs - known.atMs) / this.#halfLifeMs);
  }
}
