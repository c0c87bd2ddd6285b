import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { AccountId } from "../../src/domain/ids.ts";
import { depsFor } from "../../src/platform/deps.ts";
import { hearRefundsAgain } from "../../src/scheduled/hear-refunds-again.ts";
import { eventually } from "../support/worker/eventually.ts";
import {
  migrate,
  openShop,
  placeOrder,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";
import { stripeOf, tellByStripe } from "../support/worker/stripe.ts";

let shop: Shop;
let accountId: string;
beforeAll(async () => {
  vi.spyOn(console, "warn").mockReturnValue();
  await migrate();
  shop = await openShop("demo");
  accountId = await stripeOf(shop);
});

const tell = (type: string, object: object) => tellByStripe(accountId, type, object);

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
