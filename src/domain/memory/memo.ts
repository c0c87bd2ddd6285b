import { Lru, type LruLimits } from "./lru.ts";

/**
 * A bounded memory of plain values with an age: the isolate's own cache (L1). Values are resolved,
 * never promises: a promise of one request must not be awaited by another on this platform. What was
 * used longest ago leaves first.
 */
export class Memo<Value> {
  readonly #entries: Lru<{ readonly value: Value; readonly freshUntilMs: number }>;

  constructor(entriesMax: number, { weightMax, weigh }: Omit<LruLimits<Value>, "entriesMax"> = {}) {
    this.#entries = new Lru({
      entriesMax,
      ...(weightMax === undefined ? {} : { weightMax }),
      ...(weigh === undefined ? {} : { weigh: ({ value }, key) => weigh(value, key) }),
    });
  }

  /** The value while it is fresh; undefined once it is not. */
  get(key: string, nowMs: number): Value | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && nowMs < entry.freshUntilMs ? entry.value : undefined;
  }

  /** The value however old: better than nothing when its source is down. */
  stale(key: string): Value | undefined {
    return this.#entries.get(key)?.value;
  }

  set(key: string, value: Value, freshUntilMs: number): void {
    this.#entries.set(key, { value, freshUntilMs });
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }
}
