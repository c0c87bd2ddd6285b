import { base64url } from "../domain/encoding.ts";
import { newNonce, nonceMark } from "./nonce.ts";

/** What a remembered answer is made of, besides its text. */
export interface AnswerKind {
  /** The same in each answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** The policy of a page, with the mark of a nonce in it; null where none is sent. */
  readonly policy: string | null;
}

/** An answer that is the same for many, made once: nothing is left to do but to give it. */
export interface ReadyAnswer {
  /** The text around each nonce; one part where there is none. */
  readonly parts: readonly string[];
  readonly policyParts: readonly string[] | null;
  readonly etag: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly characters: number;
}

/** 96 bits of SHA-256: enough to tell two texts of one address apart. */
const ETAG_BYTES = 12;

/**
 * The text ready to be given, its ETag computed. The tag is weak (RFC 9110 §8.8.1): two answers of the
 * same text differ in their nonces. It is of the text without the mark, so isolates agree about it.
 */
export async function readyAnswer(text: string, kind: AnswerKind): Promise<ReadyAnswer> {
  const parts = text.split(nonceMark());
  const bytes = new TextEncoder().encode(parts.join(""));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return {
    parts,
    policyParts: kind.policy?.split(nonceMark()) ?? null,
    etag: `W/"${base64url(digest.subarray(0, ETAG_BYTES))}"`,
    headers: kind.headers,
    characters: text.length,
  };
}

/**
 * The answer, or 304 to whoever has it already. A 304 brings no policy: the text that the browser kept has
 * the nonces of the policy that it kept with it, and a new one would forbid its scripts (RFC 9111 §3.2).
 */
export function give(
  { parts, policyParts, etag, headers }: ReadyAnswer,
  { requestId, ifNoneMatch }: { requestId: string; ifNoneMatch: string | null },
): Response {
  const own = { ...headers, etag, "x-request-id": requestId };
  if (ifNoneMatch !== null && names(ifNoneMatch, etag)) {
    return new Response(null, { status: 304, headers: own });
  }
  if (policyParts === null) return new Response(parts[0] ?? "", { headers: own });
  const nonce = newNonce();
  return new Response(parts.join(nonce), {
    headers: { ...own, "content-security-policy": policyParts.join(nonce) },
  });
}

/** If-None-Match: whether one of its tags is ours, compared weakly (RFC 9110 §13.1.2, §8.8.3.2). */
function names(ifNoneMatch: string, etag: string): boolean {
  if (ifNoneMatch === etag || ifNoneMatch.trim() === "*") return true;
  const opaque = etag.slice("W/".length);
  return ifNoneMatch.split(",").some((tag) => tag.trim().replace(/^W\//, "") === opaque);
}
