import { hex } from "../domain/encoding.ts";

/**
 * SHA-256 (hex) of a request in canonical form: the same idempotency key with another body is told
 * by it. Give it nothing secret: the digest is stored.
 */
export function bodyHash(body: unknown): Promise<string> {
  return sha256Hex(canonicalJson(body));
}

/** SHA-256 of the text's UTF-8, hex. */
export async function sha256Hex(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

/** JSON with sorted names, so that two clients that order them differently send the same body. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
