import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { depsFor } from "../../src/platform/deps.ts";
import { eventually } from "../support/worker/eventually.ts";
import { Visitor, words } from "../support/worker/pages.ts";
import {
  getOrder,
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
  shop = await openShop("demo");
});

async function paid() {
  const product = await stockedProduct(shop, [crypto.randomUUID(), crypto.randomUUID()]);
  const order = await placeOrder(shop, product.id);
  await sendNotice(shop, order);
  return { product, order };
}

const refund = (id: string, body: object, key = crypto.randomUUID() as string) =>
  shop.admin(`/orders/${id}/refunds`, { body, headers: { "idempotency-key": key } });
const byHand = { method: "hand", reason: "bank transfer" };

describe("a refund", () => {
  it("by hand is written down once, and the buyer sees that the money went back and no keys", async () => {
    const { order } = await paid();
    const first = await refund(order.id, byHand, "refund-of-this-order");
    expect(first.status).toBe(201);
    expect(first.json).toMatchObject({
      state: "refunded",
      keys: [],
      refunds: [{ state: "done", method: "hand", amount: { amount_minor: 1_000 } }],
    });
    const again = await refund(order.id, byHand, "refund-of-this-order");
    expect([again.status, again.json.refunds]).toEqual([201, first.json.refunds]);
    const other = await refund(order.id, byHand);
    expect([other.status, other.json]).toMatchObject([
      409,
      { code: "not_refundable", because: "too_much", left_minor: 0 },
    ]);

    const owed = await eventually(async () => {
      const { json } = await shop.admin(`/orders/${order.id}`);
      return json.deliveries.find(({ purpose }: { purpose: string }) => purpose === "refunded");
    });
    expect(owed.round).toBe(0);

    const seen = await getOrder(order);
    expect(seen.json).toMatchObject({
      state: "refunded",
      keys: null,
      refunds: [{ state: "done", amount: { amount_minor: 1_000 } }],
    });
    const page = await new Visitor("en").get(`/orders/${order.id}?token=${order.access_token}`);
    const visitor = new Visitor("en");
    await visitor.get(`/orders/${order.id}?token=${order.access_token}`);
    expect(page.status).toBe(303);
    expect(words(await visitor.get(`/orders/${order.id}`))).toContain("went back");
  });

  it("of a part leaves the order and its keys, and stands in the list of all", async () => {
    const { order } = await paid();
    const part = await refund(order.id, { ...byHand, amount_minor: 300, keys: "keep" });
    expect(part.json).toMatchObject({ state: "delivered", refunds: [{ keys: "keep" }] });
    expect((await getOrder(order)).json.keys).toHaveLength(1);
    const row = await eventually(async () => {
      const { json } = await shop.admin("/refunds?limit=100");
      return json.data.find(({ order_id: id }: { order_id: string }) => id === order.id);
    });
    expect(row).toMatchObject({ state: "done", amount: { amount_minor: 300 }, tries: 0 });
    const mails = await eventually(async () => {
      const { deliveries } = (await shop.admin(`/orders/${order.id}`)).json;
      const owed = deliveries.map((mail: { purpose: string }) => mail.purpose);
      return owed.includes("part_refunded") ? owed : undefined;
    });
    expect(mails.toSorted()).toEqual(["keys", "part_refunded"]);
    const visitor = new Visitor("en");
    await visitor.get(`/orders/${order.id}?token=${order.access_token}`);
    const page = words(await visitor.get(`/orders/${order.id}`));
    expect(page).toContain("went back");
    expect(page).toContain("3.00");
    const log = (await shop.admin("/audit-log?limit=10")).json.data;
    expect(log[0]).toMatchObject({ action: "order.refund", subject: order.id });
  });

  it("leaves the keys or takes them by the shop's rule, where the call does not say", async () => {
    const keeping = await openShop();
    const headers = { "if-match": '"0"' };
    const rule = { money: { refund_keys: "keep" } };
    const patched = await keeping.admin("/settings", { method: "PATCH", headers, body: rule });
    expect(patched.json.money).toMatchObject({ refund_keys: "keep", desk_refund_keys: "keep" });
    const secret = crypto.randomUUID();
    const product = await stockedProduct(keeping, [secret, crypto.randomUUID()]);
    const orders = [await placeOrder(keeping, product.id), await placeOrder(keeping, product.id)];
    for (const order of orders) await sendNotice(keeping, order);
    const give = (id: string, body: object) =>
      keeping.admin(`/orders/${id}/refunds`, {
        body,
        headers: { "idempotency-key": crypto.randomUUID() },
      });
    const [first, second] = orders;
    const kept = await give(first?.id ?? "", byHand);
    expect(kept.json).toMatchObject({ refunds: [{ keys: "keep" }], keys: [{}] });
    const taken = await give(second?.id ?? "", { ...byHand, keys: "void" });
    expect(taken.json).toMatchObject({ refunds: [{ keys: "void" }], keys: [] });
    const stock = await keeping.admin(`/products/${product.id}/stock`);
    expect(stock.json).toMatchObject({ sold: 1, void: 1, free: 0 });
  });

  it("by hand has the merchant's reference, which stands in the books of a payment once", async () => {
    const { order } = await paid();
    const part = { ...byHand, amount_minor: 300, reference: "0xabc123" };
    const first = await refund(order.id, part);
    expect(first.json.refunds).toMatchObject([{ method: "hand", refund_no: "0xabc123" }]);
    const again = await refund(order.id, part);
    expect([again.status, again.json]).toMatchObject([
      409,
      { code: "not_refundable", because: "recorded", refund: { id: first.json.refunds[0].id } },
    ]);
    const { reason } = byHand;
    expect((await refund(order.id, { reason, reference: "1" })).json).toMatchObject({
      code: "invalid_body",
      errors: [{ path: "reference" }],
    });
    expect((await getOrder(order)).json.refunds).toHaveLength(1);
  });

  it("that its gateway does not answer is asked for by the schedule until it has an end", async () => {
    vi.spyOn(console, "warn").mockReturnValue();
    const { order } = await paid();
    const asked = await refund(order.id, { reason: "asked for" });
    // Nobody is at the address of this shop's gateway.
    expect(asked.status).toBe(202);
    expect(asked.json.refunds).toMatchObject([{ state: "asked", method: "gateway" }]);
    const deps = depsFor(env, {});
    const id = asked.json.refunds[0].id as string;
    await eventually(async () => {
      const { json } = await shop.admin("/refunds?state=asked&limit=100");
      return json.data.find((row: { id: string }) => row.id === id);
    });
    const laterMs = Date.now() + 10 * 60_000;
    const due = await deps.refunds.claimDue(laterMs, 100);
    expect(due).toContainEqual({ id, orderId: order.id });
    expect(await deps.refunds.claimDue(laterMs, 100)).not.toContainEqual({ id, orderId: order.id });
    vi.restoreAllMocks();
  });

  it("that its gateway refuses is a problem with what is recorded of it, however often it is asked for", async () => {
    const { order } = await paid();
    const answer = (text: object) => new Response(JSON.stringify(text));
    const epay = vi.spyOn(globalThis, "fetch").mockImplementation(async (_, init) =>
      init?.method === "POST"
        ? answer({ code: -1, msg: "余额不足" })
        : answer({
            code: 1,
            status: 1,
            out_trade_no: order.id,
            trade_no: `T-${order.id}`,
            money: "10.00",
          }),
    );
    const body = { reason: "asked for" };
    const first = await refund(order.id, body, "refused-refund");
    expect([first.status, first.json]).toMatchObject([
      409,
      {
        code: "refund_refused",
        order_state: "delivered",
        refund: { state: "refused", refusal: "余额不足", amount: { amount_minor: 1_000 } },
      },
    ]);
    const calls = epay.mock.calls.length;
    const again = await refund(order.id, body, "refused-refund");
    expect(again.json).toEqual({ ...first.json, request_id: again.json.request_id });
    const other = await refund(order.id, { ...body, amount_minor: 1 }, "refused-refund");
    expect(other.json.code).toBe("idempotency_key_reused");
    expect(epay).toHaveBeenCalledTimes(calls);
    expect((await getOrder(order)).json).toMatchObject({ state: "delivered" });
    vi.restoreAllMocks();
  });

  it("of nothing, of too much, of another's order or in wrong words is refused and changes nothing", async () => {
    const { order, product } = await paid();
    const pending = await placeOrder(shop, product.id);
    expect((await refund(pending.id, byHand)).json).toMatchObject({ because: "not_paid" });
    const much = await refund(order.id, { ...byHand, amount_minor: 1_001 });
    expect(much.json).toMatchObject({ because: "too_much", left_minor: 1_000 });
    for (const body of [{}, { ...byHand, amount_minor: 0 }, { ...byHand, keys: "burn" }]) {
      expect((await refund(order.id, body)).json.code).toBe("invalid_body");
    }
    const other = await openShop();
    const headers = { "idempotency-key": "another-shop" };
    const theirs = await other.admin(`/orders/${order.id}/refunds`, { body: byHand, headers });
    expect(theirs.status).toBe(404);
    expect((await getOrder(order)).json).toMatchObject({ state: "delivered", refunds: [] });
  });
});
