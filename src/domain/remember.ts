import { Memo } from "./memo.ts";

interface Options {
  readonly nowMs: () => number;
  readonly entriesMax: number;
  readonly freshMs: number;
}

/**
 * A loader that remembers what it loaded for `freshMs`, by key: the isolate's cache in one line.
 * When loading fails, what was last known is given as long as there is any: seconds of staleness
 * beat an error page.
 */
export function remember<Value>(
  { nowMs, entriesMax, freshMs }: Options,
  load: (key: string) => Promise<Value>,
): (key: string) => Promise<Value> {
  const memo = new Memo<{ value: Value }>(entriesMax);
  return async (key) => {
    const known = memo.get(key, nowMs());
    if (known !== undefined) return known.value;
    try {
      const value = await load(key);
      memo.set(key, { value }, nowMs() + freshMs);
      return value;
    } catch (error) {
      const last = memo.stale(key);
      if (last === undefined) throw error;
      return last.value;
    }
  };
}
