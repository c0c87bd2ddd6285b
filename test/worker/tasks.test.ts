import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { depsFor } from "../../src/platform/deps.ts";
import { applyMoneyPolicy } from "../../src/scheduled/apply-money-policy.ts";
import { eventually } from "../support/worker/eventually.ts";
import { setRisk } from "../support/worker/risk.ts";
import { isolate } from "../support/worker/isolate.ts";
import { keysNamed, notify, paidFields } from "../support/worker/notices.ts";
import {
  getOrder,
  importKeys,
  migrate,
  openShop,
  placeOrder,
  sendNotice,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";

let shop: Shop;
beforeAll(async () => {
  await migrate();
  shop = await openShop();
});

/** Delivered, and paid once more under another number. */
async function paidTwice(of: Shop = shop) {
  const product = await stockedProduct(of, [crypto.randomUUID()]);
  const order = await placeOrder(of, product.id);
  await sendNotice(of, order);
  await notify(of.accountId, await paidFields(order.id, { trade_no: `second-${order.id}` }));
  return order;
}

interface Task {
  number: number;
  order_id: string;
}
const open = async (of: Shop) => (await of.admin("/tasks?limit=100")).json.data as Task[];

/** The look of the schedule, as long after now. */
const look = (laterMs = 0) => applyMoneyPolicy(depsFor(env, {}), Date.now() + laterMs);

function taskOf(of: Shop, orderId: string): Promise<Task> {
  return eventually(async () => {
    await look();
    return (await open(of)).find(({ order_id: id }) => id === orderId);
  });
}

describe("money for an order that was given up", () => {
  it("buys nothing where the shop gives it back: the keys stay for others, the policy sees to the money", async () => {
    const of = await openShop();
    const headers = { "if-match": '"0"' };
    const body = { money: { late: "refund" } };
    const saved = await of.admin("/settings", { method: "PATCH", headers, body });
    expect(saved.json.money.late).toBe("refund");
    const product = await stockedProduct(of, [crypto.randomUUID()]);
    const order = await placeOrder(of, product.id);
    await of.admin(`/orders/${order.id}/cancel`, { method: "POST" });
    // Isolates remember settings for a second; this one may have known the shop's from before.
    expect((await sendNotice(of, order, {}, isolate())).text).toBe("success");
    expect((await getOrder(order)).json).toMatchObject({ state: "cancelled", keys: null });
    expect((await of.admin(`/products/${product.id}/stock`)).json).toMatchObject({ free: 1 });
    const { json } = await of.admin(`/orders/${order.id}`);
    expect(json.payments).toMatchObject([{ verdict: "too_late" }]);
    const refund = await eventually(async () => {
      await look();
      return (await of.admin(`/orders/${order.id}`)).json.refunds[0];
    });
    expect(refund).toMatchObject({ amount: { amount_minor: 1_000 }, method: "gateway" });
  });
});

describe("a product with rules of its own", () => {
  const money = { late: "refund", surplus: null };
  let theirs: Shop;
  beforeAll(async () => {
    theirs = await openShop();
  });
  const none = {
    unfilled: null,
    unfilled_wait_hours: null,
    stop_waiting: null,
    mismatch: null,
    wait_list: null,
  };

  it("decides for its orders, in its object, whatever the shop says; without them the shop's hold again", async () => {
    const product = await stockedProduct(theirs, ["one", "two"], { money });
    expect(product.money).toEqual({ ...none, ...money });
    const other = await stockedProduct(theirs, ["three"]);
    expect(other.money).toEqual({ ...none, late: null, surplus: null });
    const lateTo = async (productId: string) => {
      const order = await placeOrder(theirs, productId);
      await theirs.admin(`/orders/${order.id}/cancel`, { method: "POST" });
      await sendNotice(theirs, order);
      return (await getOrder(order)).json.state as string;
    };
    expect(await lateTo(product.id)).toBe("cancelled");
    expect(await lateTo(other.id)).toBe("delivered");
    const headers = { "if-match": `"${product.version}"` };
    const path = `/products/${product.id}`;
    const edited = await theirs.admin(path, { method: "PATCH", headers, body: { money: null } });
    expect(edited.json.money).toEqual(other.money);
    expect(await lateTo(product.id)).toBe("delivered");
  });

  it("tells the buyer of an order that waits when its own rule gives the money back", async () => {
    const product = await stockedProduct(theirs, ["four"], { money: { unfilled_wait_hours: 5 } });
    const gone = await placeOrder(theirs, product.id);
    await theirs.admin(`/orders/${gone.id}/cancel`, { method: "POST" });
    await sendNotice(theirs, await placeOrder(theirs, product.id, { email: "quick@example.com" }));
    await sendNotice(theirs, gone);
    const { json } = await getOrder(gone);
    expect(json.state).toBe("unfilled");
    expect(Date.parse(json.refund_at) - Date.parse(json.paid_at)).toBe(5 * 3_600_000);
  });

  it.each([
    { late: "sometimes" },
    { unfilled_wait_hours: 0 },
    { refund: "all" },
    { wait_list: "luck" },
    "refund",
  ])("is refused where they are none: %j", async (rules) => {
    const body = { slug: "no-rules", title: "Key", price: { amount_minor: 1, currency: "CNY" } };
    const answer = await theirs.admin("/products", { body: { ...body, money: rules } });
    expect(answer.status).toBe(400);
    expect(answer.json.code).toBe("invalid_body");
  });
});

describe("money of an order that a person has declined", () => {
  it("is a task until it has gone back", async () => {
    const of = await openShop();
    await setRisk(of, { review_at: 30, disposable_mail: 30 });
    const product = await stockedProduct(of, [crypto.randomUUID()]);
    const order = await placeOrder(of, product.id, { email: "me@mailinator.com" });
    await sendNotice(of, order);
    await of.admin(`/orders/${order.id}/reject`, { method: "POST" });
    const task = await taskOf(of, order.id);
    expect(task).toMatchObject({ reason: "rejected", state: "open" });
    const body = { method: "hand", reason: "declined", reference: "bank 17" };
    const headers = { "idempotency-key": `declined-${order.id}` };
    const refunds = `/orders/${order.id}/refunds`;
    expect((await of.admin(refunds, { body })).json.code).toBe("idempotency_key_required");
    expect((await of.admin(refunds, { body, headers })).status).toBe(201);
    expect((await getOrder(order)).json.state).toBe("refunded");
    // Nobody need say so once more: it is done with the refund, which the log has with its reference.
    await eventually(async () => ((await open(of)).length === 0 ? true : undefined));
    const done = await of.admin(`/tasks/${task.number}/done`, { body: { note: "mine" } });
    expect(done.json).toMatchObject({ state: "done", note: "given back" });
    const log = (await of.admin("/audit-log?limit=20")).json.data as { action: string }[];
    expect(log.find(({ action }) => action === "order.refund")).toMatchObject({
      subject: order.id,
      detail: { method: "hand", reference: "bank 17" },
    });
  });
});

describe("money that no order could take", () => {
  it("becomes one task of a person, who says when it is done; no other shop sees it", async () => {
    const order = await paidTwice();
    const task = await taskOf(shop, order.id);
    expect(task).toMatchObject({
      reason: "surplus",
      because: "surplus",
      trade_no: `second-${order.id}`,
      amount: { amount_minor: 1_000, currency: "CNY" },
      state: "open",
    });
    const { paid_at: paidAt, due_at: dueAt } = task as unknown as Record<string, string>;
    expect(Date.parse(dueAt ?? "") - Date.parse(paidAt ?? "")).toBe(72 * 3_600_000);
    await look(86_400_000);
    expect((await open(shop)).filter(({ order_id: id }) => id === order.id)).toHaveLength(1);

    const path = `/tasks/${task.number}/done`;
    const other = await openShop();
    expect(await open(other)).toEqual([]);
    expect((await other.admin(path, { body: { note: "mine" } })).status).toBe(404);
    expect((await shop.admin(path, { body: {} })).json.code).toBe("invalid_body");
    const done = await shop.admin(path, { body: { note: "sent back by bank" } });
    expect(done.json).toMatchObject({ state: "done", note: "sent back by bank" });
    const again = await shop.admin(path, { body: { note: "another" } });
    expect(again.json).toEqual(done.json);
    expect(await open(shop)).toEqual([]);
    const log = (await shop.admin("/audit-log?limit=20")).json.data;
    const entries = log.filter(({ action }: { action: string }) => action === "task.done");
    expect(entries).toMatchObject([{ subject: String(task.number) }]);
  });

  it("is not what a gateway tells after the merchant has marked the order as paid: nothing goes back", async () => {
    const theirs = await openShop();
    const body = { money: { surplus: "refund" } };
    const version = { "if-match": (await theirs.admin("/settings")).headers.get("etag") ?? "" };
    await theirs.admin("/settings", { method: "PATCH", body, headers: version });
    const product = await stockedProduct(theirs, [crypto.randomUUID()]);
    const order = await placeOrder(theirs, product.id);
    const path = `/orders/${order.id}/mark-paid`;
    await theirs.admin(path, { body: { note: "seen in the gateway's panel" } });
    await sendNotice(theirs, order, { trade_no: `late-${order.id}` });
    await look(86_400_000);
    const { json } = await theirs.admin(`/orders/${order.id}`);
    expect(json).toMatchObject({
      state: "delivered",
      payments: [{ trade_no: `late-${order.id}`, verdict: "delivered", source: "notice" }],
      refunds: [],
    });
    expect(await open(theirs)).toEqual([]);
    expect((await getOrder(order)).json.money).toEqual([]);
    expect((await theirs.admin(path, { body: {} })).json.version).toBe(json.version);
  });

  it("is asked back from the gateway once, however often it is looked at, where the merchant says refund", async () => {
    vi.spyOn(console, "warn").mockReturnValue();
    const theirs = await openShop();
    const body = { money: { surplus: "refund" } };
    const version = { "if-match": (await theirs.admin("/settings")).headers.get("etag") ?? "" };
    const saved = await theirs.admin("/settings", { method: "PATCH", body, headers: version });
    expect(saved.status).toBe(200);
    const order = await paidTwice(theirs);
    depsFor(env, {}).forgetShopSettings();
    const seen = await eventually(async () => {
      await look();
      const { json } = await theirs.admin(`/orders/${order.id}`);
      return json.refunds.length > 0 ? json : undefined;
    });
    await look(86_400_000);
    await look(2 * 86_400_000);
    // Nobody is at the address of this shop's gateway: it stays asked, and the order is the buyer's.
    expect(seen).toMatchObject({ state: "delivered", refunds: [{ state: "asked" }] });
    const { json } = await theirs.admin(`/orders/${order.id}`);
    expect(json.refunds).toMatchObject([{ state: "asked", trade_no: `second-${order.id}` }]);
    expect(await open(theirs)).toEqual([]);
    vi.restoreAllMocks();
  });
});

describe("an order that is owed keys", () => {
  it("tells its buyer when the money goes back, by the policy of the moment", async () => {
    const theirs = await openShop();
    const product = await stockedProduct(theirs, [crypto.randomUUID()]);
    const gone = await placeOrder(theirs, product.id);
    await theirs.admin(`/orders/${gone.id}/cancel`, { body: {} });
    const quick = await placeOrder(theirs, product.id, { email: "quick@example.com" });
    await sendNotice(theirs, quick);
    await sendNotice(theirs, gone);
    expect((await getOrder(gone)).json).toMatchObject({ state: "unfilled", refund_at: null });

    const body = { money: { unfilled_wait_hours: 48 } };
    const headers = { "if-match": (await theirs.admin("/settings")).headers.get("etag") ?? "" };
    await theirs.admin("/settings", { method: "PATCH", body, headers });
    const told = await eventually(async () => {
      const { json } = await getOrder(gone);
      return json.refund_at === null ? undefined : json;
    });
    const waits = Date.parse(told.refund_at as string) - Date.parse(told.paid_at as string);
    expect(waits).toBe(48 * 3_600_000);
  });
});

it.each([
  [null, ["unfilled", "unfilled"]],
  [{ wait_list: "as_they_fit" }, ["unfilled", "delivered"]],
])("a product's wait list is served as it says: %j", async (money, states) => {
  const theirs = await openShop();
  const product = await stockedProduct(theirs, keysNamed(`list-${String(money !== null)}`, 3), {
    money,
  });
  expect(product.money.wait_list).toBe(money === null ? null : "as_they_fit");
  const large = await placeOrder(theirs, product.id, { quantity: 2, email: "two@example.com" });
  const small = await placeOrder(theirs, product.id, { email: "one@example.com" });
  for (const { id } of [large, small]) {
    await theirs.admin(`/orders/${id}/cancel`, { method: "POST" });
  }
  const quick = await placeOrder(theirs, product.id, { quantity: 3, email: "all@example.com" });
  for (const paid of [quick, large, small]) await sendNotice(theirs, paid);
  await importKeys(theirs, product.id, [crypto.randomUUID()]);
  const found = await Promise.all([large, small].map((order) => getOrder(order)));
  expect(found.map(({ json }) => json.state)).toEqual(states);
});

it("whoever was to give money back for want of keys need not, once keys came", async () => {
  const theirs = await openShop();
  const product = await stockedProduct(theirs, [crypto.randomUUID()], {
    money: { unfilled: "refund" },
  });
  const gone = await placeOrder(theirs, product.id);
  await theirs.admin(`/orders/${gone.id}/cancel`, { method: "POST" });
  await sendNotice(theirs, await placeOrder(theirs, product.id, { email: "quick@example.com" }));
  await theirs.admin(`/orders/${gone.id}/mark-paid`, { body: { note: "cash" } });
  const task = await taskOf(theirs, gone.id);
  expect(task).toMatchObject({ reason: "unfilled", because: "by_hand_only" });
  await importKeys(theirs, product.id, [crypto.randomUUID()]);
  expect((await getOrder(gone)).json.state).toBe("delivered");
  await eventually(async () => ((await open(theirs)).length === 0 ? true : undefined));
  const done = await theirs.admin(`/tasks/${task.number}/done`, { body: { note: "mine" } });
  expect(done.json).toMatchObject({ state: "done", note: "keys came" });
});
