import { parseArgs } from "node:util";

export const PARTS = [
  "sale",
  "edge",
  "cost",
  "growth",
  "import",
  "shards",
  "gateways",
  "risk",
  "overload",
] as const;
export type PartName = (typeof PARTS)[number];

export interface Options {
  readonly rounds: number;
  /** How long each measure runs in each round. */
  readonly seconds: number;
  readonly only: ReadonlySet<PartName>;
}

export const USAGE = `npm run bench -- [options]
  --rounds N     rounds of each measure, of which medians are taken (5)
  --seconds S    how long a measure runs in a round (3)
  --only A,B     parts of: ${PARTS.join(", ")} (all of them)`;

/** Throws a TypeError that says what is wrong with the words. */
export function readOptions(words: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...words],
    options: {
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "3" },
      only: { type: "string", default: PARTS.join(",") },
    },
  });
  return {
    rounds: within("rounds", Number(values.rounds), 1, 50),
    seconds: within("seconds", Number(values.seconds), 0.5, 60),
    only: new Set(values.only.split(",").map(partName)),
  };
}

function within(name: string, value: number, least: number, most: number): number {
  if (value >= least && value <= most) return value;
  throw new TypeError(`--${name}: from ${least} to ${most}`);
}

function partName(text: string): PartName {
  const part = PARTS.find((name) => name === text);
  if (part === undefined) throw new TypeError(`--only: "${text}" is none of ${PARTS.join(", ")}`);
  return part;
}
