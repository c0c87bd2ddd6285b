import { env, exports } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { AccountId } from "../../src/domain/ids.ts";
import { depsFor } from "../../src/platform/deps.ts";
import { hearRefundsAgain } from "../../src/scheduled/hear-refunds-again.ts";
import { eventually } from "../support/worker/eventually.ts";
import {
  migrate,
  openShop,
  ORIGIN,
  placeOrder,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";

const SECRET = "whsec_of_this_suite_only";
let shop: Shop;
let accountId: string;
beforeAll(async () => {
  vi.spyOn(console, "warn").mockReturnValue();
  await migrate();
  shop = await openShop("demo");
  const credentials = { secret_key: "sk_test_ofThisSuiteOnly", webhook_secret: SECRET };
  const body = { slug: "stripe", title: "Card", gateway: "stripe", currency: "CNY", credentials };
  accountId = (await shop.admin("/payment-accounts", { body })).json.id;
});

/** Stripe's webhook, signed by its rule. Stripe itself cannot be asked from here. */
async function tell(type: string, object: object): Promise<number> {
  const created = Math.floor(Date.now() / 1_000);
  const id = `evt_${crypto.randomUUID()}`;
  const body = JSON.stringify({ id, object: "event", type, created, data: { object } });
  const utf8 = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", utf8.encode(SECRET), algorithm, false, ["sign"]);
  const mac = await crypto.subtle.sign("HMAC", key, utf8.encode(`${created}.${body}`));
  const hex = Array.from(new Uint8Array(mac), (byte) => byte.toString(16).padStart(2, "0"));
  const headers = { "stripe-signature": `t=${created},v1=${hex.join("")}` };
  const url = `${ORIGIN}/payments/${accountId}/notify`;
  const request = new Request(url, { method: "POST", body, headers });
  return (await exports.default.fetch(request)).status;
}

async function ordered() {
  const product = await stockedProduct(shop, [crypto.randomUUID()]);
  const order = await placeOrder(shop, product.id);
  const intent = `pi_${order.id.slice(-12)}`;
  const paid = () =>
    tell("checkout.session.completed", {
      id: `cs_${intent}`,
      client_reference_id: order.id,
      payment_intent: intent,
      payment_status: "paid",
      amount_total: 1_000,
      currency: "cny",
    });
  const refunded = (metadata: object) =>
    tell("charge.refunded", {
      payment_intent: intent,
      amount_refunded: 1_000,
      currency: "cny",
      metadata,
    });
  const look = async () => (await shop.admin(`/orders/${order.id}`)).json;
  const notice = async () => {
    const { json } = await shop.admin(`/payment-notices?verdict=refunded&trade_no=${intent}`);
    return json.data[0];
  };
  return { order, intent, paid, refunded, look, notice };
}

describe("a refund that was told before its payment", () => {
  it("and names its order buys nothing", async () => {
    const { order, paid, refunded, look, notice } = await ordered();
    expect(await refunded({ order_id: order.id })).toBe(200);
    expect(await notice()).toMatchObject({ matched: true, attention: true });
    expect(await paid()).toBe(200);
    expect(await look()).toMatchObject({
      state: "refunded",
      keys: [],
      payments: [{ verdict: "went_back" }],
      refunds: [{ method: "desk", state: "done" }],
    });
  });

  it("and names only the payment is heard again by itself once that is known", async () => {
    const { order, intent, paid, refunded, look, notice } = await ordered();
    await refunded({});
    expect(await notice()).toMatchObject({ matched: null });
    const deps = depsFor(env, {});
    const lookAgain = (minutes: number) => hearRefundsAgain(deps, Date.now() + minutes * 60_000);
    await lookAgain(0);
    expect((await look()).refunds).toEqual([]);
    await paid();
    const number = { accountId: accountId as AccountId, tradeNo: intent };
    await eventually(async () => (await deps.trades.takenBy([number]))[0] ?? undefined);
    await lookAgain(1);
    expect(await look()).toMatchObject({ state: "refunded", refunds: [{ method: "desk" }] });
    expect(await notice()).toMatchObject({ matched: true });
    // What was heard is not heard again.
    const before = await look();
    await lookAgain(60);
    expect(await look()).toEqual(before);
    const log = (await shop.admin("/audit-log?limit=20")).json.data;
    expect(log.map(({ action }: { action: string }) => action)).toContain("payment_notice.replay");
    expect(order.id).toBe(before.id);
  });
});
