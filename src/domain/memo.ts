/**
 * A bounded memory of plain values with an age: the isolate's own cache (L1). Values are resolved,
 * never promises: a promise of one request must not be awaited by another on this platform.
 */
export class Memo<Value> {
  readonly #entries = new Map<string, { value: Value; freshUntilMs: number }>();
  readonly #entriesMax: number;

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
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

  /** The oldest entry leaves when there is no room: first in, first out is enough for seconds. */
  set(key: string, value: Value, freshUntilMs: number): void {
    this.#entries.delete(key);
    if (this.#entries.size >= this.#entriesMax) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
    this.#entries.set(key, { value, freshUntilMs });
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }
}
