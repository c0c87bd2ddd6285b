/** As many bytes as tell the two apart: a few Chinese characters of GBK may look like UTF-8. */
const TELLING_BYTES = 256;

/**
 * Text of a statement's bytes, piece by piece. Gateways in China write GBK (GB 18030 contains it),
 * the others UTF-8: the first letters that are not ASCII tell which. Bytes that are neither become U+FFFD, which fits no number, sum or time: such a row is shown as bad.
 */
export class StatementText {
  #decoder: TextDecoder | null = null;
  #beginning = new Uint8Array(0);

  push(bytes: Uint8Array): string {
    if (this.#decoder !== null) return this.#decoder.decode(bytes, { stream: true });
    this.#beginning = joined(this.#beginning, bytes);
    const asciiBytes = asciiBytesOf(this.#beginning);
    const telling = this.#beginning.byteLength - asciiBytes;
    if (telling >= TELLING_BYTES) return this.#decide();
    const text = new TextDecoder().decode(this.#beginning.subarray(0, asciiBytes));
    this.#beginning = this.#beginning.slice(asciiBytes);
    return text;
  }

  end(): string {
    const beginning = this.#decoder === null ? this.#decide() : "";
    return beginning + (this.#decoder?.decode() ?? "");
  }

  #decide(): string {
    this.#decoder = new TextDecoder(isUtf8(this.#beginning) ? "utf-8" : "gb18030");
    return this.#decoder.decode(this.#beginning, { stream: true });
  }
}

/** How many bytes from the first on are ASCII, which is the same in both. */
function asciiBytesOf(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.byteLength && (bytes[at] ?? 0) < 0x80) at++;
  return at;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.byteLength + b.byteLength);
  both.set(a);
  both.set(b, a.byteLength);
  return both;
}

/** Whether it may be UTF-8 that was cut at its end. */
function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
