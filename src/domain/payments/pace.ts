/** Openings that are remembered of an account: what its gateway does now, not last week. */
const REMEMBERED = 100;
/** Fewer say nothing of how slow the slowest are. */
const TELLING_MIN = 20;
/** So many times as long as nearly all openings take is no longer one of them. */
const FACTOR = 3;
const UNKNOWN_MS = 2_500;
/** Below it a connection that is made anew would be taken for a gateway that stalls. */
const PATIENCE_MIN_MS = 1_000;
/** A buyer looks at a page that does not move. */
const PATIENCE_MAX_MS = 3_000;

/** How long a gateway takes to open a payment, as one isolate has seen it lately. Times in milliseconds. */
export class OpeningTimes {
  readonly #lately: number[] = [];
  #next = 0;

  /** One that was answered, with a payment or a refusal: what failed says nothing of how long an answer takes. */
  note(tookMs: number): void {
    this.#lately[this.#next] = tookMs;
    this.#next = (this.#next + 1) % REMEMBERED;
  }

  /**
   * How long a buyer waits for this account where another stands ready: three times the 99th percentile, from one
   * second to three; two and a half where too few have been seen.
   */
  patienceMs(): number {
    const seen = this.#lately.length;
    if (seen < TELLING_MIN) return UNKNOWN_MS;
    const slowest = this.#lately.toSorted((a, b) => a - b)[Math.ceil(seen * 0.99) - 1] ?? 0;
    return Math.min(PATIENCE_MAX_MS, Math.max(PATIENCE_MIN_MS, FACTOR * slowest));
  }
}
