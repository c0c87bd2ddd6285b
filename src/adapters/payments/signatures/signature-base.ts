const utf8 = new TextEncoder();

/**
 * What the Chinese gateways sign: the fields of `dropped` and empty values left out, the rest sorted by
 * name byte by byte, joined as `k=v&…` without any encoding. Values are the text that came: "100" and
 * "100.00" are one sum and two signatures.
 */
export function signatureBase(
  parameters: ReadonlyMap<string, string>,
  dropped: ReadonlySet<string>,
): string {
  return [...parameters]
    .filter(([name, value]) => !dropped.has(name) && value !== "")
    .toSorted(([a], [b]) => compareNames(a, b))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

/** Half of a character beyond the first 65,536. Such a pair sorts below U+E000 as text, above it as bytes. */
const SURROGATE = /[\ud800-\udfff]/;

/** By the bytes of UTF-8, which the code units of nearly all text are ordered like. */
function compareNames(a: string, b: string): number {
  if (SURROGATE.test(a) || SURROGATE.test(b)) return compareBytes(utf8.encode(a), utf8.encode(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
