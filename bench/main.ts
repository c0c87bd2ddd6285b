import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildWorker, startBuiltWorker } from "../scripts/built-worker.ts";
import { migrate } from "../scripts/migrate.ts";
import { EPAY, ShopClient, throwAwaySecrets } from "../scripts/shop-client.ts";
import type { Load } from "./load.ts";
import { MEASURES, payOrders, placeOrders, type Subjects } from "./measures.ts";
import { markdown, rows, write } from "./report.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "3" },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
/** Enough for any machine this side of a data centre. */
const KEYS = Math.min(200_000, rounds * seconds * 8_000);

const SETTLE_LOOKS_MAX = 60;

const say = (text: string) => process.stderr.write(`${text}\n`);
const folder = await mkdtemp(join(tmpdir(), "kamidrop-bench-"));
say("building…");
const ceiling = await startBuiltWorker({
  bundle: await buildWorker(
    "bench/ceiling/worker.ts",
    join(folder, "ceiling"),
    "bench/ceiling/wrangler.toml",
  ),
  state: join(folder, "ceiling-state"),
  bindings: {},
  config: "bench/ceiling/wrangler.toml",
});
const secrets = throwAwaySecrets();
const shop = await startBuiltWorker({
  bundle: await buildWorker("src/index.ts", join(folder, "shop")),
  state: join(folder, "shop-state"),
  bindings: { ...secrets, PUBLIC_ORIGIN: "https://shop.example" },
  withoutAssets: true,
});

try {
  const subjects = await stock();
  const measured: Record<string, Load[]> = {};
  const note = (measure: string, load: Load) => {
    (measured[measure] ??= []).push(load);
    say(`  ${measure}: ${load.ratePerSecond.toFixed(0)}/s`);
  };
  for (let round = 1; round <= rounds; round++) {
    say(`round ${round} of ${rounds}`);
    // Measures take turns on the machine: at the same time they would measure each other.
    for (const [measure, run] of Object.entries(MEASURES)) note(measure, await run(subjects));
    const placed = await placeOrders(subjects);
    note("POST /orders", placed.load);
    await orderBookAtRest();
    note("notice → delivered", await payOrders(subjects, placed.orderIds));
    await orderBookAtRest();
  }
  const table = rows(measured);
  process.stdout.write(`${markdown(table)}\n`);
  await write(join(import.meta.dirname, "results"), measured, table);
} finally {
  await Promise.all([ceiling.stop(), shop.stop()]);
  await rm(folder, { recursive: true, force: true });
}

/** What one measure left to be written behind the sale must not be paid for by the next. */
async function orderBookAtRest(): Promise<void> {
  const database = await shop.miniflare.getD1Database("DB");
  const query = database.prepare("SELECT sum(version) AS versions FROM orders");
  let last: number | null = null;
  for (let looks = 0; looks < SETTLE_LOOKS_MAX; looks++) {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const counted = await query.first<{ versions: number }>();
    if (counted?.versions === last) return;
    last = counted?.versions ?? null;
  }
}

async function stock(): Promise<Subjects> {
  await migrate(shop.miniflare);
  const client = new ShopClient(shop.origin, secrets.ADMIN_TOKEN);
  const { accountId } = await client.open();
  const product = await client.product("hot", { hold_seconds: 3600, stock_display: "level" });
  say(`importing ${KEYS} keys for pid ${EPAY.pid}…`);
  const keys = Array.from({ length: KEYS }, (_, i) => `BENCH-${String(i).padStart(8, "0")}`);
  await client.importKeys(product.id, keys);
  return {
    ceiling: ceiling.origin,
    shop: shop.origin,
    accountId,
    productSlug: product.slug,
    productId: product.id,
    seconds,
  };
}
