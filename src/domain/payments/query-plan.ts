import type { AccountId } from "../ids.ts";

/** How a minute's questions to gateways are cut up among invocations: the arithmetic, and no clock. */

/** Orders that one invocation asks about: each has six connections of its own, and some seconds. */
export const SLICE_MAX = 60;
/** Of all accounts, in a minute. */
const SLICES_MAX = 300;
const MINUTE_MS = 60_000;

/** An account with more orders due in this minute than were taken at once. */
export interface Backlog {
  readonly accountId: AccountId;
  readonly due: number;
  /** Taken at once: they count towards the minute's rate. */
  readonly taken: number;
  /** How many its gateway may be asked about in a minute. */
  readonly perMinute: number;
}

/** Some of an account's orders, to be asked about by an invocation of their own. */
export interface Slice {
  readonly accountId: AccountId;
  readonly most: number;
  /** When, from the beginning of the minute, milliseconds. */
  readonly afterMs: number;
}

/** The time from one question to the next, milliseconds. */
export function spacingMs(perMinute: number): number {
  return MINUTE_MS / perMinute;
}

/**
 * Each account's slices follow one another at its gateway's rate, and end with the minute. Where there are more than
 * all together may have, each account has its first before any has its second.
 */
export function planSlices(backlogs: readonly Backlog[]): Slice[] {
  const perAccount = backlogs.map(slicesOf);
  const rounds = Math.max(0, ...perAccount.map((slices) => slices.length));
  return Array.from({ length: rounds }, (_, round) =>
    perAccount.flatMap((slices) => slices[round] ?? []),
  )
    .flat()
    .slice(0, SLICES_MAX);
}

function slicesOf({ accountId, due, taken, perMinute }: Backlog): Slice[] {
  const rest = Math.min(due, Math.max(0, perMinute - taken));
  return Array.from({ length: Math.ceil(rest / SLICE_MAX) }, (_, index) => {
    const before = index * SLICE_MAX;
    const most = Math.min(SLICE_MAX, rest - before);
    return { accountId, most, afterMs: Math.floor((taken + before) * spacingMs(perMinute)) };
  });
}
