import { median } from "../load/tally.ts";
import type { Measured } from "../load/costed.ts";
import type { Measure } from "./measures.ts";

export type Rounds = Readonly<Partial<Record<Measure, readonly Measured[]>>>;

export interface Demand {
  readonly atLeast?: number;
  readonly atMost?: number;
}

export const RESERVATIONS_PER_CALL: Demand = { atLeast: 20 };

/** A ratio of two measures of the same round; the figure is the median of the rounds. */
export interface Ratio extends Demand {
  readonly name: string;
  readonly of: Measure;
  readonly to: Measure;
  readonly figure: "ratePerSecond" | "p99Ms" | "processorMsEach";
  /** How many of the measure make one of what is compared. */
  readonly parts?: number;
}

const rate = { figure: "ratePerSecond" } as const;

export const RATIOS: readonly Ratio[] = [
  { name: "orders ÷ empty handler", of: "orders", to: "empty handler", ...rate, atLeast: 0.5 },
  { name: "orders ÷ empty RPC", of: "orders", to: "empty Worker→object RPC", ...rate, atLeast: 1 },
  {
    name: "notice → delivered ÷ empty RPC",
    of: "notice → delivered",
    to: "empty Worker→object RPC",
    ...rate,
    atLeast: 0.5,
  },
  {
    name: "whole purchases ÷ the baseline's",
    of: "whole purchases",
    to: "baseline: whole purchases",
    ...rate,
    atLeast: 1,
  },
  {
    name: "p99 of an order ÷ p99 of the empty RPC, at half the orders' load",
    of: "orders at half their load",
    to: "RPC at half the orders' load",
    figure: "p99Ms",
    atMost: 5,
  },
  {
    name: "catalogue JSON ÷ empty handler",
    of: "catalogue JSON",
    to: "empty handler",
    ...rate,
    atLeast: 0.7,
  },
  {
    name: "product page ÷ empty handler",
    of: "product page",
    to: "empty handler",
    ...rate,
    atLeast: 0.7,
  },
  { name: "orders ÷ one durable write", of: "orders", to: "one durable write per RPC", ...rate },
  {
    name: "notices ÷ one durable write",
    of: "notice → delivered",
    to: "one durable write per RPC",
    ...rate,
  },
  {
    name: "orders ÷ empty handler that reads one",
    of: "orders",
    to: "empty handler that reads an order",
    ...rate,
  },
  {
    name: "three empty requests as if they were a purchase ÷ the baseline's",
    of: "empty handler",
    to: "baseline: whole purchases",
    parts: 3,
    ...rate,
  },
  {
    name: "whole purchases ÷ the baseline's with everysec",
    of: "whole purchases",
    to: "baseline, everysec: whole purchases",
    ...rate,
  },
  {
    name: "processor time of a whole purchase ÷ the baseline's",
    of: "whole purchases",
    to: "baseline: whole purchases",
    figure: "processorMsEach",
  },
];

/** NaN where one of the two was not measured. */
export function ratioOf(rounds: Rounds, { of, to, figure, parts = 1 }: Ratio): number {
  const above = rounds[of] ?? [];
  const below = rounds[to] ?? [];
  return median(
    above.map((load, round) => load[figure] / parts / (below[round]?.[figure] ?? Number.NaN)),
  );
}

/** Null where nothing was demanded. What was not measured is not met. */
export function isMet(value: number, { atLeast, atMost }: Demand) {
  if (atLeast !== undefined) return value >= atLeast;
  return atMost === undefined ? null : value <= atMost;
}
