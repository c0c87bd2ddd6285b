import { parentPort, workerData } from "node:worker_threads";
import { play, planOf } from "./simulate.ts";

/** A thread that plays its share of the seeds, each world in one thread from beginning to end. */
export interface Share {
  readonly firstSeed: number;
  readonly beforeSeed: number;
  readonly step: number;
  readonly ordersEach: number;
}

// What the thread's starter passes is a Share.
const { firstSeed, beforeSeed, step, ordersEach } = workerData as Share;
for (let seed = firstSeed; seed < beforeSeed; seed += step) {
  const run = await play(seed, planOf(seed, ordersEach));
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
  parentPort?.postMessage(run);
  if (run.finding !== null) break;
}
