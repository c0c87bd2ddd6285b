import type { AppContext } from "./env.ts";
import { problem, type ProblemCode } from "./problem.ts";
import { htmlProblem } from "./storefront/problems.tsx";

/** Addresses of programs: whoever asks there gets a problem as JSON, whatever they would like. */
const PROGRAMS = /^\/(?:api|admin|payments)(?:\/|$)/;

/** A person who looks at a page gets a page; programs get RFC 9457. */
export function refuse(
  c: AppContext,
  code: ProblemCode,
  evidence: Parameters<typeof problem>[2] = {},
): Response | Promise<Response> {
  const { retry_after_seconds: wait } = evidence;
  return wantsPage(c)
    ? htmlProblem(c, code, typeof wait === "number" ? wait : null)
    : problem(c, code, evidence);
}

export function wantsPage(c: AppContext): boolean {
  return c.req.header("accept")?.includes("text/html") === true && !PROGRAMS.test(c.req.path);
}

/** "Come back later", and when: nothing was refused for good, the same request may be sent again. */
export async function busy(
  c: AppContext,
  retryAfterSeconds: number,
  code: ProblemCode = "busy",
): Promise<Response> {
  const wait = spread(retryAfterSeconds);
  c.header("retry-after", String(wait));
  return wantsPage(c) ? htmlProblem(c, code, wait) : refuse(c, code);
}

/**
 * That many seconds, up to four times as many: those who are refused at one moment would come back at
 * one moment too, and be refused again.
 */
function spread(seconds: number): number {
  return seconds + Math.floor(Math.random() * (3 * seconds + 1));
}
