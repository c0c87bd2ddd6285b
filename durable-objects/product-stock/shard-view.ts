import type { Spare } from "./shard-contract.ts";

/** What one look at all shards of a product found for one variant. */
export interface View {
  /** The own shard among them; null where one did not answer. */
  readonly shards: ReadonlyMap<number, Spare | null>;
  /** Each shard counted up to this many. */
  readonly counted: number;
}

/** Free keys over all shards, as far as they answered. */
export function freeIn({ shards }: View): number {
  let free = 0;
  for (const spare of shards.values()) free += spare?.free ?? 0;
  return free;
}

/** Whether every shard answered. */
export function isWhole({ shards }: View): boolean {
  return Array.from(shards.values()).every((spare) => spare !== null);
}

/** Whether `next` can say anything against what `view` counted: no shard got keys, none is moving. */
function stood(view: View, next: View): boolean {
  return Array.from(view.shards).every(([number, before]) => {
    const after = next.shards.get(number);
    if (!before || !after) return false;
    const still = before.moving.length === 0 && after.moving.length === 0;
    return still && before.arrivals === after.arrivals;
  });
}

/**
 * The most keys that all shards together can have had free at one moment, namely when the second
 * look began; null where two looks do not tell. One look is no proof: a key may move from a shard
 * not yet asked to one asked already. Two are, if no shard got a key between them and none was on
 * its way: what the first look counted can only have shrunk. (Double collect, as in Afek et al.,
 * "Atomic snapshots of shared memory", 1993.)
 */
export function provenFree(view: View, next: View): number | null {
  return stood(view, next) ? freeIn(view) : null;
}

/** Shards with a transfer that both looks saw: whoever made it is slow, or dead. */
export function stuck(view: View, next: View): number[] {
  return Array.from(view.shards).flatMap(([number, before]) => {
    const moving = new Set(next.shards.get(number)?.moving);
    return before?.moving.some((transfer) => moving.has(transfer)) ? [number] : [];
  });
}

/** The others that have any, the richest first; equal ones in the order in which they were asked. */
export function lenders({ shards }: View, own: number): number[] {
  return Array.from(shards)
    .flatMap(([number, spare]) =>
      number === own || !spare || spare.free === 0 ? [] : [{ number, free: spare.free }],
    )
    .toSorted((a, b) => b.free - a.free)
    .map((lender) => lender.number);
}
