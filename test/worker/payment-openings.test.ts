import { beforeAll, describe, expect, inject, test } from "vitest";
import { env } from "cloudflare:workers";
import { drizzle } from "drizzle-orm/d1";
import { makePaymentOpenings } from "../../src/db/payments/payment-openings.ts";
import type { AccountId, OrderId } from "../../src/domain/ids.ts";
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
import { keysNamed } from "../support/worker/notices.ts";

/** Orders whose gateway is called, over real sockets: one that behaves and some that do not. */
let shop: Shop;

beforeAll(async () => {
  await migrate();
  shop = await openShop();
});

async function orderPaidBy(slug: string, path: string) {
  const credentials = { api_token: "t", gateway_url: `${inject("rudeGateway")}/${path}/` };
  const body = epayAccount({ slug, gateway: "epusdt", credentials });
  const account = await shop.admin("/payment-accounts", { body });
  expect(account.status).toBe(201);
  const product = await stockedProduct(shop, keysNamed(slug, 3), { payment_methods: [slug] });
  return placeOrder(shop, product.id, { payment_method: slug });
}

describe("a payment that a gateway opens by a call", () => {
  test("is opened once, however often the order is looked at", async () => {
    const order = await orderPaidBy("honest", "epusdt");
    const shown = order.payment;
    expect(shown).toMatchObject({ action: "redirect", url: expect.stringMatching(/trade-\d+$/) });
    for (let look = 0; look < 3; look++) {
      expect((await getOrder(order)).json.payment.url).toBe(shown.url);
    }
    const row = await env.DB.prepare("SELECT reference FROM payment_openings WHERE order_id = ?")
      .bind(order.id)
      .first<{ reference: string }>();
    expect(shown.url).toContain(row?.reference);
  });

  test.each(["html", "drop", "error-500", "redirect-302"])(
    "leaves the order as it is where the gateway answers %s",
    async (manner) => {
      const order = await orderPaidBy(`rude-${manner}`, manner);
      expect(order).toMatchObject({
        state: "pending",
        payment: { action: "none", problem: "gateway_unavailable" },
      });
    },
  );
});

describe("what a gateway opened for some minutes", () => {
  const key = {
    orderId: "ord_000001abcdefghjkmnpqrstvwxyz" as OrderId,
    accountId: "acct_short" as AccountId,
    device: "phone",
  } as const;
  const opened = (n: number, untilMs: number) => ({
    action: { action: "redirect", url: `https://pay.example/${n}`, fromShop: { untilMs } } as const,
    reference: null,
  });

  test("is shown until then, then opened anew, by whichever isolate", async () => {
    let nowMs = 1_000;
    const clock = { nowMs: () => nowMs };
    const isolate = () => makePaymentOpenings(drizzle(env.DB), clock, () => new Promise(() => {}));
    const [one, other] = [isolate(), isolate()];
    await one.keep(key, opened(1, 5_000), nowMs);
    await other.keep(key, opened(2, 5_000), nowMs);
    // The first stays while it is good.
    expect(await isolate().find(key)).toEqual(opened(1, 5_000));
    nowMs = 5_000;
    expect([await one.find(key), await isolate().find(key)]).toEqual([null, null]);
    await other.keep(key, opened(3, 9_000), nowMs);
    expect(await isolate().find(key)).toEqual(opened(3, 9_000));
  });
});

describe("an account", () => {
  test.each([
    ["alipay", { app_id: "1" }, "credentials.app_id"],
    ["wechat", { appid: "wx" }, "credentials.appid"],
    ["stripe", { secret_key: "sk" }, "credentials.secret_key"],
    ["paypal", { client_id: "x" }, "credentials.client_id"],
    ["tokenpay", { secret: "" }, "credentials.secret"],
    ["bepusdt", { api_token: "" }, "credentials.api_token"],
    ["epay-v2", { private_key: "x" }, "credentials.private_key"],
    ["manual", {}, "credentials.instructions"],
  ])("of %s says what is wrong with its credentials", async (gateway, credentials, path) => {
    const body = epayAccount({ slug: `wrong-${gateway}`, gateway, credentials });
    const answer = await shop.admin("/payment-accounts", { body });
    expect(answer.status).toBe(400);
    const paths = answer.json.errors.map((error: { path: string }) => error.path);
    expect(paths).toContain(path);
  });

  test("in a currency that its gateway does not charge in is not made, and says which it does", async () => {
    const credentials = await (await call("/sandbox/alipay/credentials")).json;
    const body = epayAccount({ slug: "dollars", gateway: "alipay", currency: "USD", credentials });
    const answer = await shop.admin("/payment-accounts", { body });
    expect(answer.status).toBe(400);
    expect(answer.json.errors).toEqual([
      { path: "currency", message: "this gateway charges in: CNY" },
    ]);
  });

  test("by hand shows the buyer how to pay, and takes no notice", async () => {
    const credentials = { instructions: "Transfer to 6222 0000." };
    const body = epayAccount({ slug: "by-hand", gateway: "manual", credentials });
    const account = (await shop.admin("/payment-accounts", { body })).json;
    const product = await stockedProduct(shop, keysNamed("hand", 1), {
      payment_methods: ["by-hand"],
    });
    const order = await placeOrder(shop, product.id, { payment_method: "by-hand" });
    expect(order.payment).toMatchObject({ action: "none", instructions: "Transfer to 6222 0000." });
    expect((await call(`/payments/${account.id}/notify?trade_status=TRADE_SUCCESS`)).status).toBe(
      400,
    );
  });
});
