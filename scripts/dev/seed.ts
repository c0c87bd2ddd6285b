import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { adminClient, type AdminClient } from "./admin-client.ts";
import {
  demoKeys,
  DROP_LASTS_MS,
  DROP_OPENS_AFTER_MS,
  MERCHANT,
  PRODUCTS,
  type DemoProduct,
} from "./demo-shop.ts";

/** Lies in the state folder and goes away with it: what it stands beside has the demo data. */
const MARK = "kamidrop-demo.json";

interface Mark {
  readonly origin: string;
}

export interface SeedOptions {
  readonly origin: string;
  readonly state: string;
  readonly adminToken: string;
}

/**
 * The demo data, on an empty store only: a product that was edited or archived stays as it is. True
 * when it was made now. Interrupted half-way it starts over, and every call says it is the same one.
 */
export async function seedOnce({ origin, state, adminToken }: SeedOptions): Promise<boolean> {
  const client = adminClient(origin, adminToken);
  const path = join(state, MARK);
  const mark = await readMark(path);
  if (mark?.origin === origin) return false;

  if (mark === null) await client.create("/merchants", MERCHANT, "demo-merchant-of-npm-run-dev");
  // Where the shop has moved to another port, its gateways have moved with it.
  await seedGateways(client, origin);
  if (mark === null) await seedProducts(client);
  await mkdir(state, { recursive: true });
  await writeFile(path, `${JSON.stringify({ origin } satisfies Mark)}\n`);
  return mark === null;
}

async function readMark(path: string): Promise<Mark | null> {
  const text = await readFile(path, "utf8").catch(() => null);
  return text === null ? null : (JSON.parse(text) as Mark);
}

async function seedProducts(client: AdminClient): Promise<void> {
  for (const product of PRODUCTS) {
    // In the order in which the shop lists them.
    await seedProduct(client, product);
  }
}

interface DemoAccount {
  readonly slug: string;
  readonly title: string;
  readonly gateway: string;
  readonly currency: string;
  readonly credentials: object;
  readonly position?: number;
}

/** Made, or where it is there already, given these credentials. Answers its id. */
async function putAccount(
  client: AdminClient,
  origin: string,
  account: DemoAccount,
): Promise<string> {
  const key = `demo-account-${account.slug}-at-${origin}`;
  const made = await client.create<{ id: string }>("/payment-accounts", account, key);
  if (made !== null) return made.id;
  const list = await client.get<{ data: { id: string; slug: string }[] }>("/payment-accounts");
  const found = list.data.find(({ slug }) => slug === account.slug);
  if (found === undefined) throw new Error("The demo payment account could not be made.");
  await client.patch(`/payment-accounts/${found.id}`, { credentials: account.credentials });
  return found.id;
}

interface Simulated {
  readonly gateway: string;
  readonly title: string;
  readonly currency: string;
  readonly credentials: object;
  readonly needs_webhook: boolean;
}

/** An account at each simulated gateway, with the keys that it made for itself. */
async function seedGateways(client: AdminClient, origin: string): Promise<void> {
  const listed = await fetch(`${origin}/sandbox/gateways.json`);
  if (!listed.ok) throw new Error(`/sandbox/gateways.json: ${listed.status}`);
  const { data } = (await listed.json()) as { data: Simulated[] };
  for (const [n, { gateway, title, currency, credentials, needs_webhook }] of data.entries()) {
    const shown = { slug: gateway, title: `${title}（模拟）`, position: n };
    const id = await putAccount(client, origin, { ...shown, gateway, currency, credentials });
    if (!needs_webhook) continue;
    await fetch(`${origin}/sandbox/${gateway}/webhook`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ url: `${origin}/payments/${id}/notify` }),
    });
  }
}

async function seedProduct(client: AdminClient, product: DemoProduct): Promise<void> {
  const { body, keys, drop } = product;
  const made = await client.create<{ id: string }>("/products", body, `demo-product-${body.slug}`);
  if (made === null || keys === 0) return;
  const path = `/products/${made.id}/keys?batch=demo`;
  await client.sendText(path, demoKeys(body.slug, keys), `demo-keys-${body.slug}`);
  if (drop !== undefined) await seedDrop(client, made.id, drop);
}

/** Seeding that was interrupted finds a drop that is not over (409), and leaves it. */
async function seedDrop(
  client: AdminClient,
  productId: string,
  settings: Readonly<Record<string, unknown>>,
): Promise<void> {
  const opensAtMs = Date.now() + DROP_OPENS_AFTER_MS;
  const opens_at = new Date(opensAtMs).toISOString();
  const closes_at = new Date(opensAtMs + DROP_LASTS_MS).toISOString();
  const body = { product_id: productId, opens_at, closes_at, ...settings };
  await client.create("/drops", body, `demo-drop-${opensAtMs}`);
}
