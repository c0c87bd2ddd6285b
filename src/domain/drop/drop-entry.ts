import { isEarly, type Rank } from "./rank.ts";
import type { DropState } from "./state.ts";

/** People whom a controller lets in during the seconds by which edges may differ in what they know. */
const PEOPLE_OF_LAG = 2_000;
const LAG_MS = 10_000;

/**
 * Whether some edge, which knows more than this state, may have let that rank in: then it may have an
 * order. True for the next few thousand people behind the threshold only, so that those who are far
 * behind it cost the object nothing, however often they ask.
 */
export function mayHaveEntered(rank: Rank, { threshold, line }: DropState): boolean {
  const early = threshold.early + PEOPLE_OF_LAG / Math.max(line.early, 1);
  if (isEarly(rank)) return rank.draw < early;
  const until = threshold.lateUntilMs;
  return early >= 1 && (until === null || rank.joinedAtMs <= until + LAG_MS);
}
