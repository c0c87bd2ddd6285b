import { beforeAll, describe, expect, inject, test } from "vitest";
import { env } from "cloudflare:workers";
import {
  call,
  epayAccount,
  getOrder,
  migrate,
  openShop,
  placeOrder,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";
import { baseOf, md5Hex } from "../support/worker/epay-merchant.ts";
import { keysNamed, shownFor } from "../support/worker/notices.ts";

/** Two accounts of one method, over real sockets: the first one's gateway fails in its manner. */
const PHONE = { "user-agent": "Mozilla/5.0 (iPhone) Mobile Safari" };
let shop: Shop;

beforeAll(async () => {
  await migrate();
  shop = await openShop();
});

async function account(slug: string, path: string, changes: Record<string, unknown>) {
  const credentials = { api_token: "t", gateway_url: `${inject("rudeGateway")}/${path}/` };
  const body = epayAccount({ slug, gateway: "epusdt", credentials, ...changes });
  const made = await shop.admin("/payment-accounts", { body });
  expect(made.status).toBe(201);
  return made.json.id as string;
}

async function pair(name: string, manner = name) {
  const method = `usdt-${name}`;
  const rude = await account(`rude-${name}`, manner, { method, position: 0 });
  const honest = await account(`honest-${name}`, "epusdt", { method, position: 1 });
  const product = await stockedProduct(shop, keysNamed(name, 4), { payment_methods: [method] });
  return { method, rude, honest, product };
}

/** epusdt's notice that the order was paid there. */
async function paidAt(accountId: string, orderId: string, tradeId: string): Promise<string> {
  const fields = {
    trade_id: tradeId,
    order_id: orderId,
    amount: 10,
    actual_amount: 1.73,
    status: 2,
  };
  const base = baseOf(Object.entries(fields).map(([name, value]) => [name, String(value)]));
  const body = { ...fields, signature: await md5Hex(`${base}t`) };
  const { status, text } = await call(`/payments/${accountId}/notify`, { body });
  return `${status} ${text}`;
}

const seenBy = async (order: { id: string }) => (await shop.admin(`/orders/${order.id}`)).json;

describe("an order whose account's gateway fails before the buyer was sent to pay", () => {
  test.each(["error-500", "drop", "stall"])(
    "is opened by the next account of the method, for the same sum (%s)",
    async (manner) => {
      const { method, rude, honest, product } = await pair(manner);
      const order = await placeOrder(shop, product.id, { payment_method: method });
      expect(order).toMatchObject({
        state: "pending",
        amount: { amount_minor: 1000 },
        payment: { action: "redirect", method, url: expect.stringMatching(/trade-\d+$/) },
      });
      const seen = await seenBy(order);
      expect(seen).toMatchObject({ payment_account_id: honest, payment_method: method });
      expect(seen.history.at(-1)).toMatchObject({ event: "reroute", account_id: honest });
      expect(seen.history[0]).toMatchObject({ event: "place" });
      // Sent to pay: it stays, whoever looks.
      const again = await call(`/api/v1/orders/${order.id}`, {
        token: order.access_token,
        headers: PHONE,
      });
      expect(again.json.payment.action).toBe("redirect");
      expect((await seenBy(order)).payment_account_id).toBe(honest);
      const rows = await env.DB.prepare(
        "SELECT DISTINCT account_id FROM payment_openings WHERE order_id = ?",
      )
        .bind(order.id)
        .all<{ account_id: string }>();
      expect(rows.results.map((row) => row.account_id)).toEqual([honest]);
      expect(rude).not.toBe(honest);
    },
  );

  test("costs only its first buyer the wait: the next is placed with the other account at once", async () => {
    const { method, honest, product } = await pair("next-buyer", "stall");
    const [first, next] = [
      await placeOrder(shop, product.id, { payment_method: method }),
      await placeOrder(shop, product.id, { payment_method: method, email: "next@example.com" }),
    ];
    expect(first.payment.action).toBe("redirect");
    const events = async (order: { id: string }) => {
      const seen = await seenBy(order);
      expect(seen.payment_account_id).toBe(honest);
      return seen.history.map(({ event }: { event: string }) => event);
    };
    expect(await events(first)).toContain("reroute");
    expect(await events(next)).not.toContain("reroute");
  });

  test("and whose abandoned opening is paid all the same has its keys by it, once, and a second payment is a person's", async () => {
    const { method, rude, honest, product } = await pair("never-shown", "stall");
    const order = await placeOrder(shop, product.id, { payment_method: method });
    expect((await seenBy(order)).payment_account_id).toBe(honest);

    // The first account's gateway opened it after all, and somebody paid there.
    expect(await paidAt(rude, order.id, "left-behind")).toBe("200 ok");
    expect(await getOrder(order)).toMatchObject({ json: { state: "delivered" } });
    expect(await paidAt(rude, order.id, "left-behind")).toBe("200 ok");
    // And where the order had gone, too: no key is given twice, and a person is shown the money.
    expect(await paidAt(honest, order.id, "sent-to-pay")).toBe("200 ok");
    const { json } = await getOrder(order);
    expect(json.keys).toHaveLength(1);
    expect(await shownFor(shop, order.id)).toMatchObject([
      { verdict: "surplus", account_id: honest, trade_no: "sent-to-pay", amount_minor: 1000 },
    ]);
  });

  test("of many devices at once is shown at one account only", async () => {
    const method = "usdt-race";
    await account("race-1", "error-500", { method, position: 0 });
    const honest = [
      await account("race-2", "epusdt", { method, position: 1 }),
      await account("race-3", "epusdt", { method, position: 1 }),
    ];
    const product = await stockedProduct(shop, keysNamed("race", 1), { payment_methods: [method] });
    const body = {
      product_id: product.id,
      email: "racer@example.com",
      payment_method: method,
    };
    const place = (headers: Record<string, string>) =>
      call(`/api/v1/orders?merchant=${shop.slug}`, {
        body,
        headers,
        idempotencyKey: "one-order-of-many-devices",
      });
    const answers = await Promise.all([place({}), place(PHONE), place({}), place(PHONE)]);
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    const [{ json: order } = { json: null }] = answers;
    const seen = await seenBy(order);
    expect(honest).toContain(seen.payment_account_id);
    expect(seen.history.filter(({ event }: { event: string }) => event === "reroute")).toHaveLength(
      1,
    );
    expect((await getOrder(order)).json.payment.action).toBe("redirect");
  });
});
