const BASE_SECONDS = 5;
const SECONDS_MAX = 600;

/**
 * Seconds before a message comes again after `attempts` (1 is the first): anything from 1 to 5, 10, 20 …
 * 600, by `random` (0 to 1). Full jitter, as in AWS's "Exponential Backoff and Jitter": what failed together,
 * because D1 was down, does not come back together. The queue's ten tries are about twenty minutes until a
 * message is dead, forty at most.
 */
export function retryDelaySeconds(attempts: number, random: number): number {
  const longest = Math.min(SECONDS_MAX, BASE_SECONDS * 2 ** Math.max(0, attempts - 1));
  return Math.max(1, Math.round(longest * random));
}
