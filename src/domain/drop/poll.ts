import type { Place } from "./state.ts";

/** Nearest the threshold people ask about as often as the state changes. */
const NEAREST_MS = 1_000;
const FARTHEST_MS = 30_000;
/** Of the time that is left: they come back some times before their turn, and learn of haste on the way. */
const SHARE_OF_WAIT = 0.25;
/** Where nobody is let in right now, the distance alone counts: as if one came in every so often. */
const UNKNOWN_MS_EACH = 40;
/** When all are let in at one moment, they come back over so long. */
const OPENING_SPREAD_MS = 3_000;

/**
 * When to ask again, in milliseconds: sooner the nearer the turn, and spread by up to a half, so that
 * those who asked together do not for ever. `random` is in [0, 1). Null: there is nothing more to ask.
 */
export function pollAfterMs(
  place: Place,
  at: { readonly opensAtMs: number; readonly nowMs: number },
  random: number,
): number | null {
  switch (place.kind) {
    case "sold_out":
    case "closed":
      return null;
    case "upcoming": {
      const left = Math.max(0, at.opensAtMs - at.nowMs);
      // The last wait of all ends just after the opening, each at a moment of its own.
      return left <= FARTHEST_MS
        ? Math.round(left + random * OPENING_SPREAD_MS)
        : Math.round(FARTHEST_MS * (1 - random / 2));
    }
    case "admitted":
      return NEAREST_MS;
    case "all_held":
      return jittered(2 * NEAREST_MS, random);
    case "busy":
      return jittered(5 * NEAREST_MS, random);
    case "waiting":
      return jittered((place.etaMs ?? place.ahead * UNKNOWN_MS_EACH) * SHARE_OF_WAIT, random);
    default:
      return place satisfies never;
  }
}

function jittered(ms: number, random: number): number {
  return Math.round(Math.min(FARTHEST_MS, Math.max(NEAREST_MS, ms)) * (1 + random / 2));
}
