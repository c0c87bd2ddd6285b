import { ordering } from "../clients.ts";
import { closedLoop } from "../load/closed-loop.ts";
import { processorMs } from "../load/processor-time.ts";
import { median } from "../load/tally.ts";
import type { Part } from "../part.ts";
import { figure, table } from "../report/table.ts";
import { benchKeys, startShop, type Shop } from "../sale/subjects.ts";

const CONNECTIONS = 200;
/** Objects that share the stock of one product. */
const SHARDS = [1, 4] as const;
const KEYS_PER_SECOND = 4_000;
const KEYS_MAX = 100_000;
const WARM_UP_SECONDS = 1;

interface Rush {
  readonly ordersPerSecond: number;
  readonly processorMsEach: number;
}

/** Orders of one hot product whose stock lies in several objects, against one object. */
export const shards: Part = async ({ options: { rounds, seconds }, folder, say }) => {
  const keys = benchKeys(
    Math.min(KEYS_MAX, Math.ceil((rounds * seconds + WARM_UP_SECONDS) * KEYS_PER_SECOND)),
  );
  const shop = await startShop(folder, []);
  const found = new Map<number, Rush[]>(SHARDS.map((count) => [count, []]));
  try {
    const products = new Map<number, string>();
    for (const count of SHARDS) products.set(count, await shop.addProduct(keys, count));
    for (let round = 0; round <= rounds; round++) {
      for (const [count, productId] of products) {
        const rush = await orderFrom(shop, productId, round === 0 ? WARM_UP_SECONDS : seconds);
        // The round before the first warms up.
        if (round > 0) found.get(count)?.push(rush);
        say(`  ${count} objects: ${figure(rush.ordersPerSecond)} orders/s`);
      }
    }
  } finally {
    await shop.stop();
  }
  const alone = found.get(1) ?? [];
  const rows = [...found].map(([count, all]) => {
    const against = (of: keyof Rush) =>
      median(all.map((one, round) => one[of] / (alone[round]?.[of] ?? Number.NaN)));
    return [
      String(count),
      figure(median(all.map((one) => one.ordersPerSecond))),
      figure(against("ordersPerSecond")),
      figure(median(all.map((one) => one.processorMsEach))),
      figure(against("processorMsEach")),
    ];
  });
  return {
    markdown: table(
      [
        ["objects", "right"],
        ["orders per second", "right"],
        ["÷ one object", "right"],
        ["processor ms each", "right"],
        ["÷ one object", "right"],
      ],
      rows,
    ),
    data: Object.fromEntries(found),
  };
};

async function orderFrom(shop: Shop, productId: string, seconds: number): Promise<Rush> {
  const before = processorMs(shop.pids());
  const load = await closedLoop({
    origin: shop.origin,
    connections: CONNECTIONS,
    seconds,
    client: () => ordering({ ...shop, productId }, []),
  });
  await shop.atRest();
  const spentMs = processorMs(shop.pids()) - before;
  if (load.failures > 0) throw new Error(`${load.failures} of ${load.counted} orders failed`);
  return {
    ordersPerSecond: load.ratePerSecond,
    processorMsEach: spentMs / load.counted,
  };
}
