/**
 * A code of six digits that proves an e-mail address: sent there, typed in here. Nothing is stored:
 * the code is a keyed digest of drop, address and time window (TOTP, RFC 6238, with the address
 * beside the clock), so that any edge can check what another one sent.
 */
const CODE_DIGITS = 6;

/** A code is good in the window in which it was made and in the next: ten minutes at least. */
export const CODE_WINDOW_MS = 10 * 60_000;

/** The window of this moment first, then the one before it. */
export function codeWindows(nowMs: number): readonly [number, number] {
  const window = Math.floor(nowMs / CODE_WINDOW_MS);
  return [window, window - 1];
}

/** What the keyed digest is of. No part can hold a space, so no two lists make one text. */
export function codeSubject(dropId: string, canonicalEmail: string, window: number): string {
  return `${dropId} ${canonicalEmail} ${window}`;
}

/** The digest as six digits: dynamic truncation (RFC 4226 §5.3). Needs 20 bytes or more. */
export function codeOf(digest: Uint8Array): string {
  const offset = (digest[19] ?? 0) & 0x0f;
  const view = new DataView(digest.buffer, digest.byteOffset, digest.byteLength);
  const number = view.getUint32(offset) & 0x7fffffff;
  return String(number % 10 ** CODE_DIGITS).padStart(CODE_DIGITS, "0");
}

/**
 * A code as people type it: with spaces or hyphens, or in the full-width digits that a Chinese
 * keyboard writes. Null for what is no code.
 */
export function normalizeCode(text: string): string | null {
  const digits = text.normalize("NFKC").replaceAll(/[\s-]/g, "");
  return /^\d{6}$/.test(digits) ? digits : null;
}

/** Compared in a time that does not tell how much of it was right. Both are of six digits. */
export function sameCode(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < CODE_DIGITS; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}
