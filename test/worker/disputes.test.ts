import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import {
  wordThatHolds,
  type DisputeState,
  type DisputeWord,
} from "../../src/domain/payments/dispute.ts";
import { parseOrderId, type AccountId, type MerchantId } from "../../src/domain/ids.ts";
import { depsFor } from "../../src/platform/deps.ts";
import { eventually } from "../support/worker/eventually.ts";
import { tellDisputes } from "../../src/scheduled/tell-disputes.ts";
import { Visitor, words } from "../support/worker/pages.ts";
import {
  call,
  getOrder,
  migrate,
  openShop,
  placeOrder,
  sendNotice,
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

const tell = (type: string, object: object, to = accountId) => tellByStripe(to, type, object);

async function paidByCard() {
  const secret = `KEY-${crypto.randomUUID()}`;
  const product = await stockedProduct(shop, [secret]);
  const order = await placeOrder(shop, product.id);
  const intent = `pi_${order.id.slice(-12)}`;
  const status = await tell("checkout.session.completed", {
    id: `cs_${order.id.slice(-12)}`,
    object: "checkout.session",
    client_reference_id: order.id,
    payment_intent: intent,
    payment_status: "paid",
    amount_total: 1_000,
    currency: "cny",
  });
  expect(status).toBe(200);
  return { order, intent, secret };
}

const dispute = (intent: string, status: string) => ({
  id: `dp_${intent}`,
  object: "dispute",
  payment_intent: intent,
  amount: 1_000,
  currency: "cny",
  status,
});
const caseOf = async (intent: string) => {
  const { json } = await shop.admin("/disputes?limit=100");
  return json.data.find((row: { trade_no: string }) => row.trade_no === intent);
};

describe("a dispute", () => {
  it("opens one case however often it is told, and one that has ended is not opened again", async () => {
    const { order, intent } = await paidByCard();
    await tell("charge.dispute.created", dispute(intent, "needs_response"));
    await tell("charge.dispute.closed", dispute(intent, "lost"));
    await tell("charge.dispute.created", dispute(intent, "needs_response"));
    const { json } = await shop.admin("/disputes?limit=100&state=lost");
    const rows = json.data.filter((row: { trade_no: string }) => row.trade_no === intent);
    expect(rows).toMatchObject([{ state: "lost", amount: { amount_minor: 1_000 } }]);
    const [{ id }] = rows;
    // The gateway named no order: the book of payments knows it.
    const found = await eventually(async () => {
      const one = (await shop.admin(`/disputes/${id}`)).json;
      return one.order_id === null ? undefined : one;
    });
    expect(found.order_id).toBe(order.id);
    expect(found.settled_at).not.toBeNull();
  });

  it("has as evidence who was shown which key when and from which address, and no key", async () => {
    const { order, intent, secret } = await paidByCard();
    const look = { "cf-connecting-ip": "203.0.113.7", "user-agent": "A browser\u0009of one line" };
    const headers = { ...look, authorization: `Bearer ${order.access_token}` };
    const seen = await call(`/api/v1/orders/${order.id}`, { headers });
    expect(seen.json.keys[0].secret).toBe(secret);
    await call(`/api/v1/orders/${order.id}`, { headers });
    await tell("charge.dispute.created", dispute(intent, "needs_response"));
    const { id } = await caseOf(intent);
    const pack = await eventually(async () => {
      const { json } = await shop.admin(`/disputes/${id}/evidence`);
      return json.visits?.some(({ act }: { act: string }) => act === "api") ? json : undefined;
    });
    const shown = pack.visits.filter(({ act }: { act: string }) => act === "api");
    expect(shown).toMatchObject([
      { ip: "203.0.113.7", keys: 1, key_ids: [seen.json.keys[0].id], times: 1 },
    ]);
    expect(pack.visits.map(({ act }: { act: string }) => act)).toContain("ordered");
    expect(pack.order).toMatchObject({ id: order.id, email: expect.stringContaining("@") });
    expect(pack.keys).toEqual([{ id: seen.json.keys[0].id, masked: `••••${secret.slice(-4)}` }]);
    expect(pack.notices.length).toBeGreaterThan(0);

    expect(pack.gateway_fields.stripe).toMatchObject({
      access_activity_log: expect.stringContaining("203.0.113.7"),
      customer_email_address: pack.order.email,
      service_date: new Date().toISOString().slice(0, 10),
    });

    const file = await shop.admin(`/disputes/${id}/evidence.txt`);
    expect(file.text).toContain(`203.0.113.7`);
    expect(file.text).toContain(seen.json.keys[0].id);
    expect(`${JSON.stringify(pack)}${file.text}`).not.toContain(secret);
    const log = (await shop.admin("/audit-log?limit=5")).json.data;
    expect(log[0]).toMatchObject({ action: "dispute.evidence", subject: id });
  });

  it("tells its order: no refund without a word, a task with the deadline, and the keys by the rule once it is lost", async () => {
    const { order, intent, secret } = await paidByCard();
    const dueBy = Math.floor(Date.now() / 1_000) + 7 * 86_400;
    const opened = {
      ...dispute(intent, "needs_response"),
      reason: "fraudulent",
      evidence_details: { due_by: dueBy },
    };
    await tell("charge.dispute.created", opened);
    let nowMs = Date.now();
    const told = await eventually(async () => {
      // The notice names only the payment; each look finds the next one later than the last.
      nowMs += 7 * 3_600_000;
      await tellDisputes(depsFor(env, {}), nowMs);
      const { json } = await getOrder(order);
      return json.dispute === null ? undefined : json;
    });
    expect(told).toMatchObject({ dispute: "open", state: "delivered", keys: [{ secret }] });
    const due_at = new Date(dueBy * 1_000).toISOString();
    expect(await caseOf(intent)).toMatchObject({ reason: "fraudulent", evidence_due_at: due_at });
    const taskOf = async () => {
      const { json } = await shop.admin("/tasks?limit=100");
      return json.data.find((row: { order_id: string }) => row.order_id === order.id);
    };
    expect(await taskOf()).toMatchObject({ reason: "disputed", because: "fraudulent", due_at });

    const refund = (body: object) =>
      shop.admin(`/orders/${order.id}/refunds`, {
        body: { method: "hand", reason: "sorry", amount_minor: 1, ...body },
        headers: { "idempotency-key": crypto.randomUUID() },
      });
    const refused = await refund({});
    expect([refused.status, refused.json]).toMatchObject([
      409,
      { code: "disputed", dispute_state: "opened", dispute_no: `dp_${intent}` },
    ]);
    expect((await refund({ despite_dispute: true })).status).toBe(201);
    const [entry] = (await shop.admin("/audit-log?limit=1")).json.data;
    expect(entry).toMatchObject({ action: "order.refund", detail: { despite_dispute: true } });

    await tell("charge.dispute.closed", { ...opened, status: "lost", created: dueBy });
    const lost = await getOrder(order);
    expect(lost.json).toMatchObject({ dispute: "lost", state: "refunded", keys: null });
    expect(await taskOf()).toBeUndefined();
    const log = (await shop.admin("/audit-log?limit=5")).json.data;
    expect(log).toContainEqual(
      expect.objectContaining({ action: "order.void_keys", actor: "gateway", subject: order.id }),
    );
    const visitor = new Visitor("en");
    await visitor.get(`/orders/${order.id}?token=${order.access_token}`);
    expect(words(await visitor.get(`/orders/${order.id}`))).toContain("Your bank has taken");
  });

  it("is found by order, account, payment, reason and deadline", async () => {
    const { order, intent } = await paidByCard();
    const dueBy = Math.floor(Date.now() / 1_000) + 3_600;
    const about = { reason: "product_not_received", evidence_details: { due_by: dueBy } };
    await tell("charge.dispute.created", { ...dispute(intent, "needs_response"), ...about });
    const found = async (search: string) =>
      (await shop.admin(`/disputes?state=opened&trade_no=${intent}&${search}`)).json.data.length;
    const at = (seconds: number) => encodeURIComponent(new Date(seconds * 1_000).toISOString());
    await eventually(async () => ((await found(`order_id=${order.id}`)) === 1 ? true : undefined));
    expect(await found(`account_id=${accountId}`)).toBe(1);
    expect(await found("reason=product_not_received")).toBe(1);
    expect(await found(`due_before=${at(dueBy + 1)}`)).toBe(1);
    expect(await found(`due_before=${at(dueBy)}`)).toBe(0);
    for (const search of ["account_id=acct_other", "order_id=ord_other", "reason=fraudulent"]) {
      expect(await found(search)).toBe(0);
    }
    expect((await shop.admin("/disputes?due_before=soon")).json.code).toBe("invalid_query");
  });

  it("ends by its words, in whichever order the database is told them, as in the object", async () => {
    const { disputes } = depsFor(env, {});
    const said = (["opened", "won", "lost"] as const).flatMap((state) =>
      [1, 2].map((saidAtMs) => ({ state, saidAtMs })),
    );
    const named = { merchantId: shop.id as MerchantId, accountId: accountId as AccountId };
    const about = { tradeNo: "pi_words", orderId: null, money: null, reason: null };
    for (const [n, first] of said.entries()) {
      for (const [m, second] of said.entries()) {
        const disputeNo = `dp_words_${n}_${m}`;
        const tellWord = (word: DisputeWord) =>
          disputes.tell({
            ...named,
            ...about,
            ...word,
            disputeNo,
            evidenceDueAtMs: null,
            toldAtMs: 1,
          });
        await tellWord(first);
        const { state, saidAtMs } = await tellWord(second);
        expect({ state, saidAtMs }).toEqual(wordThatHolds(first, second));
      }
    }
  });

  it("and keys that are imported at once: the order was filled before it, or is not until it is won", async () => {
    const { stock } = depsFor(env, {});
    for (let round = 0; round < 5; round++) {
      const product = await stockedProduct(shop, [crypto.randomUUID()]);
      const order = await placeOrder(shop, product.id);
      await shop.admin(`/orders/${order.id}/cancel`, { method: "POST" });
      const other = await placeOrder(shop, product.id);
      for (const paid of [other, order]) await sendNotice(shop, paid);
      const owed = (await shop.admin(`/orders/${order.id}`)).json;
      expect(owed.state).toBe("unfilled");
      const [{ account_id, trade_no }] = owed.payments;
      const named = parseOrderId(order.id);
      if (named === null) throw new Error("no order");
      const word = (state: DisputeState, saidAtMs: number) =>
        stock.of(named.stockNumber).hearDispute({
          orderId: named.id,
          merchantId: shop.id as MerchantId,
          accountId: account_id,
          tradeNo: trade_no,
          disputeNo: "dp_at_once",
          state,
          saidAtMs,
          money: null,
          keys: "void",
        });
      const keys = { body: { keys: [crypto.randomUUID()] } };
      const [imported, heard] = await Promise.all([
        shop.admin(`/products/${product.id}/keys`, keys),
        word("opened", 1),
      ]);
      expect([imported.status < 300, heard.kind]).toEqual([true, "heard"]);
      const { state, keys: delivered } = (await shop.admin(`/orders/${order.id}`)).json;
      const free = state === "delivered" ? 0 : 1;
      expect(["delivered", "unfilled"]).toContain(state);
      expect(delivered).toHaveLength(1 - free);
      expect((await shop.admin(`/products/${product.id}/stock`)).json).toMatchObject({ free });
      await word("won", 2);
      expect((await shop.admin(`/orders/${order.id}`)).json.state).toBe("delivered");
    }
  });

  it("is nobody else's, and its evidence shows no order of another merchant", async () => {
    const { order, intent } = await paidByCard();
    await tell("charge.dispute.created", dispute(intent, "needs_response"));
    const { id } = await caseOf(intent);
    const other = await openShop();
    for (const path of [`/disputes/${id}`, `/disputes/${id}/evidence`, "/disputes/dsp_nothing"]) {
      expect((await other.admin(path)).status).toBe(404);
    }
    // Their account tells of our payment's number: it is their case, and leads nowhere.
    const theirs = await stripeOf(other);
    await tell("charge.dispute.created", dispute(intent, "needs_response"), theirs);
    const [row] = (await other.admin("/disputes")).json.data;
    expect(row.order_id).toBeNull();
    const pack = await other.admin(`/disputes/${row.id}/evidence`);
    expect([pack.json.order, pack.json.visits]).toEqual([null, []]);
    expect(pack.text).not.toContain(order.id);
  });
});

describe("the log of visits", () => {
  it("has no address that can be read at rest, and is forgotten after its time", async () => {
    const { order } = await paidByCard();
    await getOrder(order);
    const deps = depsFor(env, {});
    const rows = await eventually(async () => {
      const found = await deps.visitBook.ofOrder(order.id);
      return found.some(({ act }) => act === "api") ? found : undefined;
    });
    expect(JSON.stringify(rows)).not.toMatch(/\d+\.\d+\.\d+\.\d+/);
    const [row] = rows;
    if (row === undefined) throw new Error("no visit");
    await deps.visitBook.write([{ ...row, id: "vis_old", lastAtMs: 1, firstAtMs: 1 }]);
    expect(await deps.visitBook.forgetBefore(2, 10)).toBe(1);
  });

  it("keeps the earliest of an order, whatever comes after", async () => {
    const deps = depsFor(env, {});
    const { order } = await paidByCard();
    const row = (n: number) => ({
      id: `vis_${order.id}_${n}`,
      merchantId: shop.id as MerchantId,
      orderId: order.id,
      act: "api" as const,
      sealedVisitor: "",
      keyIds: [],
      keys: 1,
      firstAtMs: n,
      lastAtMs: n,
      times: 1,
    });
    await deps.visitBook.write(Array.from({ length: 130 }, (_, n) => row(n)));
    const kept = await deps.visitBook.ofOrder(order.id);
    expect(kept.map(({ firstAtMs }) => firstAtMs)).toEqual(
      Array.from({ length: 100 }, (_, n) => n),
    );
  });
});
