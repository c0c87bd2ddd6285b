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
  /**
   * Where the oldest is looked for. It goes on from where it was: a Map is asked for its first key in the
   * time that it takes to walk over all those that were dropped before it (10 us of 20,000 entries).
   */
  #order: Iterator<string> | undefined;
  /** Entries that left their place since the iterator last moved. It keeps alive the tables behind it. */
  #moved = 0;

  constructor(limits: LruLimits<Value>) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.size;
  }

  get weight(): number {
    return this.#weight;
  }

  /** Without counting it as use. */
  peek(key: string): Value | undefined {
    return this.#entries.get(key)?.value;
  }

  /** Looking counts as use. */
  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (key !== this.#newest) {
      this.#entries.delete(key);
      this.#entries.set(key, entry);
      this.#newest = key;
      this.#hasMoved();
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
    this.#hasMoved();
  }

  clear(): void {
    this.#entries.clear();
    this.#weight = 0;
    this.#newest = undefined;
    this.#order = undefined;
  }

  #hasMoved(): void {
    this.#moved++;
    if (this.#moved > this.#entries.size) this.#order = undefined;
  }

  #dropOldest(): void {
    const oldest = this.#oldest();
    if (oldest === undefined) throw new Error("lru: there is no room and nothing to drop");
    this.delete(oldest);
    this.#moved = 0;
  }

  /** Entries are only ever added at the end, so none is before the iterator. */
  #oldest(): string | undefined {
    this.#order ??= this.#entries.keys();
    const next = this.#order.next();
    if (next.done !== true) return next.value;
    this.#order = this.#entries.keys();
    return this.#order.next().value as string | undefined;
  }
}
