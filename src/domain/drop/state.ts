import { z } from "zod";
import type { DropPhase } from "./drop.ts";
import { isEarly, type Rank } from "./rank.ts";
import { isAdmitted } from "./threshold.ts";

/**
 * What the controller publishes about once a second, and all that an edge needs to know to let people
 * in. The same for everyone: whoever holds a ticket finds their own place in it (`placeInLine`).
 */
export const dropStateSchema = z.object({
  /** Grows by one at each publication: an older one is never believed again. */
  seq: z.int().min(0),
  /** `sold_out` is final: no key is free and none is held, so none can come back. */
  status: z.enum(["upcoming", "open", "sold_out", "closed"]),
  threshold: z.object({
    early: z.number().min(0).max(1),
    lateUntilMs: z.int().nullable(),
  }),
  /** Keys that may still be reserved; 0 with `held` > 0: some may come back. */
  remaining: z.int().min(0),
  held: z.int().min(0),
  line: z.object({
    /** People who joined before the opening: an estimate, 2 % off or so. */
    early: z.number().min(0),
    /** People who joined later and are not admitted yet: an estimate. */
    lateWaiting: z.number().min(0),
  }),
  admittedPerSecond: z.number().min(0),
  /** When it was published, by the controller's clock held to those of the edges. */
  atMs: z.int(),
  opensAtMs: z.int(),
  closesAtMs: z.int(),
  /** Of the terms that it was made by: whoever has newer ones tells the controller. */
  termsVersion: z.int().min(1),
});
export type DropState = z.infer<typeof dropStateSchema>;

/** Older than this, the controller is down: whoever was admitted still is, nobody new. */
export const STATE_OLD_MS = 30_000;
/** Older than this, nobody is: there may be no keys left to let people in to. */
export const STATE_DEAD_MS = 5 * 60_000;

/**
 * What a state says to one who has a place in line.
 * - `waiting`: `ahead` people are before them, an estimate, and their turn comes in about `etaMs`; null where
 *   that cannot be told (nobody is let in right now).
 * - `all_held`: admitted, and every key is held by someone who may not pay.
 * - `busy`: the state is too old to be acted upon.
 */
export type Place =
  | { kind: "upcoming" }
  | { kind: "admitted" }
  | { kind: "all_held" }
  | { kind: "waiting"; ahead: number; etaMs: number | null }
  | { kind: "sold_out" }
  | { kind: "closed" }
  | { kind: "busy" };

/**
 * The place of a rank by the state that this edge has. `phase` is by the edge's own clock and the drop's
 * own record (dropPhase), so a controller whose clock is off opens nothing early and nothing late;
 * `ageMs` is how old the state is.
 */
export function placeInLine(
  rank: Rank,
  state: DropState,
  at: { readonly phase: DropPhase; readonly ageMs: number },
): Place {
  if (at.phase === "closed" || state.status === "closed") return { kind: "closed" };
  if (state.status === "sold_out") return { kind: "sold_out" };
  if (at.phase === "upcoming") return { kind: "upcoming" };
  if (at.ageMs >= STATE_DEAD_MS) return { kind: "busy" };
  const isOld = at.ageMs >= STATE_OLD_MS;
  // The threshold may lie a moment ahead of its state, for those who come meanwhile. Not for ever.
  const isNew = !isEarly(rank) && rank.joinedAtMs > state.atMs;
  if (isAdmitted(rank, state.threshold) && !(isOld && isNew)) {
    return state.remaining === 0 && state.held > 0 ? { kind: "all_held" } : { kind: "admitted" };
  }
  const ahead = peopleAhead(rank, state);
  const etaMs =
    isOld || state.admittedPerSecond <= 0
      ? null
      : Math.ceil((ahead / state.admittedPerSecond) * 1_000);
  return { kind: "waiting", ahead, etaMs };
}

/** People before that rank who are not admitted yet: an estimate. */
function peopleAhead(rank: Rank, { threshold, line, atMs }: DropState): number {
  if (isEarly(rank)) {
    return Math.max(0, Math.floor((rank.draw - threshold.early) * line.early));
  }
  const early = (1 - threshold.early) * line.early;
  // Late people are taken to have come evenly: the state is the same for everyone and says no more.
  const fromMs = threshold.lateUntilMs ?? 0;
  const span = Math.max(1, atMs - fromMs);
  const share = Math.min(1, Math.max(0, (rank.joinedAtMs - fromMs) / span));
  return Math.floor(early + share * line.lateWaiting);
}
