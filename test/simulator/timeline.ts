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
 * played to their end before the next one, so that a run depends on nothing but its seed.
 */
export class Timeline {
  nowMs = START_MS;
  readonly startMs = START_MS;
  readonly #heap: Happening[] = [];
  #turns = 0;
  happened = 0;

  at(atMs: number, run: () => void): void {
    const heap = this.#heap;
    const added = { atMs: Math.max(atMs, this.nowMs), turn: this.#turns++, run };
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
  async play(done: () => boolean): Promise<void> {
    while (!done()) {
      const next = this.#heap[0];
      if (next === undefined) return;
      this.nowMs = next.atMs;
      const turnMax = this.#turns;
      // All of one moment, but not what it leads to: that is a turn of its own.
      for (let item = this.#heap[0]; item?.atMs === this.nowMs && item.turn < turnMax;) {
        this.#take();
        this.happened++;
        item.run();
        item = this.#heap[0];
      }
      await settled(this.happened);
    }
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

/** Longer than any chain of promises here, from a happening to the next thing that waits for time. */
const TICKS = 32;
/** Now and then the host's own events have their turn: a progress bar, a signal. */
const HOST_EVERY = 4_096;

/**
 * Every promise that can go on goes on: nothing in this world waits for anything outside it. Counted
 * in ticks because a turn of the host's event loop costs more than an order does; a chain that were
 * longer would go on in the next moment, in every run the same.
 */
async function settled(happened: number): Promise<void> {
  if (happened % HOST_EVERY === 0) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  for (let tick = 0; tick < TICKS; tick++) await Promise.resolve();
}
