import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Hunt } from "./hunt.ts";
import type { Run } from "./simulate.ts";
import type { Share } from "./world-thread.ts";

/** Threads beyond the machine's processors only wait for each other. */
const THREADS_MAX = 16;

interface Ground {
  readonly firstSeed: number;
  readonly seeds: number;
  readonly ordersEach: number;
  readonly onRun?: (run: Run) => void;
}

/**
 * As hunt, on all processors. Of several failing seeds the lowest is told, as one thread alone would
 * find it: when one fails, the others play on until they have passed it.
 */
export async function huntInThreads(ground: Ground): Promise<Hunt> {
  const step = Math.min(availableParallelism(), ground.seeds, THREADS_MAX);
  const { ordersEach, firstSeed } = ground;
  const beforeSeed = new Int32Array(new SharedArrayBuffer(4)).fill(firstSeed + ground.seeds);
  let orders = 0;
  let found: Run | null = null;
  const endings = Array.from({ length: step }, (_, thread) => {
    const share: Share = { firstSeed: firstSeed + thread, beforeSeed, step, ordersEach };
    const worker = new Worker(new URL("world-thread.ts", import.meta.url), {
      workerData: share,
      execArgv: ["--disable-warning=ExperimentalWarning"],
    });
    worker.on("message", (run: Run) => {
      orders += run.orders;
      ground.onRun?.(run);
      if (run.finding !== null && run.seed < (found?.seed ?? Infinity)) found = run;
    });
    return new Promise<void>((resolve, reject) => {
      worker.once("error", reject);
      worker.once("exit", () => resolve());
    });
  });
  await Promise.all(endings);
  return { found, orders };
}
