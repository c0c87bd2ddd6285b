import { join } from "node:path";
import { buildWorker, startBuiltWorker, type BuiltWorker } from "../../scripts/built-worker.ts";
import { migrate } from "../../scripts/migrate.ts";
import { ShopClient, throwAwaySecrets } from "../../scripts/shop-client.ts";
import type { Seller } from "../clients.ts";
import type { Subject } from "../load/costed.ts";
import { childrenOf } from "../load/processor-time.ts";

export type SellingSubject = Subject & Seller;

export interface Shop extends SellingSubject {
  readonly productSlug: string;
  readonly adminToken: string;
  /** Another product with these keys, in so many stock objects; answers its id. */
  addProduct(keys: readonly string[], stockShards: number): Promise<string>;
  /** A product without keys. */
  readonly emptyProductId: string;
  /** A drop whose line may be joined; it opens long after the run. */
  readonly dropId: string;
}

const LOOK_EVERY_MS = 1_000;
const LOOKS_MAX = 90;

/** The platform's floor: bench/ceiling. */
export async function startCeiling(folder: string): Promise<Subject> {
  const config = "bench/ceiling/wrangler.toml";
  const bundle = await buildWorker("bench/ceiling/worker.ts", join(folder, "ceiling"), config);
  const state = join(folder, "ceiling-state");
  const { worker, pids } = await started({ bundle, state, bindings: {}, config });
  return {
    origin: worker.origin,
    pids,
    atRest: () => Promise.resolve(),
    stop: () => worker.stop(),
  };
}

/** kamidrop as it is deployed, with one hot product of these keys. `entry`: another build of it. */
export async function startShop(
  folder: string,
  keys: readonly string[],
  entry = "src/index.ts",
): Promise<Shop> {
  const secrets = throwAwaySecrets();
  const { worker, pids } = await started({
    bundle: await buildWorker(entry, join(folder, "shop")),
    state: join(folder, "shop-state"),
    bindings: { ...secrets, PUBLIC_ORIGIN: "https://shop.example" },
    withoutAssets: true,
  });
  await migrate(worker.miniflare);
  const client = new ShopClient(worker.origin, secrets.ADMIN_TOKEN);
  // Built as it is deployed, it takes no gateway on this machine; nobody is sent there either.
  const { accountId } = await client.open("https://pay.example.com/");
  const product = await client.product("hot", { hold_seconds: 3600, stock_display: "level" });
  await client.importKeys(product.id, keys);
  const empty = await client.product("empty");
  const dropId = await announceDrop(client);
  let products = 0;
  return {
    origin: worker.origin,
    accountId,
    productId: product.id,
    productSlug: product.slug,
    adminToken: secrets.ADMIN_TOKEN,
    addProduct: async (more, stockShards) => {
      const settings = { hold_seconds: 3600, stock_shards: stockShards };
      const added = await client.product(`in-${stockShards}-${++products}`, settings);
      await client.importKeys(added.id, more);
      return added.id;
    },
    emptyProductId: empty.id,
    dropId,
    pids,
    atRest: () => orderBookAtRest(worker),
    stop: () => worker.stop(),
  };
}

/** Everyone may join: what a ticket costs is measured, not what a challenge does. */
async function announceDrop(client: ShopClient): Promise<string> {
  const product = await client.product("in-a-drop");
  await client.importKeys(product.id, ["DROP-1"]);
  const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
  const drop = await client.admin<{ id: string }>("POST", "/drops", {
    product_id: product.id,
    opens_at: inDays(1),
    closes_at: inDays(2),
    quantity: 1,
    policy: { challenge: "never" },
  });
  return drop.id;
}

export function benchKeys(count: number): string[] {
  return Array.from({ length: count }, (_, place) => `BENCH-${String(place).padStart(8, "0")}`);
}

/** workerd is a child of this process, and Miniflare does not say which: the one that is new. */
async function started(options: Parameters<typeof startBuiltWorker>[0]) {
  const before = new Set(childrenOf(process.pid));
  const worker = await startBuiltWorker(options);
  const own = childrenOf(process.pid).filter((pid) => !before.has(pid));
  return { worker, pids: () => own };
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
