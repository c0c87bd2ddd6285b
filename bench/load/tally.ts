/** What one run under load came to. */
export interface Load {
  /** Of what is counted: answers, or whole purchases. */
  readonly ratePerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** What was not answered as it should have been, and connections that failed. */
  readonly failures: number;
  readonly counted: number;
  /** The same, and what ended after the run: what its processor time was spent on. */
  readonly finished: number;
}

/** Counts and times while a run goes on. */
export class Tally {
  readonly #latenciesMs: number[] = [];
  #failures = 0;
  #late = 0;

  /** Ended after the run, which had begun it. */
  addLate(): void {
    this.#late++;
  }

  add(latencyMs: number, good: boolean): void {
    this.#latenciesMs.push(latencyMs);
    if (!good) this.#failures++;
  }

  get counted(): number {
    return this.#latenciesMs.length;
  }

  load(lastedMs: number): Load {
    const sorted = Float64Array.from(this.#latenciesMs).toSorted();
    return {
      ratePerSecond: (sorted.length - this.#failures) / (lastedMs / 1000),
      p50Ms: percentile(sorted, 50),
      p99Ms: percentile(sorted, 99),
      failures: this.#failures,
      counted: sorted.length,
      finished: sorted.length + this.#late,
    };
  }
}

/** Nearest rank: the smallest value that `percent` of all are not above. NaN of nothing. */
export function percentile(sorted: ArrayLike<number>, percent: number): number {
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length));
  return sorted[rank - 1] ?? Number.NaN;
}

/** The middle one; of an even number the mean of the two in the middle. NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  if (!Number.isInteger(middle)) return upper;
  return ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
