import { hex } from "../../domain/encoding.ts";
import { newId, type RefundId } from "../../domain/ids.ts";

/**
 * SHA-256 (hex) of a request in canonical form: the same idempotency key with another body is told
 * by it. Give it nothing secret: the digest is stored.
 */
export function bodyHash(body: unknown): Promise<string> {
  return sha256Hex(canonicalJson(body));
}

/** SHA-256 of the text's UTF-8, hex. */
export async function sha256Hex(text: string): Promise<string> {
  return hex(await sha256(text));
}

/** Of one act there is one refund, however often it is begun: its id is a digest of what names the act. */
export async function refundIdOf(names: readonly string[]): Promise<RefundId> {
  return newId("refund", await sha256(names.join("\0")));
}

async function sha256(text: string): Promise<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
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
