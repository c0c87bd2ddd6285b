import { parentPort, workerData } from "node:worker_threads";
import { play, planOf } from "./simulate.ts";

/** A thread that plays its share of the seeds, each world in one thread from beginning to end. */
export interface Share {
  readonly firstSeed: number;
  /** Shared by the threads: the first seed that nobody need play, since an earlier one failed. */
  readonly beforeSeed: Int32Array;
  readonly step: number;
  readonly ordersEach: number;
}

// What the thread's starter passes is a Share.
const { firstSeed, beforeSeed, step, ordersEach } = workerData as Share;
for (let seed = firstSeed; seed < Atomics.load(beforeSeed, 0); seed += step) {
  const run = await play(seed, planOf(seed, ordersEach));
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
  parentPort?.postMessage(run);
  if (run.finding !== null) lower(seed);
}

function lower(seed: number): void {
  let known = Atomics.load(beforeSeed, 0);
  while (seed < known) {
    const was = Atomics.compareExchange(beforeSeed, 0, known, seed);
    if (was === known) return;
    known = was;
  }
}
