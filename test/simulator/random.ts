import { seededRandom } from "../../scripts/rehearse/random.ts";

/**
 * Everything that happens by chance, from one seed. A fork has a stream of its own, named and not
 * drawn, so that an operation that is dropped from a script leaves the luck of the others alone.
 */
export class Random {
  readonly #seed: number;
  readonly #next: () => number;

  constructor(seed: number) {
    this.#seed = seed >>> 0;
    this.#next = seededRandom(this.#seed);
  }

  fork(name: string | number): Random {
    let mixed = this.#seed ^ 0x9e3779b9;
    for (const character of String(name)) {
      mixed = Math.imul(mixed ^ character.charCodeAt(0), 0x01000193);
      mixed = (mixed << 13) | (mixed >>> 19);
    }
    return new Random(Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b));
  }

  chance(probability: number): boolean {
    return probability > 0 && this.#next() < probability;
  }

  /** Of 0 to 1, which is not reached. */
  fraction(): number {
    return this.#next();
  }

  /** An integer of `least` to `most`, both included. */
  int(least: number, most: number): number {
    return least + Math.floor(this.#next() * (most - least + 1));
  }

  pick<const T>(list: readonly [T, ...T[]]): T {
    return list[this.int(0, list.length - 1)] ?? list[0];
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.int(0, 255));
  }
}
