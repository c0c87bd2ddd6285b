import { limited } from "../clients.ts";
import { closedLoop, type Client } from "../load/closed-loop.ts";
import { processorMs } from "../load/processor-time.ts";
import { difference, METER_PATH, type Readings } from "../meter/readings.ts";
import { startShop, type Shop } from "../sale/subjects.ts";
import { scaled } from "./usage.ts";
import type { Usage } from "./prices.ts";

export interface MeteredShop extends Shop {
  readings(): Promise<Readings>;
}

/** kamidrop with a meter around it (bench/meter). */
export async function startMeteredShop(
  folder: string,
  keys: readonly string[],
): Promise<MeteredShop> {
  const shop = await startShop(folder, keys, "bench/meter/index.ts");
  return {
    ...shop,
    readings: async () => (await (await fetch(`${shop.origin}${METER_PATH}`)).json()) as Readings,
  };
}

/** However slow the machine is. */
const SECONDS_MAX = 60;

export interface Metered {
  readonly connections: number;
  /** How often it is done, by all clients together. */
  readonly times: number;
  readonly client: () => Client;
}

/** What each of the acts that these clients do uses, with what is written behind it. */
export async function usageOf(
  shop: MeteredShop,
  { connections, times, client }: Metered,
): Promise<Usage> {
  const before = await shop.readings();
  const processorBefore = processorMs(shop.pids());
  const startedAt = performance.now();
  // All of them to the end: half a purchase would be billed and not counted.
  const { counted } = await closedLoop({
    origin: shop.origin,
    connections,
    seconds: SECONDS_MAX,
    client: limited(times, client),
  });
  const objectSeconds = (performance.now() - startedAt) / 1_000;
  await shop.atRest();
  const used = difference(await shop.readings(), before);
  // All of workerd's: Worker, objects, and the stand-ins of D1 and queues. More than is billed.
  const spentMs = processorMs(shop.pids()) - processorBefore;
  return scaled({ ...used, processorMs: spentMs, objectSeconds }, 1 / counted);
}
