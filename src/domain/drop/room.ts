import type { Rank } from "./rank.ts";
import { STATE_OLD_MS, type DropState, type Place } from "./state.ts";

/** What the waiting page shows: the place in line, and how things stand with the keys. */
export interface Room {
  readonly phase: Place["kind"] | "all_reserved" | "none";
  /** People before and behind, estimates; null where there is no place to speak of. */
  readonly ahead: number | null;
  readonly behind: number;
  readonly etaMs: number | null;
  /** So many are before them that the keys will be gone, as far as anyone can tell. */
  readonly isUnlikely: boolean;
  /** The state is old: the line does not move, and nobody knows for how long. */
  readonly isStill: boolean;
}

/** Whoever holds no ticket of the drop. */
export const NO_PLACE: Room = {
  phase: "none",
  ahead: null,
  behind: 0,
  etaMs: null,
  isUnlikely: false,
  isStill: false,
};

/** Of those before you not everyone buys; that fewer than one in so many do is nothing to hope for. */
const BUYERS_ONE_IN = 3;

/** `rank` and `state` are null where nobody knows them; `ageMs` is how old the state is. */
export function roomOf(
  place: Place,
  rank: Rank | null,
  state: DropState | null,
  ageMs: number,
): Room {
  if (place.kind !== "waiting" || rank === null || state === null) {
    return { ...NO_PLACE, phase: place.kind };
  }
  const { ahead, etaMs } = place;
  const allReserved = state.remaining === 0 && state.held > 0;
  return {
    phase: allReserved ? "all_reserved" : "waiting",
    ahead,
    behind: behindOf(state, ahead),
    // Nobody can say when someone else will not pay.
    etaMs: allReserved ? null : etaMs,
    isUnlikely: ahead >= BUYERS_ONE_IN * (state.remaining + state.held),
    isStill: ageMs >= STATE_OLD_MS,
  };
}

/** Everyone who waits, less those before and oneself. */
function behindOf({ threshold, line }: DropState, ahead: number): number {
  const early = Math.max(0, 1 - threshold.early) * line.early;
  const waiting = Math.floor(early + line.lateWaiting);
  // Whoever just came may not be counted yet: then nobody is behind them.
  return Math.max(0, waiting - ahead - 1);
}
