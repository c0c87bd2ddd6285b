/** Text forms of bytes. Pure: what runs in a Worker, an object and the simulator alike. */

/** Crockford's base 32, lower case: no i, l, o, u, so an id can be read over the telephone. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** The first `length` characters of the bytes in base 32. Needs at least `length * 5` bits. */
export function base32(bytes: Uint8Array, length: number): string {
  if (bytes.length * 8 < length * 5) throw new Error("base32: too few bytes");
  let text = "";
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 5 && text.length < length) {
      bits -= 5;
      text += ALPHABET[(buffer >> bits) & 31];
    }
    buffer &= (1 << bits) - 1;
  }
  return text;
}

/** A number below 32^width as exactly `width` base 32 characters. */
export function base32Number(value: number, width: number): string {
  if (!Number.isSafeInteger(value) || value < 0 || value >= 32 ** width) {
    throw new Error(`base32Number: ${value} does not fit ${width} characters`);
  }
  let text = "";
  let rest = value;
  for (let i = 0; i < width; i++) {
    text = (ALPHABET[rest % 32] ?? "") + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

/** The inverse of base32Number; null for any other character. */
export function parseBase32Number(text: string): number | null {
  let value = 0;
  for (const character of text) {
    const digit = ALPHABET.indexOf(character);
    if (digit < 0) return null;
    value = value * 32 + digit;
  }
  return Number.isSafeInteger(value) ? value : null;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

export function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += HEX[byte] ?? "";
  return text;
}

export function base64(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** ES2026's own way; workerd has it, Node 24 does not yet. */
type Encodable = Uint8Array & {
  toBase64?: (options: { alphabet: "base64url"; omitPadding: boolean }) => string;
};

/** RFC 4648 §5 without padding. Each key's seal is written so, a fifth of what sealing costs by hand. */
export function base64url(bytes: Encodable): string {
  return (
    bytes.toBase64?.({ alphabet: "base64url", omitPadding: true }) ??
    base64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")
  );
}

/** Bytes of base 64 or base64url text; null where it is neither. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
    return bytes;
  } catch {
    return null;
  }
}
