/** Causes looked through: drizzle's error, D1's, and what D1 had of the platform. */
const CAUSES_MAX = 5;

const D1_ERROR = /^D1_[A-Z_]*ERROR\b/;
/** D1's own words (developers.cloudflare.com/d1/observability/debug-d1): it could not answer now. */
const CANNOT_ANSWER =
  /\b(network connection lost|reset|overloaded|queued|timed out|timeout|transient|internal error)\b/i;
/** What SQLite says of a statement: the next try would hear the same. */
const STATEMENT = /\bSQLITE_[A-Z]+/;

/**
 * Whether D1 failed because it cannot answer at the moment, and not because of what it was asked: the
 * same request may be made again. A write that met it may or may not have been done.
 */
export function isDatabaseDown(error: unknown): boolean {
  let cause = error;
  for (let depth = 0; depth < CAUSES_MAX && cause instanceof Error; depth++) {
    const { message } = cause;
    if (D1_ERROR.test(message)) return CANNOT_ANSWER.test(message) && !STATEMENT.test(message);
    cause = cause.cause;
  }
  return false;
}
