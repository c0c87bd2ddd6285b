export interface LimitRules {
  readonly start: number;
  readonly min: number;
  readonly max: number;
  /** The longest that a call's first should have waited for its answer. */
  readonly targetMs: number;
}

/** What one call through the line showed. */
export interface CallSample {
  /** From when the first of those who shared the call joined the line, to the answer. */
  readonly latencyMs: number;
  /** Who waited or was on the way when it was answered, those of the call among them. */
  readonly underWay: number;
  /** It brought no answer: that it did so quickly is no reason for more. */
  readonly failed: boolean;
}

/** What one call leaves of the limit that was far over the target, and one that was just over it. */
const KEEPS_MIN = 0.5;
const KEEPS_MAX = 0.95;

/**
 * How many may be under way at once, found by watching how long they take: additive increase,
 * multiplicative decrease (Chiu & Jain 1989; as AIMDLimit of Netflix' concurrency-limits, which times
 * each request, where this times each shared call: a hundred samples of one moment are one).
 *
 * Up by the square root of the limit for each call in time while the line is at least half full, so
 * that an idle line learns nothing; down in proportion to how late a call was, at most by half.
 *
 * The target is of latency and not a gradient of it (Gradient2 of the same library): what waits here has
 * a person behind it who leaves after so long, and a shared call has no latency at rest to compare with,
 * because it takes the longer the more it carries. Measured in docs/decisions/0041.
 */
export class ConcurrencyLimit {
  readonly #rules: LimitRules;
  #limit: number;

  constructor(rules: LimitRules) {
    this.#rules = rules;
    this.#limit = rules.start;
  }

  /** A whole number. */
  get value(): number {
    return Math.floor(this.#limit);
  }

  observe({ latencyMs, underWay, failed }: CallSample): void {
    const { min, max, targetMs } = this.#rules;
    if (latencyMs > targetMs) {
      const keeps = Math.min(KEEPS_MAX, Math.max(KEEPS_MIN, targetMs / latencyMs));
      this.#limit = Math.max(min, this.#limit * keeps);
    } else if (!failed && 2 * underWay >= this.#limit) {
      this.#limit = Math.min(max, this.#limit + Math.sqrt(this.#limit));
    }
  }
}
