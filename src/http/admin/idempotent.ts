import { z } from "zod";
import type { MerchantId } from "../../domain/ids.ts";
import { Unavailable } from "../../domain/overload/unavailable.ts";
import { problem, PROBLEMS, Refused, type ProblemCode } from "../problem.ts";
import type { AdminContext } from "./admin-env.ts";

/** Shorter than what buyers must send: here the token is the credential, the key only names an act. */
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;
const RANDOM_BYTES = 32;

/** A success: what it answers, and again to whoever repeats the request. 202: its end is still to come. */
export interface Answer {
  readonly status: 200 | 201 | 202;
  readonly headers?: Record<string, string>;
  readonly body: object;
}

/** An act that was done and came to nothing, for good: it is answered again like a success. */
export interface Failure {
  readonly problem: ProblemCode;
  readonly evidence: Record<string, unknown>;
}

export interface Act {
  readonly operation: string;
  /** Everything that the request asks for: the same key with another body is refused. */
  readonly body: unknown;
  /** Null for acts above merchants. */
  readonly merchantId: MerchantId | null;
}

const record = z.record(z.string(), z.unknown());
const stored = z.union([
  z.object({
    status: z.literal([200, 201, 202]),
    headers: z.record(z.string(), z.string()),
    body: record,
  }),
  z.object({
    problem: z.string().transform((code) => code as ProblemCode),
    evidence: record,
  }),
]);

/**
 * Does an act once per Idempotency-Key; without one, it does it. `work` gets the bytes that name what
 * it makes: from the key where there is one, so that doing it again after a crash makes the same
 * thing and not a second. A refusal (a Response) is passed on and binds the key to nothing.
 *
 * Answers are stored sealed, since one of them shows a new token, and bodies as keyed digests, since
 * some hold keys or credentials.
 */
export async function idempotent(
  c: AdminContext,
  act: Act,
  work: (random: Uint8Array) => Promise<Answer | Failure | Response>,
): Promise<Response> {
  const deps = c.get("deps");
  const key = readKey(c);
  if (key === null) return send(c, await work(deps.entropy.bytes(RANDOM_BYTES)));

  const { operation } = act;
  // Acts above merchants have a room of their own; no merchant's id looks like it.
  const merchantId = act.merchantId ?? ("operator" as MerchantId);
  const purpose = ["idempotency", merchantId, operation, key].join("\n");
  const bodyHash = await deps.vault.digestText("idempotency", JSON.stringify(act.body));
  const attempt = { merchantId, operation, key, bodyHash };

  const claim = await deps.idempotency.claim(attempt, deps.clock.nowMs());
  if (claim.kind !== "open") return replay(c, purpose, claim);
  const answer = await work(await digest(purpose));
  if (answer instanceof Response) {
    await deps.idempotency.release(attempt);
    return answer;
  }
  const status = statusOf(answer);
  const text = JSON.stringify("problem" in answer ? answer : { headers: {}, ...answer });
  const sealedBody = await deps.vault.sealText(purpose, text);
  if (await deps.idempotency.answer(attempt, { status, sealedBody })) return send(c, answer);
  // The same request came twice at once and the other was faster: both are told what it was told.
  return replay(c, purpose, await deps.idempotency.claim(attempt, deps.clock.nowMs()));
}

type Claim = Awaited<ReturnType<AdminContext["var"]["deps"]["idempotency"]["claim"]>>;

async function replay(c: AdminContext, purpose: string, claim: Claim): Promise<Response> {
  switch (claim.kind) {
    case "reused":
      return problem(c, "idempotency_key_reused");
    case "answered": {
      const { status, sealedBody } = claim.answer;
      const text = await c.get("deps").vault.openText(purpose, sealedBody);
      return send(c, stored.parse({ status, ...record.parse(JSON.parse(text)) }));
    }
    case "open":
      // Released between two looks at it: whoever asks again finds the key free.
      throw new Unavailable("idempotency", 1);
    default:
      return claim satisfies never;
  }
}

function readKey(c: AdminContext): string | null {
  const key = c.req.header("idempotency-key");
  if (key === undefined) return null;
  if (IDEMPOTENCY_KEY.test(key)) return key;
  const message = "must be 1 to 255 printable ASCII characters";
  throw new Refused("invalid_header", { errors: [{ path: "idempotency-key", message }] });
}

function statusOf(answer: Answer | Failure): number {
  return "problem" in answer ? PROBLEMS[answer.problem][0] : answer.status;
}

function send(c: AdminContext, answer: Answer | Failure | Response): Response {
  if (answer instanceof Response) return answer;
  if ("problem" in answer) return problem(c, answer.problem, answer.evidence);
  return c.json(answer.body, answer.status, answer.headers);
}

async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}
