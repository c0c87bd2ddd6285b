import { join } from "node:path";
import { buildWorker, startBuiltWorker, type BuiltWorker } from "../../scripts/built-worker.ts";
import { migrate } from "../../scripts/migrate.ts";
import { ShopClient, throwAwaySecrets } from "../../scripts/shop-client.ts";
import type { Seller } from "../clients.ts";

/** A server under measurement. */
export interface Subject {
  readonly origin: string;
  stop(): Promise<void>;
}

export interface SellingSubject extends Subject, Seller {
  readonly productSlug: string;
  /** Waits until what a measure left to be written behind the sale is written: the next one is not to pay for it. */
  atRest(): Promise<void>;
}

const LOOK_EVERY_MS = 1_000;
const LOOKS_MAX = 90;

/** The platform's floor: bench/ceiling. */
export async function startCeiling(folder: string): Promise<Subject> {
  const config = "bench/ceiling/wrangler.toml";
  const bundle = await buildWorker("bench/ceiling/worker.ts", join(folder, "ceiling"), config);
  const state = join(folder, "ceiling-state");
  return startBuiltWorker({ bundle, state, bindings: {}, config });
}

/** kamidrop as it is deployed, with one hot product of `keys` keys. */
export async function startShop(folder: string, keys: number): Promise<SellingSubject> {
  const secrets = throwAwaySecrets();
  const worker = await startBuiltWorker({
    bundle: await buildWorker("src/index.ts", join(folder, "shop")),
    state: join(folder, "shop-state"),
    bindings: { ...secrets, PUBLIC_ORIGIN: "https://shop.example" },
    withoutAssets: true,
  });
  await migrate(worker.miniflare);
  const client = new ShopClient(worker.origin, secrets.ADMIN_TOKEN);
  const { accountId } = await client.open();
  const product = await client.product("hot", { hold_seconds: 3600, stock_display: "level" });
  await client.importKeys(product.id, benchKeys(keys));
  return {
    origin: worker.origin,
    accountId,
    productId: product.id,
    productSlug: product.slug,
    atRest: () => orderBookAtRest(worker),
    stop: () => worker.stop(),
  };
}

function benchKeys(count: number): string[] {
  return Array.from({ length: count }, (_, place) => `BENCH-${String(place).padStart(8, "0")}`);
}

async function orderBookAtRest({ miniflare }: BuiltWorker): Promise<void> {
  const database = await miniflare.getD1Database("DB");
  const query = database.prepare("SELECT sum(version) AS versions FROM orders");
  let last: number | null = null;
  for (let looks = 0; looks < LOOKS_MAX; looks++) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    const counted = await query.first<{ versions: number }>();
    if (counted?.versions === last) return;
    last = counted?.versions ?? null;
  }
  throw new Error("the order book does not come to rest");
}
