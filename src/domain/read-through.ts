import { Memo } from "./memo.ts";
import { Unavailable } from "./unavailable.ts";

interface Options {
  readonly clock: { nowMs(): number };
  readonly entriesMax: number;
  readonly freshMs: number;
  /** While one request reads anew, others get what was known for this much longer. */
  readonly readingMs: number;
  /** What is down, in the words of Unavailable. */
  readonly source: string;
}

/**
 * An isolate's memory in front of a table or an object (the first layer of cache). Only plain values
 * are shared: a request that finds an entry stale reads it itself, and leaves the old value to others
 * meanwhile, because a promise of one request may not be awaited by another on this platform. When
 * the source cannot be read, what was last known is better than an error page; without it,
 * Unavailable.
 */
export function readThrough<Value>(options: Options, load: (key: string) => Promise<Value>) {
  const { clock, freshMs, readingMs } = options;
  const memo = new Memo<{ value: Value }>(options.entriesMax);
  let generation = 0;

  async function read(key: string): Promise<Value> {
    const startedIn = generation;
    const last = memo.stale(key);
    if (last !== undefined) memo.set(key, last, clock.nowMs() + readingMs);
    try {
      const value = await load(key);
      // What was read before the memory was dropped may be what it was dropped for.
      if (generation === startedIn) memo.set(key, { value }, clock.nowMs() + freshMs);
      return value;
    } catch (cause) {
      if (last !== undefined) return last.value;
      throw new Unavailable(options.source, 1, { cause });
    }
  }

  return {
    get(key: string): Promise<Value> {
      const known = memo.get(key, clock.nowMs());
      return known === undefined ? read(key) : Promise.resolve(known.value);
    },
    forget(): void {
      generation++;
      memo.clear();
    },
  };
}
