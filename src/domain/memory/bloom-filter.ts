/** Hash functions beyond these bring nothing at ten bits an entry. */
const HASHES_MAX = 7;
const BITS_PER_ENTRY = 10;
const BITS_MIN = 1_024;

/**
 * A set that says of a text "perhaps" or "certainly not": no text that was added is ever denied, and of
 * others about one in a hundred is taken for one of them while there are no more than `entries`, more as
 * they grow beyond (B. H. Bloom, "Space/time trade-offs in hash coding with allowable errors", 1970; two
 * hashes make all: A. Kirsch and M. Mitzenmacher, "Less hashing, same performance", 2006).
 */
export class BloomFilter {
  readonly bits: Uint8Array;
  readonly hashes: number;
  /** The number of bits is a power of two. */
  readonly #mask: number;

  constructor(bits: Uint8Array, hashes: number) {
    const count = bits.length * 8;
    if (count < 8 || (count & (count - 1)) !== 0) throw new RangeError("bloom: not a power of two");
    if (!(hashes >= 1 && hashes <= HASHES_MAX)) throw new RangeError("bloom: too many hashes");
    this.bits = bits;
    this.hashes = hashes;
    this.#mask = count - 1;
  }

  /** Room for so many entries, in no more than `bytesMax` bytes (a power of two). */
  static forEntries(entries: number, bytesMax: number): BloomFilter {
    let bits = BITS_MIN;
    while (bits < entries * BITS_PER_ENTRY && bits < bytesMax * 8) bits *= 2;
    const best = Math.round((bits / Math.max(1, entries)) * Math.LN2);
    return new BloomFilter(new Uint8Array(bits / 8), Math.min(HASHES_MAX, Math.max(1, best)));
  }

  add(text: string): void {
    const [first, step] = hashesOf(text);
    for (let n = 0; n < this.hashes; n++) {
      const bit = (first + n * step) & this.#mask;
      this.bits[bit >>> 3] = (this.bits[bit >>> 3] ?? 0) | (1 << (bit & 7));
    }
  }

  /** False only where it was never added. */
  mayHave(text: string): boolean {
    const [first, step] = hashesOf(text);
    for (let n = 0; n < this.hashes; n++) {
      const bit = (first + n * step) & this.#mask;
      if (((this.bits[bit >>> 3] ?? 0) & (1 << (bit & 7))) === 0) return false;
    }
    return true;
  }
}

/** Two hashes in one walk (FNV-1a and a multiplicative one, mixed); the second is odd. */
function hashesOf(text: string): [number, number] {
  let one = 0x811c9dc5;
  let other = 0x9e3779b9;
  for (let place = 0; place < text.length; place++) {
    const code = text.charCodeAt(place);
    one = Math.imul(one ^ code, 0x01000193);
    other = Math.imul(other, 31) + code;
  }
  return [mixed(one), mixed(other) | 1];
}

/** The last step of MurmurHash3: each bit of the hash reaches each bit of what is used of it. */
function mixed(hash: number): number {
  let mixing = hash ^ (hash >>> 16);
  mixing = Math.imul(mixing, 0x85ebca6b);
  mixing ^= mixing >>> 13;
  mixing = Math.imul(mixing, 0xc2b2ae35);
  return (mixing ^ (mixing >>> 16)) >>> 0;
}
