import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import {
  migrate,
  openShop,
  placeOrder,
  sendNotice,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";
import { booked, compare, epayFile, TODAY, type EpayLine } from "../support/worker/statements.ts";

beforeAll(migrate);

// oxlint-disable-next-line typescript/no-explicit-any -- what came over the wire has no type
type Wire = any;

const row = (order: Wire, changes: Partial<EpayLine> = {}): EpayLine => ({
  tradeNo: `T-${order.id}`,
  orderId: order.id,
  money: "10.00",
  ...changes,
});

async function paid(shop: Shop, productId: string, changes: Record<string, string> = {}) {
  const order = await placeOrder(shop, productId);
  await sendNotice(shop, order, changes);
  await booked(`T-${order.id}`, order.id);
  return order;
}

const dayOf = async (shop: Shop): Promise<Wire> =>
  (await shop.admin(`/reconciliations/days/${TODAY}`)).json;

describe("a day in one look", () => {
  test("tells what was not compared, then what does not agree, then that nothing is open", async () => {
    const shop = await openShop();
    const { id } = await stockedProduct(shop, ["A", "B"]);
    const [fine, lost] = [await paid(shop, id), await paid(shop, id)];
    expect(await dayOf(shop)).toMatchObject({
      day: TODAY,
      says: "0 unexplained cents, 0 unexplained keys; 2 movements not compared yet",
      explained: false,
      uncompared: 2,
      accounts: [{ account_id: shop.accountId, gateway: "epay", fetch: null, report: null }],
    });

    const { json: report } = await compare(shop, epayFile([row(fine)]));
    const day = await dayOf(shop);
    expect(day).toMatchObject({
      says: "10.00 CNY unexplained, 1 unexplained key",
      explained: false,
      uncompared: 0,
      unexplained: { amounts: [{ currency: "CNY", amount_minor: 1000 }], keys: 1 },
    });
    expect(day.accounts[0].report).toEqual(report);
    const attention = "/reconciliations?attention=true";
    expect((await shop.admin(attention)).json.data).toEqual([report]);
    const waiting = async () => (await shop.admin("/tasks")).json.statements;
    expect(await waiting()).toEqual({ with_findings: 1, given_up: 0 });

    const text = await shop.admin(`/reconciliations/days/${TODAY}/summary.txt`);
    expect(text.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(text.text).toContain(`${TODAY}: 10.00 CNY unexplained, 1 unexplained key\n`);
    expect(text.text).toContain("missing_there: 1 open, 10.00 CNY unexplained, 1 unexplained key");

    // Of several the last counts.
    await compare(shop, epayFile([row(fine), row(lost)]));
    expect(await dayOf(shop)).toMatchObject({
      says: "0 unexplained cents, 0 unexplained keys",
      over: false,
      explained: false,
    });
    // The one before it was settled by it.
    expect((await shop.admin(attention)).json.data).toEqual([]);
    expect(await waiting()).toEqual({ with_findings: 0, given_up: 0 });
  });

  test("leaves out accounts that are not used any more and have nothing of it", async () => {
    const shop = await openShop();
    const ids = async () => (await dayOf(shop)).accounts.map((one: Wire) => one.account_id);
    const { id: productId } = await stockedProduct(shop, ["A"]);
    const order = await placeOrder(shop, productId);
    const path = `/payment-accounts/${shop.accountId}`;
    expect((await shop.admin(path, { method: "PATCH", body: { active: false } })).status).toBe(200);
    expect(await ids()).toEqual([]);
    await sendNotice(shop, order);
    await booked(`T-${order.id}`, order.id);
    expect(await ids()).toEqual([shop.accountId]);
  });

  test("is the merchant's own, and of a day that there is", async () => {
    const [shop, other] = [await openShop(), await openShop()];
    const { id } = await stockedProduct(shop, ["A"]);
    const fine = await paid(shop, id);
    await compare(shop, epayFile([row(fine)]));
    const theirs = await dayOf(other);
    expect(JSON.stringify(theirs)).not.toContain(shop.accountId);
    expect([theirs.over, theirs.explained]).toEqual([false, false]);
    const past = (await other.admin("/reconciliations/days/2026-11-20")).json;
    expect([past.over, past.explained]).toEqual([true, true]);
    const future = { day: "2099-01-01" };
    expect((await compare(shop, epayFile([row(fine)]), future)).json).toMatchObject({
      code: "statement_unfit",
      reason: "day_not_begun",
    });
    for (const day of ["2026-02-30", "today", "20261124", "x".repeat(500)]) {
      for (const path of [`/days/${day}`, `/days/${day}/summary.txt`]) {
        expect((await shop.admin(`/reconciliations${path}`)).status).toBe(404);
      }
    }
    const filtered = `/reconciliations?account=${shop.accountId}&day=${TODAY}`;
    expect((await shop.admin(filtered)).json.data).toHaveLength(1);
    expect((await shop.admin(`${filtered}&attention=true`)).json.data).toEqual([]);
    expect((await shop.admin("/reconciliations?day=2020-01-01")).json.data).toEqual([]);
    expect((await shop.admin("/reconciliations?attention=maybe")).status).toBe(400);
    expect((await shop.admin("/reconciliations?account=x")).status).toBe(400);
  });
});

describe("what the schedule fetches", () => {
  test("is listed, the newest day first, and by how it stands", async () => {
    const shop = await openShop();
    const insert = `INSERT INTO statement_fetches
      (account_id, day, merchant_id, gateway, state, due_at_ms, failures, statement_id, answer)
      VALUES (?, ?, ?, 'stripe', ?, ?, ?, NULL, ?)`;
    const states = ["done", "given_up", "waiting"] as const;
    await env.DB.batch(
      states.map((state, n) =>
        env.DB.prepare(insert).bind(
          shop.accountId,
          `2026-11-2${n}`,
          shop.id,
          state,
          state === "waiting" ? Date.now() : null,
          n,
          state === "done" ? null : "NO_STATEMENT_EXIST",
        ),
      ),
    );
    const list = async (query: string) =>
      (await shop.admin(`/reconciliations/fetches${query}`)).json as Wire;
    const all = await list("");
    expect(all.data.map((each: Wire) => [each.day, each.state])).toEqual([
      ["2026-11-22", "waiting"],
      ["2026-11-21", "given_up"],
      ["2026-11-20", "done"],
    ]);
    const first = await list("?limit=2");
    expect(first.data).toEqual(all.data.slice(0, 2));
    expect((await list(`?limit=2&cursor=${first.next_cursor}`)).data).toEqual(all.data.slice(2));
    expect((await list("?state=given_up")).data).toMatchObject([
      { day: "2026-11-21", failures: 1, answer: "NO_STATEMENT_EXIST", reconciliation_id: null },
    ]);
    expect((await shop.admin("/tasks")).json.statements.given_up).toBe(1);
    expect((await list("?state=lost")).code).toBe("invalid_query");
    expect((await shop.admin("/reconciliations/days/2026-11-22")).json.accounts[0].fetch).toEqual({
      state: "waiting",
      due_at: all.data[0].due_at,
      answer: "NO_STATEMENT_EXIST",
    });
  });
});

describe("what is offered for a finding", () => {
  test("can be done by one call, is done once however often, and is in the audit log once", async () => {
    const shop = await openShop();
    const { id } = await stockedProduct(shop, ["A", "B", "C", "D"]);
    const unheard = await placeOrder(shop, id);
    const mismatched = await paid(shop, id, { money: "9.00" });
    const lost = await paid(shop, id);
    const fine = await paid(shop, id);
    const file = epayFile([
      row(unheard),
      row(fine),
      row(mismatched, { money: "9.00" }),
      row(fine, { tradeNo: "T-stray", orderId: "elsewhere" }),
      row(fine, { tradeNo: "T-bad", money: "ten" }),
    ]);
    const { json: report } = await compare(shop, file);
    const path = `/reconciliations/${report.id}/findings`;
    const found: Wire[] = (await shop.admin(path)).json.data;
    const offered = Object.fromEntries(
      found.map((each) => [each.trade_no ?? each.kind, each.repairs]),
    );
    expect(offered).toEqual({
      [`T-${unheard.id}`]: ["book", "vouch", "explain"],
      [`T-${mismatched.id}`]: ["refund", "explain"],
      [`T-${lost.id}`]: ["explain"],
      "T-stray": ["explain"],
      unreadable: ["explain"],
    });
    for (const { number, repairs } of found) {
      for (const how of repairs) {
        const body = { how, note: "looked at" };
        const send = () => shop.admin(`${path}/${number}/repair`, { body });
        const [one, two] = await Promise.all([send(), send()]);
        expect([one.status, two.status]).not.toContain(500);
        expect(one.json.reason).not.toBe("nothing_to_book");
        expect(two.status).toBe(one.status);
        if (one.status === 200) expect(two.json).toEqual(one.json);
      }
    }
    const settled: Wire[] = (await shop.admin(path)).json.data;
    expect(settled.map((each) => each.repairs)).toEqual(found.map(() => []));
    expect(await dayOf(shop)).toMatchObject({ says: "0 unexplained cents, 0 unexplained keys" });
    const log: Wire[] = (await shop.admin("/audit-log?limit=100")).json.data;
    const settles = log.filter(({ action }) => action === "statement.settle");
    expect(settles).toHaveLength(found.length);
  });
});
