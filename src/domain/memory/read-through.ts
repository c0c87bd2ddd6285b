import { Memo } from "./memo.ts";
import { patiently, type Patience } from "../overload/patience.ts";
import { Unavailable } from "../overload/unavailable.ts";

interface Options {
  readonly clock: { nowMs(): number };
  readonly entriesMax: number;
  readonly freshMs: number;
  /** While one request reads anew, others get what was known for this much longer. */
  readonly readingMs: number;
  /** How long the one that reads waits itself, where it has what was last known to go on with. */
  readonly patience: Patience;
  /** What is down, in the words of Unavailable. */
  readonly source: string;
}

/**
 * An isolate's memory in front of a table or an object (the first layer of cache). Only plain values
 * are shared: a request that finds an entry stale reads it itself, and leaves the old value to others
 * meanwhile, because a promise of one request may not be awaited by another on this platform. When
 * the source cannot be read, or not soon, what was last known is better than an error page or a sale
 * that hangs; without it, Unavailable.
 */
export function readThrough<Value>(options: Options, load: (key: string) => Promise<Value>) {
  const { clock, freshMs, readingMs } = options;
  const memo = new Memo<{ value: Value }>(options.entriesMax);
  let generation = 0;

  async function read(key: string): Promise<Value> {
    const last = memo.stale(key);
    if (last === undefined) {
      return loadAnew(key).catch((cause: unknown) => {
        throw new Unavailable(options.source, 1, { cause });
      });
    }
    memo.set(key, last, clock.nowMs() + readingMs);
    return patiently(
      loadAnew(key).catch(() => last.value),
      last.value,
      options.patience,
    );
  }

  async function loadAnew(key: string): Promise<Value> {
    const startedIn = generation;
    const value = await load(key);
    // What was read before the memory was dropped may be what it was dropped for.
    if (generation === startedIn) memo.set(key, { value }, clock.nowMs() + freshMs);
    return value;
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
