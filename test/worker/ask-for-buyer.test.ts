import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { checkOut, orderId, Visitor, words } from "../support/worker/pages.ts";
import { keysNamed, readOrder } from "../support/worker/notices.ts";
import {
  call,
  EPAY,
  migrate,
  openShop,
  placeOrder,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";

let shop: Shop;
beforeAll(async () => {
  await migrate();
  shop = await openShop("demo");
  await stockedProduct(shop, keysNamed("asked-key", 40), { slug: "asked" });
});
afterEach(() => vi.restoreAllMocks());

/** The gateway's side of the shop's own calls; answers how often it was asked. */
function gatewaySays(status: 0 | 1 | "down") {
  const spy = vi.spyOn(globalThis, "fetch").mockImplementation(async (input) => {
    const order = new URL(String(input)).searchParams.get("out_trade_no") ?? "";
    if (status === "down") return new Response("no", { status: 500 });
    const trade = { trade_no: `asked-${order}`, out_trade_no: order, money: "10.00", status };
    return Response.json({ code: 1, pid: EPAY.pid, ...trade });
  });
  return () => spy.mock.calls.length;
}

async function pendingOrder() {
  const product = await stockedProduct(shop, keysNamed(crypto.randomUUID(), 1));
  return placeOrder(shop, product.id);
}

const ask = (order: { id: string; access_token: string }) =>
  call(`/api/v1/orders/${order.id}/ask-gateway`, { method: "POST", token: order.access_token });

describe("a buyer who has paid and sees nothing", () => {
  test("has the gateway asked, and holds the key", async () => {
    const order = await pendingOrder();
    gatewaySays(1);
    const { status, json } = await ask(order);
    expect([status, json.answer, json.order.state]).toEqual([200, "paid", "delivered"]);
    expect((await readOrder(order)).secrets).toHaveLength(1);
  });

  test("is told that nothing has come, and keeps the order", async () => {
    const order = await pendingOrder();
    gatewaySays(0);
    expect((await ask(order)).json).toMatchObject({
      answer: "pending",
      order: { state: "pending" },
    });
  });

  test("may ask about an order every ten seconds, and the gateway is not asked in between", async () => {
    const order = await pendingOrder();
    const asked = gatewaySays(0);
    await ask(order);
    const { status, json } = await ask(order);
    expect([status, json.code, json.policy]).toEqual([429, "too_many_requests", "ask-order"]);
    expect(asked()).toBe(1);
  });

  test("grants themselves nothing while the gateway does not answer", async () => {
    const order = await pendingOrder();
    gatewaySays("down");
    expect((await ask(order)).json).toMatchObject({
      answer: "unavailable",
      order: { state: "pending" },
    });
  });

  test("asks nobody about an order that is paid", async () => {
    const order = await pendingOrder();
    const asked = gatewaySays(1);
    await ask(order);
    expect((await ask(order)).json).toMatchObject({ answer: "settled" });
    expect(asked()).toBe(1);
  });

  test("must hold the order's token", async () => {
    const order = await pendingOrder();
    const asked = gatewaySays(1);
    const { status } = await ask({ ...order, access_token: "not-the-token-of-this-order" });
    expect(status).toBe(404);
    expect(asked()).toBe(0);
  });
});

/** A browser without scripts that has placed an order. */
async function buyer() {
  const visitor = new Visitor();
  const id = orderId(await checkOut(visitor, "asked"));
  return { visitor, id, page: `/orders/${id}` };
}

describe("on the order's page, without scripts", () => {
  test("a button asks, and the page shows the key", async () => {
    const { visitor, page } = await buyer();
    expect((await visitor.get(page)).html).toContain(`action="${page}/ask-gateway"`);
    gatewaySays(1);
    const sent = await visitor.post(`${page}/ask-gateway`, {});
    expect([sent.status, sent.location]).toEqual([303, page]);
    expect(words(await visitor.get(page))).toContain("asked-key-");
  });

  test.each([
    [0, "waiting", "The payment service has no payment for this order yet."],
    ["down", "unavailable", "Your money is not lost"],
  ] as const)("of a gateway that says %s tells kindly what was found", async (says, word, told) => {
    const { visitor, page } = await buyer();
    gatewaySays(says);
    const sent = await visitor.post(`${page}/ask-gateway`, {});
    expect(sent.location).toBe(`${page}?asked=${word}`);
    expect(words(await visitor.get(sent.location ?? ""))).toContain(told);
    const again = await visitor.post(`${page}/ask-gateway`, {});
    expect(again.location).toBe(`${page}?asked=too_soon`);
  });

  test("of an order that was given up is told as well, and money that came late finds it", async () => {
    const { visitor, page } = await buyer();
    await visitor.post(`${page}/cancel`, {});
    gatewaySays(0);
    const sent = await visitor.post(`${page}/ask-gateway`, {});
    const shown = words(await visitor.get(sent.location ?? ""));
    expect(shown).toContain("The payment service has no payment for this order yet.");
    expect(shown).toContain("I have paid");
  });

  test("a word that nobody found is not shown", async () => {
    const { visitor, page } = await buyer();
    const { html, status } = await visitor.get(`${page}?asked=%3Cb%3E`);
    expect(status).toBe(200);
    expect(html).not.toContain("<b>");
  });

  test("who comes back from the gateway has it asked, and what the address says is not believed", async () => {
    const { visitor, page } = await buyer();
    const asked = gatewaySays(0);
    await visitor.get(`${page}?trade_status=TRADE_SUCCESS&out_trade_no=x&sign=y`);
    await vi.waitFor(() => expect(asked()).toBe(1));
    expect(words(await visitor.get(page))).not.toContain("asked-key-");
  });

  test("who comes back from PayPal, which names its order by `token`, sees their order", async () => {
    const { visitor, page } = await buyer();
    const asked = gatewaySays(0);
    expect(
      (await visitor.get(`${page}?token=5O190127TN364715T&PayerID=QYR5Z8XDVJNXQ`)).status,
    ).toBe(200);
    await vi.waitFor(() => expect(asked()).toBe(1));
  });
});
