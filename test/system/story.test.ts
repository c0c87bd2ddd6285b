import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildWorker, startBuiltWorker, type BuiltWorker } from "../../scripts/built-worker.ts";
import { migrate } from "../../scripts/migrate.ts";
import {
  noticePath,
  ShopClient,
  throwAwaySecrets,
  type ShopProduct,
} from "../../scripts/shop-client.ts";
import { killWorkerd } from "../support/node/kill-workerd.ts";
import { lapseLeasesOfTheDead } from "../support/node/lapsed-leases.ts";

/**
 * The built Worker from the outside, its storage on disk: one shop's life with a quiet restart and a
 * killed process in it. The tests are chapters and run in order.
 */
const secrets = throwAwaySecrets();
const HOLD_SECONDS = 4;
let folder: string;
let bundle: string;
let worker: BuiltWorker;
let shop: ShopClient;
let accountId: string;
let product: ShopProduct;

interface Order {
  id: string;
  access_token: string;
  state: string;
  keys: { secret: string }[] | null;
}

async function start(): Promise<void> {
  worker = await startBuiltWorker({
    bundle,
    state: join(folder, "state"),
    bindings: { ...secrets, KAMIDROP_ENV: "development" },
    withoutAssets: true,
    onLog: () => {},
  });
  shop = new ShopClient(worker.origin, secrets.ADMIN_TOKEN);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kamidrop-story-"));
  bundle = await buildWorker("src/development/index.ts", join(folder, "bundle"));
  await start();
  await migrate(worker.miniflare);
  accountId = (await shop.open()).accountId;
  product = await shop.product("story", { hold_seconds: HOLD_SECONDS });
});

afterAll(async () => {
  await worker.stop();
  await rm(folder, { recursive: true, force: true });
});

async function placeOrder(key: string = randomUUID()): Promise<Order> {
  const response = await fetch(`${worker.origin}/api/v1/orders`, {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": key },
    body: JSON.stringify({
      product_id: product.id,
      quantity: 1,
      email: `${key}@example.com`,
      payment_method: "epay",
    }),
  });
  expect(response.status).toBe(201);
  return (await response.json()) as Order;
}

async function readOrder(order: Order): Promise<Order> {
  const response = await fetch(`${worker.origin}/api/v1/orders/${order.id}`, {
    headers: { authorization: `Bearer ${order.access_token}` },
  });
  return { ...order, ...((await response.json()) as Omit<Order, "access_token">) };
}

async function pay(order: Order): Promise<string> {
  const notice = { orderId: order.id, tradeNo: `trade-${order.id}`, money: "10.00" };
  return (await fetch(worker.origin + noticePath(accountId, notice))).text();
}

const secretsOf = (order: Order) => (order.keys ?? []).map((key) => key.secret);
const stock = () => shop.admin<object>("GET", `/products/${product.id}/stock`);

/** Each mail once: a sender that was killed before it could say "sent" sends again, under the same id. */
async function mailsOf(order: Order): Promise<{ text: string }[]> {
  const response = await fetch(`${worker.origin}/dev/mail.json?order_id=${order.id}`);
  const mails = (await response.json()) as { id: string; text: string }[];
  return [...new Map(mails.map((mail) => [mail.id, mail])).values()];
}

/** The order as the book in D1 has it; what it lacks is written behind the sale. */
async function bookedState(order: Order): Promise<string | undefined> {
  const { data } = await shop.admin<{ data: Order[] }>("GET", "/orders?limit=100");
  return data.find((row) => row.id === order.id)?.state;
}

const SOON = { timeout: 40_000, interval: 250 };

describe("the life of a shop", () => {
  const bought: Order[] = [];

  test("a buyer pays, three notices come at once, and one key is theirs", async () => {
    expect(await shop.importKeys(product.id, ["STORY-1", "STORY-2", "STORY-3"])).toBe(3);
    const order = await placeOrder();
    expect(await Promise.all([pay(order), pay(order), pay(order)])).toEqual([
      "success",
      "success",
      "success",
    ]);
    const delivered = await readOrder(order);
    expect(delivered.state).toBe("delivered");
    expect(secretsOf(delivered)).toEqual(["STORY-1"]);
    expect(await stock()).toMatchObject({ free: 2, held: 0, sold: 1 });
    await expect.poll(() => mailsOf(order), SOON).toHaveLength(1);
    expect((await mailsOf(order))[0]?.text).toContain("STORY-1");
    await expect.poll(() => bookedState(order), SOON).toBe("delivered");
    bought.push(delivered);
  });

  test("after a restart the key is still theirs, and a hold of before is paid after", async () => {
    const waiting = await placeOrder();
    await worker.stop();
    await start();
    for (const order of bought) expect(secretsOf(await readOrder(order))).toEqual(secretsOf(order));
    expect(await pay(waiting)).toBe("success");
    const delivered = await readOrder(waiting);
    expect(secretsOf(delivered)).toHaveLength(1);
    bought.push(delivered);
  });

  test("killed right after its answers, it has forgotten none of them", async () => {
    const key = randomUUID();
    const waiting = await placeOrder(key);
    expect(await pay(waiting)).toBe("success");
    expect(killWorkerd()).toBeGreaterThan(0);
    await worker.stop();
    await start();
    const again = await placeOrder(key);
    expect([again.id, again.state]).toEqual([waiting.id, "delivered"]);
    bought.push(again);
    const all = await Promise.all(bought.map(readOrder));
    expect(all.flatMap(secretsOf).toSorted()).toEqual(["STORY-1", "STORY-2", "STORY-3"]);
    // The queues died with the process; the object's outbox and the book did not.
    await expect.poll(() => bookedState(again), SOON).toBe("delivered");
    await lapseLeasesOfTheDead(worker.miniflare);
    await expect.poll(() => mailsOf(again), SOON).toHaveLength(1);
    expect(await stock()).toMatchObject({ free: 0, held: 0, sold: 3 });
  });

  test("a hold that nobody pays lapses while the shop is down, and its key is sold again", async () => {
    expect(await shop.importKeys(product.id, ["STORY-4"], "second")).toBe(1);
    const never = await placeOrder();
    await worker.stop();
    await new Promise((resolve) => setTimeout(resolve, HOLD_SECONDS * 1000));
    await start();
    await expect.poll(async () => (await readOrder(never)).state, SOON).toBe("expired");
    const next = await placeOrder();
    await pay(next);
    expect(secretsOf(await readOrder(next))).toEqual(["STORY-4"]);
    expect(await pay(never)).toBe("success");
    expect((await readOrder(never)).state).toBe("unfilled");
  });
});
