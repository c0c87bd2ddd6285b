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
function canonicalJson(body: unknown): string {
  return JSON.stringify(sorted(body));
}

/** A copy of what JSON holds, names in the order of their code units. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const copy: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value).toSorted(byName)) copy[name] = sorted(inner);
  return copy;
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}
