import type { PlantedFault } from "./planted-fault.ts";
import { play, planOf, type Run } from "./simulate.ts";
import type { Scene } from "./world.ts";

export interface Hunt {
  /** The run that broke a promise; null where none did. */
  readonly found: Run | null;
  /** Orders that were simulated until then. */
  readonly orders: number;
}

interface Ground {
  readonly firstSeed: number;
  readonly seeds: number;
  readonly ordersEach: number;
  readonly plant?: (() => PlantedFault) | undefined;
  /** Of sales, where it is not said. */
  readonly scene?: Scene;
  readonly onRun?: (run: Run) => void;
}

/** Plays one seed after the other until a promise is broken. */
export async function hunt({
  firstSeed,
  seeds,
  ordersEach,
  plant,
  scene = "sale",
  onRun,
}: Ground): Promise<Hunt> {
  let orders = 0;
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    const run = await play(seed, planOf(seed, ordersEach, scene), plant, { scene });
    orders += run.orders;
    onRun?.(run);
    if (run.finding !== null) return { found: run, orders };
  }
  return { found: null, orders };
}
