import type { Limit, Taken } from "../../src/domain/limits/limit.ts";

/** What an isolate asks of a key for the whole world. */
export interface LimiterQuestion {
  /** A keyed digest: the object learns no address and no e-mail. */
  readonly key: string;
  readonly limit: Limit;
  /** How many were let through since it asked last, without the one it asks for. */
  readonly told: number;
}

export interface RateLimiterRpc {
  /** Counts one more of each, if there is one; in the order of the questions. */
  take(questions: LimiterQuestion[]): Promise<Taken[]>;
}

/** The most questions of one call. */
export const QUESTIONS_MAX = 16;
export const KEY_CHARACTERS_MAX = 64;

/**
 * How many objects share the keys. One answers some hundreds of questions a second, and only what is
 * near its limit is asked about at all.
 */
const OBJECTS = 64;

/** The object of a key, by its digest: the same wherever it is asked. */
export function limiterName(digest: string): string {
  let number = 0;
  for (const character of digest.slice(0, 8)) {
    number = (number * 31 + (character.codePointAt(0) ?? 0)) % 1_000_003;
  }
  return `limiter-${number % OBJECTS}`;
}
