import { z } from "zod";
import type {
  ChallengeProof,
  ChallengeVerdict,
  ChallengeVerifier,
} from "../../flows/buyers/challenge-ports.ts";

const SITEVERIFY = "https://challenges.cloudflare.com/turnstile/v0/siteverify";
const SCRIPT = "https://challenges.cloudflare.com/turnstile/v0/api.js";
/** The longest that Turnstile makes one. */
const RESPONSE_CHARACTERS_MAX = 2_048;
const ANSWER_BYTES_MAX = 16_384;
/** A buyer waits, and an order is let through without: less than it takes to lose patience. */
const TIMEOUT_MS = 3_000;

const answerShape = z.object({
  success: z.boolean(),
  "error-codes": z.array(z.string()).default([]),
  hostname: z.string().optional(),
  action: z.string().optional(),
});

/** Codes that speak of us or of Turnstile, and not of what the visitor sent. */
const NOT_THEIRS: ReadonlySet<string> = new Set([
  "missing-input-secret",
  "invalid-input-secret",
  "bad-request",
  "internal-error",
]);

export interface TurnstileOptions {
  readonly siteKey: string;
  readonly secret: string;
  /** Where the widget must have stood; null: the shop does not know where it is. */
  readonly hostname: string | null;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly timeoutMs?: number;
}

/**
 * Cloudflare Turnstile (developers.cloudflare.com/turnstile/get-started/server-side-validation). A token
 * is good once, for five minutes; its idempotency key lets the same order ask again. The visitor's address
 * is not sent along.
 */
export function makeTurnstile(options: TurnstileOptions): ChallengeVerifier {
  const { siteKey, secret, hostname } = options;
  return {
    offer: { provider: "turnstile", siteKey, script: SCRIPT },
    async verify(proof) {
      const { response } = proof;
      if (response.length === 0 || response.length > RESPONSE_CHARACTERS_MAX) {
        return { kind: "failed", codes: ["malformed"] };
      }
      const body = { secret, response, idempotency_key: await idempotencyKey(proof) };
      const answer = await ask(options, JSON.stringify(body));
      if (answer === null) return { kind: "unavailable", reason: "no_answer" };
      return judge(answer, proof.action, hostname);
    },
  };
}

/** Null for whatever is not an answer of theirs in time. */
async function ask(
  { fetch, timeoutMs = TIMEOUT_MS }: TurnstileOptions,
  body: string,
): Promise<z.output<typeof answerShape> | null> {
  try {
    const response = await fetch(SITEVERIFY, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body,
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    if (response.status >= 500 || text.length > ANSWER_BYTES_MAX) return null;
    const parsed = answerShape.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

function judge(
  answer: z.output<typeof answerShape>,
  action: ChallengeProof["action"],
  hostname: string | null,
): ChallengeVerdict {
  const codes = answer["error-codes"];
  if (!answer.success) {
    const ours = codes.find((code) => NOT_THEIRS.has(code));
    // No code at all is no answer that their documentation knows.
    if (codes.length === 0) return { kind: "unavailable", reason: "unexplained" };
    return ours === undefined ? { kind: "failed", codes } : { kind: "unavailable", reason: ours };
  }
  // A widget with our public key may stand on anybody's page: what it proves there is not ours.
  if (hostname !== null && answer.hostname !== hostname) return wrong("hostname");
  return answer.action === action ? { kind: "passed" } : wrong("action");
}

function wrong(code: string): ChallengeVerdict {
  return { kind: "failed", codes: [code] };
}

/** As a UUID (RFC 9562 §5.8), which they ask for, of what is asked: the same again names the same. */
async function idempotencyKey({ response, action, subject }: ChallengeProof): Promise<string> {
  const text = new TextEncoder().encode(`${action}\n${subject}\n${response}`);
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", text)).subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
