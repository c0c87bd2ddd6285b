const BASE_SECONDS = 5;
const SECONDS_MAX = 600;

/**
 * Seconds before a message comes again after `attempts` (1 is the first): 5, 10, 20 … 600, which
 * with the queue's ten tries is about forty minutes until it is dead.
 */
export function retryDelaySeconds(attempts: number): number {
  return Math.min(SECONDS_MAX, BASE_SECONDS * 2 ** Math.max(0, attempts - 1));
}
