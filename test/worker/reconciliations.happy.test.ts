import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { isolate } from "../support/worker/isolate.ts";
import {
  getOrder,
  migrate,
  openShop,
  placeOrder,
  sendNotice,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";
import {
  booked,
  chinaDay,
  compare,
  epayFile,
  TODAY,
  type EpayLine,
} from "../support/worker/statements.ts";

beforeAll(migrate);
afterEach(() => vi.unstubAllGlobals());

// oxlint-disable-next-line typescript/no-explicit-any -- what came over the wire has no type
type Wire = any;

let keys = 0;
async function product(shop: Shop, count: number): Promise<Wire> {
  const names = Array.from({ length: count }, () => `KEY-${++keys}`);
  return stockedProduct(shop, names);
}

/** An order that was paid, and is in the book. */
async function paid(shop: Shop, productId: string, changes: Record<string, string> = {}) {
  const order = await placeOrder(shop, productId);
  await sendNotice(shop, order, changes);
  await booked(changes["trade_no"] ?? `T-${order.id}`, order.id);
  return order;
}

const row = (order: Wire, changes: Partial<EpayLine> = {}): EpayLine => ({
  tradeNo: `T-${order.id}`,
  orderId: order.id,
  money: "10.00",
  ...changes,
});

async function findings(shop: Shop, id: string, query = ""): Promise<Wire[]> {
  return (await shop.admin(`/reconciliations/${id}/findings${query}`)).json.data;
}

const repair = (shop: Shop, id: string, number: number, body: object) =>
  shop.admin(`/reconciliations/${id}/findings/${number}/repair`, { body });

describe("a day on which both books agree", () => {
  test("is explained: 0 cents, 0 keys; the same file again is the same report", async () => {
    const shop = await openShop();
    const { id } = await product(shop, 2);
    const orders = [await paid(shop, id), await paid(shop, id)];
    const file = epayFile(orders.map((order) => row(order)));
    const answer = await compare(shop, file);
    expect(answer.status).toBe(201);
    expect(answer.json).toMatchObject({
      state: "done",
      day: TODAY,
      totals: { gross_minor: 2000, refunded_minor: 0, fee_minor: 12, net_minor: 1988 },
      rows: { payments: 2, matched: 2, unreadable: 0 },
      findings: [],
      unexplained: { amounts: [], keys: 0 },
      explained: true,
    });
    const again = await compare(shop, file);
    expect(again.status).toBe(200);
    expect(again.json).toEqual(answer.json);
    const list = await shop.admin("/reconciliations");
    expect(list.json.data).toEqual([answer.json]);
    expect((await shop.admin(`/reconciliations/${answer.json.id}`)).json).toEqual(answer.json);
  });
});

describe("a statement that is fetched", () => {
  const STRIPE = { secret_key: "sk_test_51HxkamidropTests", webhook_secret: "whsec_test_secret" };
  const body = {
    slug: "stripe",
    title: "Card",
    gateway: "stripe",
    currency: "USD",
    credentials: STRIPE,
  };

  test("is compared like one that was sent; a gateway that does not answer leaves no report", async () => {
    const shop = await openShop();
    const account = (await shop.admin("/payment-accounts", { body })).json;
    const day = "2026-11-24";
    const charge = {
      id: "txn_1",
      created: Date.UTC(2026, 10, 24, 12) / 1_000,
      currency: "usd",
      amount: 1200,
      fee: 65,
      reporting_category: "charge",
      source: { id: "ch_1", payment_intent: "pi_1", metadata: { order_id: "ord_1" } },
    };
    let status: 200 | 401 | 500 = 500;
    const page = { object: "list", data: [charge], has_more: false };
    const error = { type: "invalid_request_error", message: "no such key" };
    const answers = { 200: page, 401: { error }, 500: {} };
    vi.stubGlobal("fetch", async () => Response.json(answers[status], { status }));
    const { fetch } = isolate();
    const ask = () =>
      shop.admin("/reconciliations/fetch", { body: { account_id: account.id, day }, fetch });
    expect((await ask()).status).toBe(503);
    expect((await shop.admin("/reconciliations")).json.data).toEqual([]);
    status = 200;
    const { status: made, json } = await ask();
    expect(made).toBe(201);
    expect(json).toMatchObject({
      format: "stripe",
      totals: { currency: "USD", gross_minor: 1200, fee_minor: 65, net_minor: 1135 },
      findings: [{ kind: "missing_here", found: 1, open: 1 }],
    });
    expect((await ask()).status).toBe(200);
    status = 401;
    expect((await ask()).json).toMatchObject({ code: "statement_unfit", answer: "credentials" });
    for (const [odd, reason] of [
      ["1900-01-01", "day_too_old"],
      ["2099-01-01", "day_not_begun"],
    ]) {
      const asked = { account_id: account.id, day: odd };
      const refused = await shop.admin("/reconciliations/fetch", { body: asked, fetch });
      expect([refused.status, refused.json.reason]).toEqual([422, reason]);
    }
  });

  test("is none of a gateway that has no such thing", async () => {
    const shop = await openShop();
    const init = { body: { account_id: shop.accountId, day: "2026-11-24" } };
    const answer = await shop.admin("/reconciliations/fetch", init);
    expect([answer.status, answer.json.code]).toEqual([422, "statement_unsupported"]);
  });
});

describe("what the books do not agree on", () => {
  test("each kind is found, with its cents and its keys", async () => {
    const shop = await openShop();
    const one = await product(shop, 8);
    const other = await product(shop, 2);
    const [fine, second] = [await placeOrder(shop, one.id), await placeOrder(shop, other.id)];
    // At one moment: the order book has heard of neither.
    const number = `T-${fine.id}`;
    await Promise.all([fine, second].map((order) => sendNotice(shop, order, { trade_no: number })));
    await Promise.all([fine, second].map(({ id }) => booked(number, id)));
    const unpaid = await placeOrder(shop, one.id);
    const lost = await paid(shop, one.id);
    const wrong = await paid(shop, one.id, { money: "9.00" });
    const cheap = await paid(shop, one.id);
    const misnamed = await paid(shop, one.id);

    const file = epayFile([
      row(fine),
      row(unpaid),
      row(wrong, { money: "9.00" }),
      row(cheap, { money: "9.99" }),
      row(misnamed, { orderId: unpaid.id }),
      row(fine),
      row(fine, { tradeNo: "T-broken", money: "ten" }),
      row(unpaid, { tradeNo: "T-refunded", status: "已退款" }),
    ]);
    const { json } = await compare(shop, file);
    const found = await findings(shop, json.id);
    const short = found.map((each) => [
      each.kind,
      each.movement,
      each.line,
      each.our_order,
      each.unexplained_minor,
      each.unexplained_keys,
      each.detail,
    ]);
    expect(short).toEqual([
      ["unreadable", "payment", 8, null, 0, 0, "sum"],
      ["twice_here", "payment", 2, second.id, 1000, 1, null],
      ["missing_here", "payment", 3, null, 1000, 0, null],
      ["other_state", "payment", 4, wrong.id, 900, 0, "mismatch"],
      ["other_sum", "payment", 5, cheap.id, 1, 0, null],
      ["other_order", "payment", 6, misnamed.id, 1000, 1, null],
      ["twice_there", "payment", 7, null, 1000, 0, null],
      ["missing_here", "payment", 9, null, 1000, 0, null],
      ["missing_here", "refund", 9, null, 1000, 0, null],
      ["missing_there", "payment", null, lost.id, 1000, 1, null],
    ]);
    expect(json.unexplained).toEqual({
      amounts: [{ currency: "CNY", amount_minor: 7901 }],
      keys: 3,
    });
    expect(json.explained).toBe(false);
    expect(json.rows).toMatchObject({ payments: 7, refunds: 1, matched: 1, unreadable: 1 });
    expect(await findings(shop, json.id, "?kind=missing_here&limit=1")).toHaveLength(1);

    const csv = await shop.admin(`/reconciliations/${json.id}/findings.csv`);
    const lines = csv.text.trimEnd().split("\r\n");
    expect(lines).toHaveLength(11);
    expect(lines[2]).toMatch(
      /^\d+,twice_here,payment,2,T-ord_\w+,,ord_\w+,ord_\w+,,10\.00,CNY,1000,1,/,
    );
  });

  test("a payment that is missing here is recorded on the merchant's word, and delivers, once", async () => {
    const shop = await openShop();
    const { id: productId } = await product(shop, 1);
    const order = await placeOrder(shop, productId);
    const { json } = await compare(shop, epayFile([row(order)]));
    const [finding] = await findings(shop, json.id);

    const vouch = { how: "vouch", note: "seen in the panel" };
    const both = await Promise.all([
      repair(shop, json.id, finding.number, vouch),
      repair(shop, json.id, finding.number, vouch),
    ]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    expect(both[1]?.json).toEqual(both[0]?.json);
    expect(both[0]?.json.settled).toMatchObject({ as: "vouched", by: "operator" });
    expect((await getOrder(order)).json).toMatchObject({ state: "delivered" });
    const report = (await shop.admin(`/reconciliations/${json.id}`)).json;
    expect(report).toMatchObject({ explained: true, unexplained: { amounts: [], keys: 0 } });

    // The notice comes after all: it is the payment that is known.
    await sendNotice(shop, order);
    expect((await shop.admin(`/orders/${order.id}`)).json.payments).toHaveLength(1);
    const actions = (await shop.admin("/audit-log")).json.data.map((each: Wire) => each.action);
    expect(actions.filter((action: string) => action === "statement.settle")).toHaveLength(1);
    expect(actions).toContain("order.vouch_payment");
  });

  test("a late notice settles what was missing here, and it is missing in no later day", async () => {
    const shop = await openShop();
    const { id: productId } = await product(shop, 2);
    const order = await placeOrder(shop, productId);
    const yesterday = chinaDay(Date.now() - 86_400_000);
    const late = epayFile([row(order, { time: `${yesterday} 23:59:00` })]);
    const first = (await compare(shop, late, { day: yesterday })).json;
    expect(first.findings).toEqual([{ kind: "missing_here", found: 1, open: 1 }]);
    await sendNotice(shop, order);
    await booked(`T-${order.id}`, order.id);
    const again = await shop.admin(`/reconciliations/${first.id}/look-again`, { method: "POST" });
    expect(again.json).toMatchObject({ explained: true });
    const other = row(await paid(shop, productId));
    const today = (await compare(shop, epayFile([other]))).json;
    expect(today).toMatchObject({ rows: { payments: 1 }, explained: true });
  });

  test("what a day's statement lacked and an earlier day's had is settled by it", async () => {
    const shop = await openShop();
    const { id: productId } = await product(shop, 2);
    const order = await paid(shop, productId);
    const other = row(await paid(shop, productId));
    const today = (await compare(shop, epayFile([other]))).json;
    expect(today.unexplained).toEqual({
      amounts: [{ currency: "CNY", amount_minor: 1000 }],
      keys: 1,
    });
    const yesterday = chinaDay(Date.now() - 86_400_000);
    const file = epayFile([row(order, { time: `${yesterday} 23:59:59` })]);
    expect((await compare(shop, file, { day: yesterday })).json.explained).toBe(true);
    expect((await shop.admin(`/reconciliations/${today.id}`)).json.explained).toBe(true);
    expect(await findings(shop, today.id, "?open=true")).toEqual([]);
  });

  test("a fee that is not the account's rule is found on a payment that agrees otherwise", async () => {
    const shop = await openShop();
    const fee = { fixed_minor: 0, basis_points: 60, borne_by: "merchant" };
    const headers = { "if-match": "1" };
    const path = `/payment-accounts/${shop.accountId}`;
    const edited = await shop.admin(path, { method: "PATCH", headers, body: { fee } });
    expect(edited.status).toBe(200);
    const { id: productId } = await product(shop, 2);
    const [fine, dear] = [await paid(shop, productId), await paid(shop, productId)];
    const { json } = await compare(shop, epayFile([row(fine), row(dear, { fee: "0.50" })]));
    expect(json.totals).toMatchObject({
      fee_minor: 56,
      expected_fee_minor: 12,
      matched_minor: 2000,
    });
    expect(json.rows.matched).toBe(2);
    expect(await findings(shop, json.id)).toMatchObject([
      {
        kind: "fee",
        our_order: dear.id,
        theirs: { amount_minor: 50 },
        ours: { amount_minor: 6 },
        unexplained_minor: 44,
      },
    ]);
  });

  test("money that came with a notice and no order to take it is told as that", async () => {
    const shop = await openShop();
    const stray = { id: "ord_of_another_shop", amount: { amount_minor: 1000 } };
    await sendNotice(shop, stray, { trade_no: "T-stray" });
    const { json } = await compare(shop, epayFile([row(stray, { tradeNo: "T-stray" })]));
    const [finding] = await findings(shop, json.id);
    expect(finding).toMatchObject({ kind: "missing_here", detail: "unmatched" });
  });

  test("a wrong file's report can be discarded, and the same file compared anew", async () => {
    const shop = await openShop();
    const { id: productId } = await product(shop, 1);
    const order = await placeOrder(shop, productId);
    const file = epayFile([row(order)]);
    const first = (await compare(shop, file)).json;
    expect(first.explained).toBe(false);
    await sendNotice(shop, order);
    await booked(`T-${order.id}`, order.id);
    const path = `/reconciliations/${first.id}`;
    expect((await shop.admin(path, { method: "DELETE" })).status).toBe(204);
    expect((await shop.admin(path)).status).toBe(404);
    expect((await shop.admin(path, { method: "DELETE" })).status).toBe(404);
    const again = await compare(shop, file);
    expect(again.status).toBe(201);
    expect(again.json.explained).toBe(true);
    const actions = (await shop.admin("/audit-log")).json.data.map((each: Wire) => each.action);
    expect(actions.filter((action: string) => action === "statement.discard")).toHaveLength(1);
  });

  test("anything may be explained in the merchant's own words, with words", async () => {
    const shop = await openShop();
    const { json } = await compare(
      shop,
      epayFile([{ tradeNo: "T-x", orderId: "x", money: "1.00" }]),
    );
    const [finding] = await findings(shop, json.id);
    const mute = await repair(shop, json.id, finding.number, { how: "explain" });
    expect(mute.status).toBe(400);
    const vouched = await repair(shop, json.id, finding.number, { how: "vouch" });
    expect(vouched.json).toMatchObject({ reason: "nothing_to_book" });
    const settled = await repair(shop, json.id, finding.number, { how: "explain", note: "a test" });
    expect(settled.json.settled).toMatchObject({ as: "explained", note: "a test" });
  });
});
