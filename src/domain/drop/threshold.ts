import { isEarly, type Rank } from "./rank.ts";

/**
 * Who may order now: everyone up to here in line. It only rises, so whoever was once admitted stays so.
 */
export interface Threshold {
  /** Of those who joined before the opening, the ones whose draw is below it: 0 nobody, 1 all. */
  readonly early: number;
  /** Of those who joined later, the ones who did by then; null: nobody. It may lie a moment ahead. */
  readonly lateUntilMs: number | null;
}

export const CLOSED_THRESHOLD: Threshold = { early: 0, lateUntilMs: null };

export function isAdmitted(rank: Rank, threshold: Threshold): boolean {
  if (isEarly(rank)) return rank.draw < threshold.early;
  return threshold.lateUntilMs !== null && rank.joinedAtMs <= threshold.lateUntilMs;
}

/** Both of what two thresholds admit: what was published once is never taken back. */
export function raised(a: Threshold, b: Threshold): Threshold {
  return {
    early: Math.max(a.early, b.early),
    lateUntilMs:
      a.lateUntilMs === null || b.lateUntilMs === null
        ? (a.lateUntilMs ?? b.lateUntilMs)
        : Math.max(a.lateUntilMs, b.lateUntilMs),
  };
}
