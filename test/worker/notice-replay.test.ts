import { beforeAll, describe, expect, test, vi } from "vitest";
import {
  keysNamed,
  notify,
  openAccount,
  paidFields,
  readOrder,
  shownFor,
} from "../support/worker/notices.ts";
import {
  EPAY,
  migrate,
  openShop,
  placeOrder,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";

let shop: Shop;
let product: { id: string };
beforeAll(async () => {
  await migrate();
  shop = await openShop();
  product = await stockedProduct(shop, keysNamed("replayed-key", 20));
});

/** The id of the one notice that the search finds, when it is there. */
async function noticeId(query: string): Promise<string> {
  return vi.waitFor(async () => {
    const { json } = await shop.admin(`/payment-notices?${query}`);
    expect(json.data).toHaveLength(1);
    return json.data[0].id;
  });
}

const replay = (id: string) => shop.admin(`/payment-notices/${id}/replay`, { method: "POST" });

const credentials = (changes: object) => ({
  method: "PATCH",
  body: { credentials: { ...EPAY, gateway_url: "https://pay.example.com/", ...changes } },
});

describe("a notice in the inbox", () => {
  test("is shown as it came, with each check, and without what the buyer told the gateway", async () => {
    const order = await placeOrder(shop, product.id);
    const fields = await paidFields(order.id, { param: "a-private-word", buyer: "a@b.example" });
    await notify(shop.accountId, fields);
    const { json, text } = await shop.admin(
      `/payment-notices/${await noticeId(`order_id=${order.id}`)}`,
    );
    expect(json.raw).toMatchObject({ method: "GET", body: "", headers: {} });
    expect(json.raw.query).toContain(`out_trade_no=${order.id}`);
    expect(json.raw.query).toContain("param=***&buyer=***");
    expect(text).not.toMatch(/a-private-word|a@b\.example/);
    const passed = (check: string) => ({ check, result: "passed" });
    expect(json.checks).toEqual([
      ...["signature", "form", "account", "order", "amount", "currency", "status"].map(passed),
      { check: "object", result: "passed", said: "delivered" },
    ]);
  });

  test("of the wrong sum says that the amount failed and what was not reached", async () => {
    const order = await placeOrder(shop, product.id);
    await notify(shop.accountId, await paidFields(order.id, { money: "9.99" }));
    const { json } = await shop.admin(`/payment-notices/${await noticeId(`order_id=${order.id}`)}`);
    expect(json).toMatchObject({ verdict: "mismatch", failed: "amount", attention: true });
    expect(json.checks.slice(4)).toMatchObject([
      { check: "amount", result: "failed" },
      { result: "not_reached" },
      { result: "not_reached" },
      { result: "not_reached" },
    ]);
  });
});

describe("a replay", () => {
  test("after a wrong key was corrected delivers what looked forged, once", async () => {
    const order = await placeOrder(shop, product.id);
    const account = await openAccount(shop, "mistyped", "the-wrong-key");
    const trade = `mended-${order.id}`;
    const fields = await paidFields(order.id, { trade_no: trade });
    expect(await notify(account, fields)).toBe("400 fail");
    const id = await noticeId(`account_id=${account}`);

    const before = await replay(id);
    expect(before.json).toMatchObject({
      before: { verdict: "refused_signature" },
      after: { verdict: "refused_signature" },
    });
    expect((await readOrder(order)).state).toBe("pending");

    await shop.admin(`/payment-accounts/${account}`, credentials({}));
    const after = await replay(id);
    expect(after.json).toMatchObject({
      before: { verdict: "refused_signature" },
      after: { verdict: "delivered" },
      notice: { id, trade_no: trade, matched: true, genuine: true, attention: false },
    });
    expect((await readOrder(order)).secrets).toHaveLength(1);

    const again = await replay(id);
    expect(again.json).toMatchObject({
      before: { verdict: "delivered" },
      after: { verdict: "delivered" },
    });
    expect((await readOrder(order)).secrets).toHaveLength(1);
    // The gateway's own repeat, after all.
    expect(await notify(account, fields)).toBe("200 success");
    expect((await readOrder(order)).secrets).toHaveLength(1);
  });

  test("of another merchant number delivers when the number was corrected", async () => {
    const order = await placeOrder(shop, product.id);
    const account = await openAccount(shop, "renumbered", EPAY.key);
    const fields = await paidFields(order.id, { pid: "1002", trade_no: `pid-${order.id}` });
    expect(await notify(account, fields)).toBe("400 fail");
    expect(await shownFor(shop, order.id)).toMatchObject([{ verdict: "refused_account" }]);
    await shop.admin(`/payment-accounts/${account}`, credentials({ pid: "1002" }));
    const answer = await replay(await noticeId(`account_id=${account}`));
    expect(answer.json.after).toMatchObject({ verdict: "delivered" });
    expect((await readOrder(order)).state).toBe("delivered");
    expect(await shownFor(shop, order.id)).toEqual([]);
  });

  test("with credentials that have changed since takes nothing back", async () => {
    const order = await placeOrder(shop, product.id);
    const account = await openAccount(shop, "rotated", EPAY.key);
    await notify(account, await paidFields(order.id, { trade_no: `rot-${order.id}` }));
    const id = await noticeId(`account_id=${account}`);
    await shop.admin(`/payment-accounts/${account}`, credentials({ key: "another-key" }));
    const answer = await replay(id);
    expect(answer.json).toMatchObject({
      before: { verdict: "delivered" },
      after: { verdict: "refused_signature" },
      notice: { verdict: "delivered", genuine: true },
    });
    expect((await readOrder(order)).state).toBe("delivered");
  });

  test("is in the audit log, with what it found", async () => {
    await notify(shop.accountId, await paidFields("astray", { trade_no: "audited" }));
    const id = await noticeId("trade_no=audited");
    await replay(id);
    const { json } = await shop.admin("/audit-log?limit=1");
    expect(json.data).toMatchObject([
      {
        action: "payment_notice.replay",
        subject: id,
        detail: { before: "unmatched", after: "unmatched" },
      },
    ]);
  });

  test("of a notice that was too long to keep is refused", async () => {
    const fields = await paidFields("astray", { trade_no: "long", param: "x".repeat(25_000) });
    await notify(shop.accountId, fields);
    const answer = await replay(await noticeId("trade_no=long"));
    expect([answer.status, answer.json.code]).toEqual([409, "notice_not_kept"]);
  });
});
