export interface LruLimits<Value> {
  readonly entriesMax: number;
  /** Together, in the unit of `weigh` (characters, say). Not given: entries alone are counted. */
  readonly weightMax?: number;
  /** What an entry weighs; asked once, when it is set. */
  readonly weigh?: (value: Value, key: string) => number;
}

/**
 * A bounded map: when there is no room, what was used longest ago leaves (LRU), and as much of it as
 * the new entry needs. What is heavier than the whole is not kept at all, and pushes nothing out.
 */
export class Lru<Value> {
  readonly #limits: LruLimits<Value>;
  readonly #entries = new Map<string, { readonly value: Value; readonly weight: number }>();
  #weight = 0;
  /** The one used last: it need not be moved to the end again, which is most looks in a rush. */
  #newest: string | undefined;

  constructor(limits: LruLimits<Value>) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.size;
  }

  get weight(): number {
    return this.#weight;
  }

  /** Looking counts as use. */
  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (key !== this.#newest) {
      this.#entries.delete(key);
      this.#entries.set(key, entry);
      this.#newest = key;
    }
    return entry.value;
  }

  set(key: string, value: Value): void {
    const { entriesMax, weightMax = Number.POSITIVE_INFINITY, weigh } = this.#limits;
    const weight = weigh?.(value, key) ?? 0;
    this.delete(key);
    if (weight > weightMax || entriesMax < 1) return;
    while (this.#entries.size >= entriesMax || this.#weight + weight > weightMax)
      this.#dropOldest();
    this.#entries.set(key, { value, weight });
    this.#weight += weight;
    this.#newest = key;
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#weight -= entry.weight;
    if (this.#newest === key) this.#newest = undefined;
  }

  clear(): void {
    this.#entries.clear();
    this.#weight = 0;
    this.#newest = undefined;
  }

  #dropOldest(): void {
    const [oldest] = this.#entries.keys();
    if (oldest === undefined) throw new Error("lru: there is no room and nothing to drop");
    this.delete(oldest);
  }
}
