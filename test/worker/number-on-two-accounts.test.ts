import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { depsFor } from "../../src/platform/deps.ts";
import { applyMoneyPolicy } from "../../src/scheduled/apply-money-policy.ts";
import { eventually } from "../support/worker/eventually.ts";
import { notify, paidFields } from "../support/worker/notices.ts";
import {
  EPAY,
  epayAccount,
  getOrder,
  migrate,
  openShop,
  placeOrder,
  sendNotice,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";

beforeAll(migrate);
afterEach(() => vi.restoreAllMocks());

const OTHER_PID = "2002";

/** A shop that gives second payments back by itself, and its second account at the same kind of gateway. */
async function shopOfTwoAccounts(pid: string) {
  const shop = await openShop();
  const body = { money: { surplus: "refund" } };
  await shop.admin("/settings", { method: "PATCH", headers: { "if-match": '"0"' }, body });
  depsFor(env, {}).forgetShopSettings();
  const credentials = { ...EPAY, pid, gateway_url: "https://other.example.com/" };
  const made = await shop.admin("/payment-accounts", {
    body: epayAccount({ slug: "wechat", credentials }),
  });
  return { shop, second: made.json.id as string };
}

/** Paid through the first account, and told once more, under its number, to the second. */
async function toldTwice(shop: Shop, second: string, pid: string) {
  const product = await stockedProduct(shop, [crypto.randomUUID()]);
  const order = await placeOrder(shop, product.id);
  const trade_no = `one-number-${order.id}`;
  await sendNotice(shop, order, { trade_no });
  await notify(second, await paidFields(order.id, { trade_no, pid }));
  return { order, trade_no };
}

/** What the gateways know: of each payee, whether it has that payment. */
function gatewaysSay(has: (pid: string) => boolean, tradeNo: string) {
  vi.spyOn(console, "warn").mockReturnValue();
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input) => {
    const asked = new URL(String(input)).searchParams;
    const pid = asked.get("pid") ?? "";
    if (asked.get("act") !== "order") return new Response("no", { status: 500 });
    if (!has(pid)) return Response.json({ code: -1, msg: "订单号不存在" });
    const trade = { trade_no: tradeNo, out_trade_no: asked.get("out_trade_no"), money: "10.00" };
    return Response.json({ code: 1, pid, ...trade, status: 1 });
  });
}

const look = (laterMs = 0) => applyMoneyPolicy(depsFor(env, {}), Date.now() + laterMs);
const refundsOf = async (shop: Shop, id: string) =>
  (await shop.admin(`/orders/${id}`)).json.refunds;

async function taskOf(shop: Shop, id: string) {
  return eventually(async () => {
    await look();
    const { data } = (await shop.admin("/tasks")).json;
    return data.find(({ order_id: of }: { order_id: string }) => of === id);
  });
}

describe("one number, told by two accounts of a shop", () => {
  it("is never given back by itself where both are one payee's: the payment is real, and bought a key", async () => {
    const { shop, second } = await shopOfTwoAccounts(EPAY.pid);
    const { order, trade_no } = await toldTwice(shop, second, EPAY.pid);
    gatewaysSay(() => true, trade_no);
    const task = await taskOf(shop, order.id);
    expect(task).toMatchObject({
      reason: "surplus",
      because: "number_on_two_accounts",
      account_id: second,
      trade_no,
    });
    await look(86_400_000);
    expect(await refundsOf(shop, order.id)).toEqual([]);
    const { json } = await getOrder(order);
    expect(json).toMatchObject({
      state: "delivered",
      money: [{ kind: "told_twice", next: "person" }],
    });
  });

  it("is not given back while one of two payees' gateways knows nothing of it", async () => {
    const { shop, second } = await shopOfTwoAccounts(OTHER_PID);
    const { order, trade_no } = await toldTwice(shop, second, OTHER_PID);
    gatewaysSay((pid) => pid === EPAY.pid, trade_no);
    expect(await taskOf(shop, order.id)).toMatchObject({ because: "number_on_two_accounts" });
    expect(await refundsOf(shop, order.id)).toEqual([]);
  });

  it("is given back once both gateways say that they have it; until they answer, nobody decides", async () => {
    const { shop, second } = await shopOfTwoAccounts(OTHER_PID);
    const { order, trade_no } = await toldTwice(shop, second, OTHER_PID);
    vi.spyOn(console, "warn").mockReturnValue();
    const asked = vi.spyOn(globalThis, "fetch").mockRejectedValue(new Error("down"));
    await eventually(async () => {
      await look();
      return asked.mock.calls.length > 0 || undefined;
    });
    expect(await refundsOf(shop, order.id)).toEqual([]);
    expect((await shop.admin("/tasks")).json.data).toEqual([]);
    gatewaysSay(() => true, trade_no);
    const refund = await eventually(async () => {
      await look(600_000);
      return (await refundsOf(shop, order.id))[0];
    });
    expect(refund).toMatchObject({ account_id: second, trade_no, method: "gateway" });
  });

  it("of an order of another product counts as well", async () => {
    const { shop, second } = await shopOfTwoAccounts(EPAY.pid);
    const other = await stockedProduct(shop, [crypto.randomUUID()]);
    const first = await placeOrder(shop, other.id);
    const trade_no = `across-${first.id}`;
    await notify(second, await paidFields(first.id, { trade_no }));
    const product = await stockedProduct(shop, [crypto.randomUUID()]);
    const order = await placeOrder(shop, product.id);
    await sendNotice(shop, order);
    await sendNotice(shop, order, { trade_no });
    gatewaysSay(() => true, trade_no);
    expect(await taskOf(shop, order.id)).toMatchObject({ because: "number_on_two_accounts" });
    expect(await refundsOf(shop, order.id)).toEqual([]);
  });
});
