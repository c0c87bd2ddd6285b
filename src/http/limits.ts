import type { Context } from "hono";
import { refusedOf, type Standing } from "../domain/limits/limit-rules.ts";
import type { Limits } from "../flows/ports.ts";
import type { Deps } from "../platform/deps.ts";
import type { AppContext } from "./env.ts";
import { problem, Refused } from "./problem.ts";

/** Any context to which headers can be said. */
type Answering = Pick<AppContext, "header">;

/**
 * How a request stands, in the fields of draft-ietf-httpapi-ratelimit-headers-11 (structured fields, RFC
 * 9651): `q` in `w` seconds are let through, `r` are left, all are back after `t` seconds. A refusal says
 * in Retry-After when the next one is there.
 */
export function sayStanding(c: Answering, standings: readonly Standing[]): void {
  if (standings.length === 0) return;
  // Lists, which may go on over several lines: a request may be asked about more than once.
  const more = { append: true };
  c.header("ratelimit-policy", standings.map(policyOf).join(", "), more);
  c.header("ratelimit", standings.map(leftOf).join(", "), more);
  const refused = refusedOf(standings);
  if (refused !== undefined) c.header("retry-after", String(seconds(refused.retryAfterMs)));
}

function policyOf({ rule }: Standing): string {
  return `"${rule.name}";q=${rule.quota};w=${seconds(rule.windowMs)}`;
}

function leftOf({ rule, remaining, resetMs }: Standing): string {
  return `"${rule.name}";r=${remaining};t=${seconds(resetMs)}`;
}

/** Never 0: whoever came back at once would be refused again. */
export function seconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1_000));
}

/** The limits as one request meets them: how it stands is said in its answer. */
export function limitsOf(c: Answering & { get(name: "deps"): Deps }): Limits {
  const { limits } = c.get("deps");
  return {
    take: async (questions) => {
      const standings = await limits.take(questions);
      sayStanding(c, standings);
      return standings;
    },
    takeHere: (question) => {
      const standing = limits.takeHere(question);
      sayStanding(c, [standing]);
      return standing;
    },
    refusal: (question) => {
      const standing = limits.refusal(question);
      if (standing !== null) sayStanding(c, [standing]);
      return standing;
    },
  };
}

/** What a program is told that asks too often; its headers are said already. */
export function tooMany(c: Context, standing: Standing): Response {
  return problem(c, "too_many_requests", evidenceOf(standing));
}

/** The same, thrown where there is nothing yet to hand back. */
export function refuseTooMany(standing: Standing): never {
  throw new Refused("too_many_requests", evidenceOf(standing));
}

function evidenceOf({ rule, retryAfterMs }: Standing) {
  const retry_after_seconds = seconds(retryAfterMs);
  const detail = `Try again in ${retry_after_seconds} s.`;
  return { detail, policy: rule.name, retry_after_seconds };
}

/** What an answer that is limited says of it, for the reference. */
export const LIMIT_HEADERS = {
  "RateLimit-Policy": "Each limit: `q` in `w` seconds.",
  RateLimit: "How the caller stands by each: `r` are left, all are back after `t` seconds.",
} as const;
