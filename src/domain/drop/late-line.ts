import { z } from "zod";

/**
 * How many joined when, after the opening: counts by the second, in order. Only a hint of pace (a ticket of
 * an identity that has one already counts too), so it may be lost or counted twice without harm: nobody is
 * let in or kept out by it, only sooner or later.
 */
export const lateLineSchema = z.object({
  /** Tickets minted in each second after the opening that `from` is the first of. */
  tickets: z.array(z.number().min(0)),
  from: z.int().min(0),
  /** Tickets of the seconds before `from`, which are all admitted. */
  before: z.number().min(0),
});
export type LateLine = z.infer<typeof lateLineSchema>;

/** What a controller keeps of its reports beside the sketches. */
export const savedLineSchema = z.object({
  late: lateLineSchema,
  known: z.boolean(),
  offsetMs: z.number(),
});

export const NO_LATE_LINE: LateLine = { tickets: [], from: 0, before: 0 };

/** A longer line than this is counted into its last second: half a day of waiting people. */
const SECONDS_MAX = 6 * 3_600;

export interface LateCount {
  /** After the opening; the first is 0. */
  readonly second: number;
  readonly tickets: number;
}

/** With what was reported anew. What is no count is left out. */
export function withLate(line: LateLine, counts: readonly LateCount[]): LateLine {
  const tickets = [...line.tickets];
  let { before } = line;
  for (const { second, tickets: count } of counts) {
    if (!Number.isSafeInteger(second) || second < 0 || !(count > 0) || !Number.isFinite(count))
      continue;
    const place = Math.min(second - line.from, SECONDS_MAX);
    if (place < 0) {
      before += count;
      continue;
    }
    while (tickets.length <= place) tickets.push(0);
    tickets[place] = (tickets[place] ?? 0) + count;
  }
  return { tickets, from: line.from, before };
}

/** All that were counted. */
export function lateTotal(line: LateLine): number {
  return line.tickets.reduce((sum, count) => sum + count, line.before);
}

/** Tickets minted by that many seconds after the opening, those of a begun second evenly. */
export function lateBy(line: LateLine, seconds: number): number {
  let sum = line.before;
  const whole = Math.min(line.tickets.length, Math.floor(seconds) - line.from);
  for (let place = 0; place < whole; place++) sum += line.tickets[place] ?? 0;
  const begun = line.tickets[Math.max(0, whole)] ?? 0;
  return sum + (whole >= 0 ? begun * (seconds - Math.floor(seconds)) : 0);
}

/**
 * Seconds after the opening by which `count` more than at `seconds` have joined; null where the whole line
 * is not that long.
 */
export function secondsForMore(line: LateLine, seconds: number, count: number): number | null {
  let left = count + lateBy(line, seconds) - line.before;
  for (const [place, tickets] of line.tickets.entries()) {
    if (left < tickets) return Math.max(seconds, line.from + place + left / tickets);
    left -= tickets;
  }
  return null;
}

/** Without the seconds that are admitted wholly: they are summed, and nobody asks for them again. */
export function forgetBefore(line: LateLine, seconds: number): LateLine {
  const gone = Math.min(line.tickets.length, Math.max(0, Math.floor(seconds) - line.from));
  if (gone === 0) return line;
  const sum = line.tickets.slice(0, gone).reduce((total, count) => total + count, 0);
  return {
    tickets: line.tickets.slice(gone),
    from: line.from + gone,
    before: line.before + sum,
  };
}
