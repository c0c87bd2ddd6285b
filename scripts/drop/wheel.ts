/** Tenths of a second: within one, what happens does so in the order in which it was arranged. */
export const SLOT_MS = 100;

/**
 * What everyone does next and when, at most one thing each: a timing wheel of linked lists in typed arrays
 * (Varghese and Lauck, 1987), so that thirty million events need no object.
 */
export class Wheel {
  readonly #next: Int32Array;
  readonly #first: Int32Array;
  readonly #last: Int32Array;
  #pending = 0;
  #taken = -1;

  constructor(people: number, untilMs: number) {
    const slots = Math.ceil(untilMs / SLOT_MS) + 1;
    this.#next = new Int32Array(people).fill(-1);
    this.#first = new Int32Array(slots).fill(-1);
    this.#last = new Int32Array(slots).fill(-1);
  }

  get pending(): number {
    return this.#pending;
  }

  /** What would happen after the end does not. */
  at(ms: number, person: number): void {
    const slot = Math.max(this.#taken + 1, Math.floor(ms / SLOT_MS));
    if (slot >= this.#first.length) return;
    const last = this.#last[slot] ?? -1;
    if (last < 0) this.#first[slot] = person;
    else this.#next[last] = person;
    this.#last[slot] = person;
    this.#next[person] = -1;
    this.#pending++;
  }

  /** Empties a slot: its people, in order. What they arrange for the same one comes in the next. */
  *take(slot: number): Generator<number> {
    this.#taken = slot;
    let person = this.#first[slot] ?? -1;
    this.#first[slot] = -1;
    this.#last[slot] = -1;
    while (person >= 0) {
      const next = this.#next[person] ?? -1;
      this.#pending--;
      yield person;
      person = next;
    }
  }
}
