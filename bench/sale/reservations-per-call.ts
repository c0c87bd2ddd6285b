import { ordering } from "../clients.ts";
import { startMeteredShop } from "../cost/metered-shop.ts";
import { closedLoop } from "../load/closed-loop.ts";
import { difference } from "../meter/readings.ts";
import type { BenchContext } from "../part.ts";
import { benchKeys } from "./subjects.ts";

const CONNECTIONS = 200;
const SECONDS = 2;
const KEYS_PER_ROUND = 20_000;

/** How many buyers' reservations a call of the hot object carries, in each round. On a metered shop of its own. */
export async function reservationsPerCall({ options, folder }: BenchContext): Promise<number[]> {
  const shop = await startMeteredShop(folder, benchKeys(options.rounds * KEYS_PER_ROUND));
  const found: number[] = [];
  try {
    for (let round = 1; round <= options.rounds; round++) {
      const before = await shop.readings();
      const client = () => ordering(shop, []);
      await closedLoop({ origin: shop.origin, connections: CONNECTIONS, seconds: SECONDS, client });
      const { reservations, reserveCalls } = difference(await shop.readings(), before);
      found.push(reservations / reserveCalls);
      await shop.atRest();
    }
  } finally {
    await shop.stop();
  }
  return found;
}
