/**
 * A bounded map of what was used last. Two generations: the young one takes what is new or used again, and
 * when it is half of the whole, the old one goes at once and the young one is the old one. So what was used
 * among the last half of the bound is there, and nothing is ever searched for the oldest: a Map that loses
 * its first entry again and again walks over the holes that they leave.
 */
export class Generations<Value> {
  #young = new Map<string, Value>();
  #old = new Map<string, Value>();
  readonly #youngMax: number;

  /** At most `entriesMax` are kept, at least half of it. */
  constructor(entriesMax: number) {
    this.#youngMax = Math.max(1, Math.floor(entriesMax / 2));
  }

  /** How many are kept. */
  get size(): number {
    let both = 0;
    for (const key of this.#young.keys()) if (this.#old.has(key)) both++;
    return this.#young.size + this.#old.size - both;
  }

  /** Without making it younger. */
  peek(key: string): Value | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  get(key: string): Value | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: string, value: Value): void {
    if (this.#young.size >= this.#youngMax && !this.#young.has(key)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }

  /** Drops those that `isSpent`. */
  prune(isSpent: (value: Value) => boolean): void {
    for (const generation of [this.#young, this.#old]) {
      for (const [key, value] of generation) if (isSpent(value)) generation.delete(key);
    }
  }
}
