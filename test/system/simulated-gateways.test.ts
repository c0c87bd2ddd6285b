import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MortalShop } from "../support/node/mortal-shop.ts";

/**
 * Whole purchases through the simulated gateways, over HTTP both ways: the Worker calls the gateway, the
 * gateway's notices come to the Worker, and neither shares a line of the other's signature.
 */
let folder: string;
let shop: MortalShop;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kamidrop-gateways-"));
  shop = await MortalShop.open(folder);
  await shop.client.open();
});

afterAll(async () => {
  await shop.close();
  await rm(folder, { recursive: true, force: true });
});

const origin = () => shop.client.origin;

async function credentialsOf(gateway: string): Promise<object> {
  if (gateway === "alipay") {
    return (await fetch(`${origin()}/sandbox/alipay/credentials`)).json() as Promise<object>;
  }
  return { api_token: "demo-bepusdt-token", gateway_url: `${origin()}/sandbox/bepusdt/` };
}

async function productPaidBy(gateway: string, slug: string, changes: object = {}): Promise<string> {
  const credentials = { ...(await credentialsOf(gateway)), ...changes };
  const account = { slug, title: slug, gateway, currency: "CNY", credentials };
  await shop.client.admin("POST", "/payment-accounts", account);
  const product = await shop.client.product(slug, { payment_methods: [slug] });
  const keys = Array.from({ length: 20 }, (_, n) => `${slug}-${n}`);
  await shop.client.importKeys(product.id, keys);
  return product.id;
}

interface Order {
  readonly id: string;
  readonly state: string;
  readonly access_token: string;
  readonly payment: { action: string; url?: string; qr_text?: string };
  readonly keys: readonly { secret: string }[] | null;
}

let orders = 0;

async function order(productId: string, method: string): Promise<Order> {
  const n = ++orders;
  const placed = await fetch(`${origin()}/api/v1/orders`, {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": `simulated-gateways-${n}` },
    body: JSON.stringify({
      product_id: productId,
      email: `buyer-${n}@example.com`,
      payment_method: method,
    }),
  });
  expect(placed.status).toBe(201);
  return (await placed.json()) as Order;
}

async function look({ id, access_token }: Order): Promise<Order> {
  const headers = { authorization: `Bearer ${access_token}` };
  return (await (await fetch(`${origin()}/api/v1/orders/${id}`, { headers })).json()) as Order;
}

interface Played {
  readonly notices: readonly { status: number; body: string }[];
}

async function play(gateway: string, orderId: string, words: object): Promise<Played> {
  const answer = await fetch(`${origin()}/sandbox/${gateway}/pay`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ order: orderId, ...words }),
  });
  expect(answer.status).toBe(200);
  return (await answer.json()) as Played;
}

/** The buyer goes where the shop sends them, as far as the gateway must have seen them. */
async function goToPay({ payment }: Order): Promise<void> {
  if (payment.action === "redirect") await fetch(payment.url ?? "", { redirect: "manual" });
}

/** The order book has the order, a minute passes for it, and the schedule comes by. */
async function passMinuteFor({ id }: Order): Promise<void> {
  const { miniflare } = shop.worker;
  const database = await miniflare.getD1Database("DB");
  const sooner = database
    .prepare("UPDATE payment_queries SET due_at_ms = due_at_ms - 60000 WHERE order_id = ?")
    .bind(id);
  await expect.poll(async () => (await sooner.run()).meta.changes, { timeout: 20_000 }).toBe(1);
  await (await miniflare.getWorker()).scheduled({ cron: "* * * * *" });
}

const CASES = [
  { gateway: "bepusdt", slug: "coin", changes: {}, action: "redirect" },
  { gateway: "alipay", slug: "alipay-page", changes: {}, action: "redirect" },
  { gateway: "alipay", slug: "alipay-code", changes: { scene: "precreate" }, action: "qr" },
] as const;

describe.each(CASES)("$slug, simulated", ({ gateway, slug, changes, action }) => {
  let productId: string;
  beforeAll(async () => {
    productId = await productPaidBy(gateway, slug, changes);
  });

  async function pending(): Promise<Order> {
    const placed = await order(productId, slug);
    expect(placed.payment.action).toBe(action);
    await goToPay(placed);
    return placed;
  }

  test("delivers what is paid for, and says success to the gateway", async () => {
    const placed = await pending();
    const { notices } = await play(gateway, placed.id, { mode: "pay" });
    expect(notices).toEqual([{ status: 200, body: "success" }]);
    expect(await look(placed)).toMatchObject({ state: "delivered", keys: [{}] });
  });

  test("delivers once, however many notices come at once", async () => {
    const placed = await pending();
    const { notices } = await play(gateway, placed.id, { mode: "parallel", times: 40 });
    expect(new Set(notices.map(({ body }) => body))).toEqual(new Set(["success"]));
    expect((await look(placed)).keys).toHaveLength(1);
  });

  test("is not held up by a notice that says not paid before the one that pays", async () => {
    const placed = await pending();
    await play(gateway, placed.id, { mode: "not_paid_first" });
    expect((await look(placed)).state).toBe("delivered");
  });

  test("whose notices were all lost is healed by asking it, once", async () => {
    const placed = await pending();
    const ask = () =>
      shop.client.admin<{ answer: string; order: { state: string } }>(
        "POST",
        `/orders/${placed.id}/ask-gateway`,
        {},
      );
    expect(await ask()).toMatchObject({ answer: "pending", order: { state: "pending" } });
    await play(gateway, placed.id, { notices: "no" });
    expect((await look(placed)).state).toBe("pending");
    expect(await ask()).toMatchObject({ answer: "paid", order: { state: "delivered" } });
    expect(await ask()).toMatchObject({ answer: "paid", order: { state: "delivered" } });
    // The notice comes after all: the same number, so nothing new.
    await play(gateway, placed.id, {});
    expect((await look(placed)).keys).toHaveLength(1);
  });

  test("whose notices were all lost is found by the schedule, and by the buyer's own question", async () => {
    const [slow, quick] = [await pending(), await pending()];
    for (const { id } of [slow, quick]) await play(gateway, id, { notices: "no" });
    const asked = await fetch(`${origin()}/api/v1/orders/${quick.id}/ask-gateway`, {
      method: "POST",
      headers: { authorization: `Bearer ${quick.access_token}` },
    });
    expect(await asked.json()).toMatchObject({ answer: "paid", order: { state: "delivered" } });
    await passMinuteFor(slow);
    expect((await look(slow)).state).toBe("delivered");
  });

  test.each(["wrong_sum", "bad_signature", "no_signature", "wrong_pid", "never"])(
    "delivers nothing for %s, and the true notice still does",
    async (mode) => {
      const placed = await pending();
      await play(gateway, placed.id, { mode });
      expect(await look(placed)).toMatchObject({ state: "pending", keys: null });
      const trade_no = `${placed.id}-again`;
      await play(gateway, placed.id, { mode: "pay", trade_no });
      expect((await look(placed)).state).toBe("delivered");
    },
  );
});
