import type { Operation } from "./operations.ts";
import type { PlantedFault } from "./planted-fault.ts";
import { play } from "./simulate.ts";

/** Runs that one shrinking may take: a script shrinks fast, and its runs with it. */
const RUNS_MAX = 400;

interface Failure {
  readonly seed: number;
  readonly script: readonly Operation[];
  /** The law that must stay broken. */
  readonly law: string;
  readonly plant?: (() => PlantedFault) | undefined;
}

/**
 * The script without what the failure does not need: chunks are dropped, halves first, then ever
 * smaller ones, as long as the same law stays broken (delta debugging, Zeller 2002).
 */
export async function shrink({ seed, script, law, plant }: Failure): Promise<Operation[]> {
  let kept = [...script];
  let runs = 0;
  const stillFails = async (candidate: readonly Operation[]): Promise<boolean> => {
    runs++;
    return (await play(seed, candidate, plant)).finding?.law === law;
  };
  for (let size = kept.length >> 1; size >= 1 && runs < RUNS_MAX; size >>= 1) {
    for (let at = 0; at < kept.length && runs < RUNS_MAX;) {
      const candidate = kept.toSpliced(at, size);
      if (await stillFails(candidate)) kept = candidate;
      else at += size;
    }
  }
  return kept;
}
