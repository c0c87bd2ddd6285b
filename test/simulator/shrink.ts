import type { Operation } from "./operations.ts";
import type { PlantedFault } from "./planted-fault.ts";
import { play } from "./simulate.ts";
import type { Scene } from "./world.ts";

/** Runs that one shrinking may take: a script shrinks fast, and its runs with it. */
const RUNS_MAX = 500;
/** From so few operations on, all rows are audited after each commit: nothing need make up the numbers. */
const CLOSELY_FROM = 200;

interface Failure {
  readonly seed: number;
  readonly script: readonly Operation[];
  /** The law that must stay broken. */
  readonly law: string;
  readonly plant?: (() => PlantedFault) | undefined;
  readonly scene?: Scene;
  readonly onRun?: (runs: number, size: number) => void;
}

/** A script, and the law that it breaks when it is watched closely. */
export interface Shrunk {
  readonly script: readonly Operation[];
  readonly law: string;
}

/**
 * The script without what the failure does not need: chunks are dropped, halves first, then ever
 * smaller ones, as long as the same law stays broken (delta debugging, Zeller 2002). Watched closely
 * a small script may break another law first, and sooner: from then on that is the one.
 */
export async function shrink(failure: Failure): Promise<Shrunk> {
  const { seed, plant, scene = "sale" } = failure;
  let { law, script: kept } = failure;
  let runs = 0;
  let closely = false;
  const broken = async (candidate: readonly Operation[]): Promise<string | undefined> => {
    failure.onRun?.(++runs, kept.length);
    return (await play(seed, candidate, plant, { closely, scene })).finding?.law;
  };
  for (let size = kept.length >> 1; size >= 1 && runs < RUNS_MAX;) {
    if (!closely && kept.length <= CLOSELY_FROM) {
      closely = true;
      law = (await broken(kept)) ?? law;
    }
    const before = kept.length;
    for (let at = 0; at < kept.length && runs < RUNS_MAX;) {
      const candidate = kept.toSpliced(at, size);
      if ((await broken(candidate)) === law) kept = candidate;
      else at += size;
    }
    // What could not go before may go now, without what went since.
    size = size === 1 && kept.length < before ? Math.max(1, kept.length >> 2) : size >> 1;
  }
  return { script: kept, law };
}
