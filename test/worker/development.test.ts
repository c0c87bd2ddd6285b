import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { PLAY_NAMES, type PlayName } from "../../src/development/sandbox/cashier/plays.ts";
import { EPAY_MERCHANT } from "../../src/development/sandbox/epay/merchant.ts";
import { readOrder, shownFor } from "../support/worker/notices.ts";
import { json, sandboxShop } from "../support/worker/sandbox-shop.ts";
import { call } from "../support/worker/shop.ts";

const { order, shop } = sandboxShop();

describe("the gateway at play", () => {
  /** epay names no currency, so a notice in another one cannot be told from a good one. */
  const DELIVERS = new Set<PlayName>([
    "pay",
    "twice",
    "parallel",
    "late",
    "not_paid_first",
    "not_paid_last",
    "refunded_first",
    "wrong_currency",
  ]);

  test.each(PLAY_NAMES)("%s ends as it should, with one key or none", async (mode) => {
    const placed = await order();
    const delay = mode === "late" ? { delay_ms: 1 } : {};
    const answer = await json("/sandbox/epay/pay", { url: placed.url, mode, ...delay });
    expect(answer.trade_no).toMatch(/^[0-9a-f]{32}$/);
    const { state, secrets } = await readOrder(placed);
    expect(state).toBe(DELIVERS.has(mode) ? "delivered" : "pending");
    expect(secrets).toHaveLength(DELIVERS.has(mode) ? 1 : 0);
  });

  test("parallel sends forty notices, each of them answered success", async () => {
    const { url } = await order();
    const { notices } = await json("/sandbox/epay/pay", { url, mode: "parallel" });
    expect(notices).toHaveLength(40);
    for (const notice of notices) expect(notice).toEqual({ status: 200, body: "success" });
  });

  test("wrong_sum is recorded as a mismatch", async () => {
    const { url, id } = await order();
    await json("/sandbox/epay/pay", { url, mode: "wrong_sum" });
    expect(await shownFor(shop(), id)).toMatchObject([{ verdict: "mismatch", amount_minor: 1001 }]);
  });

  test("one trade number may be sent for two orders, by POST", async () => {
    const first = await order();
    const paid = await json("/sandbox/epay/pay", { url: first.url });
    const second = await order();
    const again = { url: second.url, trade_no: paid.trade_no, method: "POST" };
    const { notices } = await json("/sandbox/epay/pay", again);
    expect(notices).toEqual([{ status: 200, body: "success" }]);
  });

  test("tells who asks whether a trade is paid", async () => {
    const { url, id } = await order();
    const query = `act=order&pid=1001&key=${EPAY_MERCHANT.key}&out_trade_no=${id}`;
    await json("/sandbox/epay/pay", { url, mode: "never" });
    expect((await call(`/sandbox/epay/api.php?${query}`)).json).toMatchObject({ status: 0 });
    await json("/sandbox/epay/pay", { order: id });
    expect((await call(`/sandbox/epay/api.php?${query}`)).json).toMatchObject({ status: 1 });
    const stranger = query.replace(EPAY_MERCHANT.key, "x");
    expect((await call(`/sandbox/epay/api.php?${stranger}`)).json).toMatchObject({ code: -3 });
  });

  test("answers a merchant's server as its document says, and nobody else", async () => {
    const { url, id } = await order();
    const { trade_no } = await json("/sandbox/epay/pay", { url });
    const ask = async (fields: Record<string, string>) => {
      const query = new URLSearchParams({ ...EPAY_MERCHANT, ...fields });
      return (await call(`/sandbox/epay/api.php?${query}`)).json;
    };
    expect(await ask({ act: "query" })).toMatchObject({ code: 1, pid: "1001" });
    expect(await ask({ act: "settle" })).toMatchObject({ code: 1, data: [] });
    expect(await ask({ act: "orders", limit: "1" })).toMatchObject({
      code: 1,
      data: [{ trade_no, out_trade_no: id, type: "alipay", money: "10.00", status: 1 }],
    });
    expect((await ask({ act: "orders", limit: "1", page: "2" })).data[0].trade_no).not.toBe(
      trade_no,
    );
    expect(await ask({ act: "refund", trade_no, money: "10.01" })).toMatchObject({ code: -1 });
    expect(await ask({ act: "refund", trade_no, money: "4.00" })).toMatchObject({ code: 1 });
    expect(await ask({ act: "order", trade_no })).toMatchObject({ status: 1 });
    expect(await ask({ act: "refund", trade_no, money: "6.00" })).toMatchObject({ code: 1 });
    expect(await ask({ act: "order", out_trade_no: id })).toMatchObject({ status: 2 });
    expect(await ask({ act: "refund", trade_no, money: "0.01" })).toMatchObject({ code: -1 });
    expect(await ask({ act: "refund", trade_no: "x", money: "1" })).toMatchObject({ code: -1 });
    expect(await ask({ act: "explode" })).toMatchObject({ code: -5 });
    expect(await ask({ act: "query", key: "x" })).toMatchObject({ code: -3 });
  });

  test("has no trade that nobody opened", async () => {
    const answer = await call("/sandbox/epay/pay", { body: { order: "ord_nobody" } });
    expect(answer.status).toBe(404);
    expect((await call("/sandbox/epay/pay?order=ord_nobody")).status).toBe(404);
  });

  test.each([
    ["nothing", {}],
    ["an address that is none", { url: "x" }],
    ["a mode it does not know", { order: "x", mode: "explode" }],
    ["a body that is not JSON", "{"],
    ["a list", []],
  ])("refuses %s", async (_, body) => {
    const answer = await call("/sandbox/epay/pay", { body, type: "application/json" });
    expect(answer.status).toBe(400);
    expect(answer.json).toHaveProperty("error");
  });
});

describe("the inbox", () => {
  test("shows every mail once it is sent, oldest first, by order and by address", async () => {
    const placed = await order({ email: "reader@example.com" });
    await json("/sandbox/epay/pay", { url: placed.url });
    await expect
      .poll(async () => (await call(`/dev/mail.json?order_id=${placed.id}`)).json.length, {
        timeout: 15_000,
      })
      .toBe(1);
    const [mail] = (await call("/dev/mail.json?to=Reader@example.com")).json;
    expect(mail).toMatchObject({ to: "reader@example.com", order_id: placed.id });
    expect(Object.keys(mail)).toEqual(
      expect.arrayContaining(["subject", "text", "html", "sent_at"]),
    );
    expect(mail.text).toContain((await readOrder(placed)).secrets[0]);
    const list = await call("/dev/mail");
    expect(list.text).toContain(`/dev/mail/${mail.seq}`);
    const page = await call(`/dev/mail/${mail.seq}`);
    expect(page.text).toMatch(/<iframe[^>]* sandbox="allow-popups/);
    expect(page.text).not.toContain("allow-scripts");
  });

  test("is read on from where a page ended", async () => {
    const { json: all } = await call("/dev/mail.json");
    const { json: rest } = await call(`/dev/mail.json?after=${all[0].seq}&limit=1`);
    expect(rest).toEqual(all.slice(1, 2));
    expect((await call(`/dev/mail.json?after=${all.at(-1).seq}`)).json).toEqual([]);
  });

  test("is a table that no migration of production makes", () => {
    const statements = env.TEST_MIGRATIONS.flatMap((migration) => migration.queries).join("\n");
    expect(statements).toContain("payment_notices");
    expect(statements).not.toContain("dev_");
  });

  test("knows no mail that was not sent", async () => {
    expect((await call("/dev/mail/999999")).status).toBe(404);
  });
});
