/**
 * How often something happened lately: a count that halves every `halfLifeMs` (an exponentially
 * weighted sum). One number and one time for each key, in a bounded memory of the isolate: the key that
 * was counted longest ago makes room, so a flood of new keys costs memory no more, and those that keep
 * coming stay.
 */
export class DecayingCounts {
  readonly #counts = new Map<string, { sum: number; atMs: number }>();
  readonly #halfLifeMs: number;
  readonly #keysMax: number;

  constructor({ halfLifeMs, keysMax }: { halfLifeMs: number; keysMax: number }) {
    this.#halfLifeMs = halfLifeMs;
    this.#keysMax = keysMax;
  }

  /** Counts one more, and answers the count with it. A clock that goes back is a clock that stands. */
  add(key: string, nowMs: number): number {
    const sum = this.count(key, nowMs) + 1;
    const atMs = Math.max(nowMs, this.#counts.get(key)?.atMs ?? nowMs);
    this.#counts.delete(key);
    this.#counts.set(key, { sum, atMs });
    if (this.#counts.size > this.#keysMax) {
      const [oldest] = this.#counts.keys();
      if (oldest !== undefined) this.#counts.delete(oldest);
    }
    return sum;
  }

  count(key: string, nowMs: number): number {
    const known = this.#counts.get(key);
    if (known === undefined) return 0;
    return known.sum * 2 ** (-Math.max(0, nowMs - known.atMs) / this.#halfLifeMs);
  }
}
