/** A running digest of texts, for telling two runs apart: two streams of FNV-1a, 64 bits in all. */
export class Digest {
  #a = 0x811c9dc5;
  #b = 0x9e3779b9;

  add(text: string): void {
    let [a, b] = [this.#a, this.#b];
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      a = Math.imul(a ^ code, 0x01000193);
      b = Math.imul(b ^ code, 0x01000593);
    }
    this.#a = a;
    this.#b = b;
  }

  get text(): string {
    return [this.#a, this.#b].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }
}
