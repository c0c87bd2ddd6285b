import { closedLoop, type Client } from "../load/closed-loop.ts";
import { processorMs } from "../load/processor-time.ts";
import { median } from "../load/tally.ts";
import type { Part } from "../part.ts";
import { demand, figure, table, verdict } from "../report/table.ts";
import { startShop, type Shop } from "../sale/subjects.ts";
import { isMet } from "../sale/targets.ts";

const KEYS_PER_CALL = 10_000;
const CALLS_PER_ROUND = 6;
const SECONDS_MAX = 120;
const TARGET = { atLeast: 20_000 };
/** How many calls are on their way at once. */
const WAYS = [1, 3] as const;

interface Imported {
  readonly keysPerSecond: number;
  readonly processorMicrosPerKey: number;
}

/** Keys that a merchant's program imports in a second: read, sealed, stored, answered. */
export const importing: Part = async ({ options: { rounds }, folder, say }) => {
  const shop = await startShop(folder, []);
  const found = new Map<number, Imported[]>(WAYS.map((ways) => [ways, []]));
  try {
    for (let round = 0; round <= rounds; round++) {
      for (const ways of WAYS) {
        const imported = await importKeys(shop, ways, `${round}-${ways}`);
        // The round before the first warms up.
        if (round > 0) found.get(ways)?.push(imported);
        say(`  ${ways} at once: ${figure(imported.keysPerSecond)} keys/s`);
      }
    }
  } finally {
    await shop.stop();
  }
  const rows = [...found].map(([ways, all]) => {
    const keysPerSecond = median(all.map((one) => one.keysPerSecond));
    const micros = median(all.map((one) => one.processorMicrosPerKey));
    return [
      String(ways),
      figure(keysPerSecond),
      demand(TARGET),
      verdict(isMet(keysPerSecond, TARGET)),
      figure(micros),
    ];
  });
  return {
    markdown: table(
      [
        ["calls at once", "right"],
        ["keys per second", "right"],
        ["target", "right"],
        ["met", "left"],
        ["processor µs for each", "right"],
      ],
      rows,
    ),
    data: { keysPerCall: KEYS_PER_CALL, imported: Object.fromEntries(found) },
  };
};

async function importKeys(shop: Shop, ways: number, name: string): Promise<Imported> {
  const before = processorMs(shop.pids());
  let calls = 0;
  const client = (): Client => ({
    next: () => {
      if (calls >= CALLS_PER_ROUND) return null;
      const call = `${name}-${calls++}`;
      return {
        method: "POST",
        path: `/admin/api/v1/products/${shop.productId}/keys`,
        headers: {
          authorization: `Bearer ${shop.adminToken}`,
          "content-type": "text/plain",
          "idempotency-key": `bench-import-${call}`,
        },
        body: keyFile(call),
      };
    },
    heard: ({ status, body }) =>
      status < 300 && body.includes(`"accepted":${KEYS_PER_CALL}`) ? "good" : "bad",
  });
  const load = await closedLoop({
    origin: shop.origin,
    connections: ways,
    seconds: SECONDS_MAX,
    client,
  });
  if (load.failures > 0) throw new Error(`${load.failures} imports of ${load.counted} failed`);
  const spentMs = processorMs(shop.pids()) - before;
  return {
    keysPerSecond: load.ratePerSecond * KEYS_PER_CALL,
    processorMicrosPerKey: (spentMs * 1_000) / (load.counted * KEYS_PER_CALL),
  };
}

/** Keys as they are sold: groups of capitals and digits, none twice. */
function keyFile(call: string): string {
  const salt = Buffer.from(call).toString("hex").toUpperCase();
  return Array.from(
    { length: KEYS_PER_CALL },
    (_, place) => `${salt}-${String(place).padStart(5, "0")}-K4M1-D20P`,
  ).join("\n");
}
