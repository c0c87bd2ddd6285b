/** A moment like any other; the simulated world begins here. */
const START_MS = Date.UTC(2026, 10, 11, 12);

interface Happening {
  readonly atMs: number;
  /** Of two at the same moment, the one that was planned first happens first. */
  readonly turn: number;
  readonly run: () => void;
}

/**
 * The world's time: it jumps from one happening to the next. Whatever promises a happening wakes are
 * played to their end before the next one, so that a run depends on nothing but its seed: Node takes
 * its next tick only when no promise is left that could go on, and nothing in this world waits for
 * anything outside it.
 */
export class Timeline {
  nowMs = START_MS;
  readonly startMs = START_MS;
  readonly #heap: Happening[] = [];
  #turns = 0;
  #turnsAtOnce = 0;
  happened = 0;
  #hostAt = HOST_EVERY;

  at(atMs: number, run: () => void): void {
    const heap = this.#heap;
    // The platform's clock counts whole milliseconds.
    const added = { atMs: Math.max(Math.ceil(atMs), this.nowMs), turn: this.#turns++, run };
    let place = heap.length;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !before(added, above)) break;
      heap[place] = above;
      place = parent;
    }
    heap[place] = added;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.at(this.nowMs + ms, resolve);
    });
  }

  /** Plays what happens until `done`, asked between moments, or until nothing is left to happen. */
  play(done: () => boolean): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const go = (): void => {
      try {
        if (done() || !this.#moment()) resolve();
        else queueMicrotask(rest);
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    };
    // Asked for from among the promises, a tick comes when the last of them has gone on.
    const rest = (): void => {
      if (this.happened < this.#hostAt) process.nextTick(go);
      else this.#yieldToHost(go);
    };
    rest();
    return promise;
  }

  /** All of one moment, but not what it leads to: that is a turn of its own. False at the end. */
  #moment(): boolean {
    let item = this.#heap[0];
    if (item === undefined) return false;
    this.#turnsAtOnce = item.atMs === this.nowMs ? this.#turnsAtOnce + 1 : 0;
    if (this.#turnsAtOnce > TURNS_AT_ONCE_MAX) throw new Error("time stands still");
    this.nowMs = item.atMs;
    const turnMax = this.#turns;
    while (item !== undefined && item.atMs === this.nowMs && item.turn < turnMax) {
      this.#take();
      this.happened++;
      item.run();
      item = this.#heap[0];
    }
    return true;
  }

  #yieldToHost(go: () => void): void {
    this.#hostAt = this.happened + HOST_EVERY;
    setImmediate(go);
  }

  #take(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      const [left, right] = [heap[child], heap[child + 1]];
      if (left === undefined) break;
      let least = left;
      if (right !== undefined && before(right, left)) {
        least = right;
        child++;
      }
      if (!before(least, last)) break;
      heap[place] = least;
      place = child;
    }
    heap[place] = last;
  }
}

function before(a: Happening, b: Happening): boolean {
  return a.atMs === b.atMs ? a.turn < b.turn : a.atMs < b.atMs;
}

/** Turns of one moment: more are something that wakes itself, and would play for ever. */
const TURNS_AT_ONCE_MAX = 100_000;
/** Now and then the host's own events have their turn: a progress bar, a signal. */
const HOST_EVERY = 4_096;
