/** Reports that a controller should get in a second, beside what it is read. */
const PER_SECOND = 150;
const MS = { least: 3_000, most: 60_000 } as const;

/**
 * How long isolates should wait before they report again: seconds where they are few, longer where they
 * are many. Who reports once in `ms` makes 1,000 / ms calls a second: what was counted tells how many they are.
 */
export class ReportPace {
  #ms: number = MS.least;
  #second = 0;
  #count = 0;

  /** A report came: when its isolate should send the next one. */
  afterOneMore(nowMs: number): number {
    const second = Math.floor(nowMs / 1_000);
    if (second !== this.#second) {
      const counted = second === this.#second + 1 ? this.#count : 0;
      const wanted = (this.#ms * counted) / PER_SECOND;
      this.#ms = Math.round(Math.min(MS.most, Math.max(MS.least, wanted)));
      this.#second = second;
      this.#count = 0;
    }
    this.#count++;
    return this.#ms;
  }
}
