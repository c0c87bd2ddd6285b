import type { Ticket } from "./ticket.ts";

/**
 * A place in line, as what orders it: early people all joined "at 0" and are ordered by their draws;
 * later ones by the moment they joined, and by their draws within one millisecond.
 */
export interface Rank {
  /** 0 for whoever joined before the opening. */
  readonly joinedAtMs: number;
  /** In [0, 1). */
  readonly draw: number;
}

export function rankOf(ticket: Pick<Ticket, "joinedAtMs">, opensAtMs: number, draw: number): Rank {
  return { joinedAtMs: ticket.joinedAtMs < opensAtMs ? 0 : ticket.joinedAtMs, draw };
}

export function isEarly(rank: Rank): boolean {
  return rank.joinedAtMs === 0;
}

/** Negative where `a` is before `b`. */
export function compareRank(a: Rank, b: Rank): number {
  return a.joinedAtMs - b.joinedAtMs || a.draw - b.draw;
}
