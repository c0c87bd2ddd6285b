import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Visitor, words } from "../support/worker/pages.ts";
import { setRisk } from "../support/worker/risk.ts";
import {
  admin,
  call,
  getOrder,
  migrate,
  openShop,
  placeOrder,
  sendNotice,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";

let shop: Shop;
let product: { id: string; slug: string };
let shops = 0;

beforeAll(migrate);

beforeEach(async () => {
  shop = await openShop(`reviewed-${++shops}`);
  product = await stockedProduct(shop, ["A", "B", "C"]);
  await setRisk(shop, { review_at: 30, disposable_mail: 30 });
});

const WITHIN = { timeout: 10_000 };
const doubtful = () => placeOrder(shop, product.id, { email: "me@mailinator.com" });
const say = (id: string, word: "approve" | "reject", body: unknown = {}) =>
  shop.admin(`/orders/${id}/${word}`, { body });
const stock = async () => {
  const { free, held, sold } = (await shop.admin(`/products/${product.id}/stock`)).json;
  return { free, held, sold };
};
const queue = async () => (await shop.admin("/reviews")).json.data as { id: string }[];
const mailsTo = async (orderId: string) =>
  (await call(`/dev/mail.json?order_id=${orderId}`)).json as unknown[];

async function waiting() {
  const order = await doubtful();
  await sendNotice(shop, order);
  return order;
}

describe("an order that the shop doubts", () => {
  it("is placed like any other, and its buyer hears nothing of it before it is paid", async () => {
    const order = await doubtful();
    expect(order).toMatchObject({ state: "pending", review: null });
    expect(JSON.stringify(order)).not.toMatch(/risk|score|dispos/);
    const mine = (await shop.admin(`/orders/${order.id}`)).json;
    expect(mine).toMatchObject({
      review: "asked",
      risk: {
        outcome: "review",
        score: 30,
        reasons: [{ code: "disposable_mail", weight: 30, evidence: { domain: "mailinator.com" } }],
      },
    });
  });

  it("waits once it is paid: the gateway is content, the keys are held, and the page says so", async () => {
    const order = await doubtful();
    const notice = await sendNotice(shop, order);
    expect([notice.status, notice.text]).toEqual([200, "success"]);
    const now = (await getOrder(order)).json;
    expect(now).toMatchObject({ state: "paid", review: "waiting", keys: null });
    expect(now.poll_after_ms).toBeGreaterThan(0);
    expect(await stock()).toEqual({ free: 2, held: 1, sold: 0 });
    const visitor = new Visitor();
    visitor.setCookie("__Host-kamidrop_orders", `${order.id}~${order.access_token}`);
    const page = await visitor.get(`/orders/${order.id}`);
    expect(words(page)).toContain("the shop is checking your order");
    expect(page.html).not.toMatch(/disposable|score/);
    await expect.poll(queue, WITHIN).toHaveLength(1);
    expect(await queue()).toMatchObject([{ id: order.id, review: "waiting", risk: { score: 30 } }]);
    expect(await mailsTo(order.id)).toEqual([]);
  });

  it("is delivered when a person approves it: the keys that were held, and the mail", async () => {
    const order = await waiting();
    const approved = await say(order.id, "approve", { note: "spoke to the buyer" });
    expect(approved.status).toBe(200);
    expect(approved.json).toMatchObject({ state: "delivered", review: "approved" });
    expect(approved.json.keys).toHaveLength(1);
    expect((await getOrder(order)).json.keys).toMatchObject([{ secret: "A" }]);
    expect(await stock()).toEqual({ free: 2, held: 0, sold: 1 });
    await expect.poll(() => mailsTo(order.id), WITHIN).toHaveLength(1);
    await expect.poll(queue, WITHIN).toEqual([]);
    const again = await say(order.id, "approve");
    expect([again.status, again.json.version]).toEqual([200, approved.json.version]);
    expect((await say(order.id, "reject")).json.code).toBe("state_conflict");
    const { data } = (await shop.admin("/audit-log")).json;
    const entries = data.filter(({ subject }: { subject: string }) => subject === order.id);
    expect(entries).toMatchObject([
      { action: "order.approve", actor: "operator", detail: { note: "spoke to the buyer" } },
    ]);
  });

  it("is owed its money when a person rejects it, and its keys are anyone's", async () => {
    const order = await waiting();
    const rejected = await say(order.id, "reject");
    expect(rejected.json).toMatchObject({ state: "paid", review: "rejected", keys: [] });
    expect(await stock()).toEqual({ free: 3, held: 0, sold: 0 });
    const now = (await getOrder(order)).json;
    expect(now).toMatchObject({ state: "paid", review: "rejected", keys: null });
    const visitor = new Visitor("zh-CN");
    visitor.setCookie("__Host-kamidrop_orders", `${order.id}~${order.access_token}`);
    expect(words(await visitor.get(`/orders/${order.id}`))).toContain("店家未接受此订单");
    expect((await say(order.id, "reject")).status).toBe(200);
    expect((await say(order.id, "approve")).json.code).toBe("state_conflict");
    await shop.admin(`/products/${product.id}/keys`, { body: "D", type: "text/plain" });
    expect((await getOrder(order)).json.keys).toBeNull();
    // A person may hand keys over after all.
    const handed = await shop.admin(`/orders/${order.id}/fulfil`, { body: { keys: ["HAND"] } });
    expect(handed.json.state).toBe("delivered");
  });

  it("may be approved before it is paid, and is cancelled, not rejected", async () => {
    const early = await doubtful();
    expect((await say(early.id, "approve")).json).toMatchObject({ state: "pending" });
    await sendNotice(shop, early);
    expect((await getOrder(early)).json.state).toBe("delivered");
    const other = await doubtful();
    expect((await say(other.id, "reject")).json.code).toBe("state_conflict");
    expect((await shop.admin(`/orders/${other.id}/cancel`, { method: "POST" })).status).toBe(200);
    await sendNotice(shop, other);
    expect((await getOrder(other)).json).toMatchObject({ state: "paid", review: "waiting" });
  });
});

describe("nobody else's word counts", () => {
  it("on another merchant's order, or one that is none", async () => {
    const order = await waiting();
    const other = await openShop(`other-${shops}`);
    for (const id of [order.id, "ord_1", "x"]) {
      const answer = await other.admin(`/orders/${id}/approve`, { method: "POST" });
      expect(answer.status).toBe(404);
    }
    expect((await other.admin("/reviews")).json.data).toEqual([]);
    expect((await getOrder(order)).json.state).toBe("paid");
  });

  it("nor that of a token without the scope, or of a buyer", async () => {
    const order = await waiting();
    const body = { name: "reader", scopes: ["orders:read"] };
    const { token } = (await shop.admin("/tokens", { body })).json;
    for (const given of [token, order.access_token, null]) {
      const answer = await admin(`/orders/${order.id}/approve`, { method: "POST", token: given });
      expect([401, 403]).toContain(answer.status);
    }
    expect((await admin("/reviews", { token })).status).toBe(200);
    expect((await getOrder(order)).json.state).toBe("paid");
  });

  it("on an order that nobody doubted", async () => {
    const order = await placeOrder(shop, product.id, { email: "me@example.com" });
    await sendNotice(shop, order);
    for (const word of ["approve", "reject"] as const) {
      expect((await say(order.id, word)).json.code).toBe("state_conflict");
    }
    expect((await shop.admin(`/orders/${order.id}`)).json).toMatchObject({
      review: null,
      risk: null,
    });
  });
});

it("the queue is the longest waiting first, in pages", async () => {
  const ids: string[] = [];
  for (let n = 0; n < 3; n++) ids.push((await waiting()).id);
  await expect.poll(queue, WITHIN).toHaveLength(3);
  const first = (await shop.admin("/reviews?limit=2")).json;
  const second = (await shop.admin(`/reviews?limit=2&cursor=${first.next_cursor}`)).json;
  const listed = [...first.data, ...second.data].map(({ id }: { id: string }) => id);
  expect(listed.toSorted()).toEqual(ids.toSorted());
  expect(second.next_cursor).toBeNull();
});
