/**
 * GCRA, the Generic Cell Rate Algorithm (ITU-T Recommendation I.371, annex A: the virtual scheduling
 * form; ATM Forum TM 4.1 §4.4.2), which is the leaky bucket as a meter: J. S. Turner, "New directions
 * in communications (or which way to the information age?)", IEEE Communications Magazine 24(10), 1986.
 *
 * Of a key it remembers one number, its theoretical arrival time: until when all that was taken would
 * have lasted at the steady rate. Whoever has taken nothing for a window may take the whole quota at
 * once; from then on one more each interval. So in any stretch of t ms never more than
 * quota + t / interval are taken.
 *
 * Everything is whole milliseconds: an interval that is no whole number is rounded up, so a limit never
 * lets through more than it says, and up to a millisecond in each interval less.
 */
export interface Limit {
  /** How many in a window, and how many at once; at least 1. */
  readonly quota: number;
  readonly windowMs: number;
}

/** The theoretical arrival time; null of a key that is not known, which has taken nothing. */
export type ArrivalMs = number | null;

export interface Taken {
  readonly allowed: boolean;
  /** To be remembered for the key, whether allowed or not. */
  readonly arrivalMs: number;
  /** How many more there would be at once. */
  readonly remaining: number;
  /** Until the whole quota is there again. */
  readonly resetMs: number;
  /** Until the next one is there; 0 where this one was allowed. */
  readonly retryAfterMs: number;
}

/** Takes one, if there is one. */
export function take(limit: Limit, arrivalMs: ArrivalMs, nowMs: number): Taken {
  const { intervalMs, wholeMs } = meter(limit);
  const before = settled(limit, arrivalMs, nowMs);
  const after = before + intervalMs;
  const allowed = after - nowMs <= wholeMs;
  const kept = allowed ? after : before;
  return {
    allowed,
    arrivalMs: kept,
    remaining: Math.floor((wholeMs - (kept - nowMs)) / intervalMs),
    resetMs: kept - nowMs,
    retryAfterMs: allowed ? 0 : after - nowMs - wholeMs,
  };
}

/** Counts what was let through elsewhere already: as much of it as the quota holds. */
export function charge(limit: Limit, arrivalMs: ArrivalMs, nowMs: number, count: number): number {
  const { intervalMs } = meter(limit);
  const charged = settled(limit, arrivalMs, nowMs) + count * intervalMs;
  return settled(limit, charged, nowMs);
}

/** The steady interval between two, and how long it takes until a quota that was used up is there again. */
export function meter({ quota, windowMs }: Limit): { intervalMs: number; wholeMs: number } {
  const intervalMs = Math.ceil(windowMs / quota);
  return { intervalMs, wholeMs: intervalMs * quota };
}

/**
 * No earlier than now, and no later than a quota that was wholly taken now could make it. The second
 * is for a clock that goes back, and for a limit that was tightened: nobody waits for the old clock.
 */
function settled(limit: Limit, arrivalMs: ArrivalMs, nowMs: number): number {
  if (arrivalMs === null || arrivalMs <= nowMs) return nowMs;
  return Math.min(arrivalMs, nowMs + meter(limit).wholeMs);
}
