import { join } from "node:path";
import { METER_PATH, type Readings } from "../../../bench/meter/readings.ts";
import { buildWorker, startBuiltWorker } from "../../built-worker.ts";
import { migrate } from "../../migrate.ts";
import { ShopClient, throwAwaySecrets } from "../../shop-client.ts";

/** The Worker as it is built for production, with a meter around it, and one product with its keys. */
export async function openShop(folder: string, keys: readonly string[]) {
  const secrets = throwAwaySecrets();
  const worker = await startBuiltWorker({
    bundle: await buildWorker("bench/meter/index.ts", join(folder, "bundle")),
    state: join(folder, "state"),
    bindings: { ...secrets, PUBLIC_ORIGIN: "https://shop.example" },
    withoutAssets: true,
    onLog: ({ level, message }) => {
      if (level === "error") process.stderr.write(`${message}\n`);
    },
  });
  await migrate(worker.miniflare);
  const client = new ShopClient(worker.origin, secrets.ADMIN_TOKEN);
  const { accountId } = await client.open("https://pay.example.com/");
  const product = await client.product("drop-key");
  await client.importKeys(product.id, keys);
  return {
    origin: worker.origin,
    client,
    accountId,
    productId: product.id,
    readings: async () => (await (await fetch(`${worker.origin}${METER_PATH}`)).json()) as Readings,
    stock: () =>
      client.admin<{ free: number; held: number; sold: number }>(
        "GET",
        `/products/${product.id}/stock`,
      ),
    stop: () => worker.stop(),
  };
}

export type RealShop = Awaited<ReturnType<typeof openShop>>;

export interface RealDrop {
  readonly id: string;
  readonly seed_commitment: string;
}

export function announceDrop(
  shop: RealShop,
  of: { opensAtMs: number; quantity: number; holdSeconds: number },
): Promise<RealDrop> {
  return shop.client.admin<RealDrop>("POST", "/drops", {
    product_id: shop.productId,
    opens_at: new Date(of.opensAtMs).toISOString(),
    closes_at: new Date(of.opensAtMs + 3_600_000).toISOString(),
    quantity: of.quantity,
    per_buyer: 1,
    hold_seconds: of.holdSeconds,
    policy: { qualification: "none", challenge: "never" },
  });
}
