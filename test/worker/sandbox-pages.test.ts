import { exports } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { GATEWAY_NAMES } from "../../src/adapters/payments/registry.ts";
import { readOrder } from "../support/worker/notices.ts";
import { json, sandboxShop, sendForm } from "../support/worker/sandbox-shop.ts";
import { call, ORIGIN } from "../support/worker/shop.ts";

/** The development build's pages of the simulated gateways, and what their forms do. */
const { order } = sandboxShop();

/** What is paid by hand has no other side. */
const SIMULATED = GATEWAY_NAMES.filter((name) => name !== "manual");
/** These give money back when they are asked; these sign what they answer. */
const REFUNDS = new Set(["epay", "epay-v2", "alipay", "wechat", "stripe", "paypal"]);
const SIGNS = new Set(["epay-v2", "alipay", "wechat"]);

const inEnglish = { headers: { "accept-language": "en" } };
const inChinese = { headers: { "accept-language": "zh-CN,zh;q=0.9" } };
const STRICT =
  /^default-src 'none'; script-src 'nonce-\w{26}'; style-src 'nonce-\w{26}'; .*base-uri 'none'; frame-ancestors 'none'$/;

describe("the simulator's pages", () => {
  test("list every gateway, epay with the others", async () => {
    const page = await call("/sandbox", inEnglish);
    const { data } = (await call("/sandbox/gateways.json")).json;
    const listed = data.map(({ gateway }: { gateway: string }) => gateway);
    expect(listed.toSorted()).toEqual(SIMULATED.toSorted());
    for (const { gateway } of data) expect(page.text).toContain(`href="/sandbox/${gateway}"`);
  });

  test("each forbid what they do not need, and are read in both languages", async () => {
    const { submitPath, id } = await order();
    await call(submitPath);
    const paths = ["/sandbox", "/sandbox/paypal", `/sandbox/epay/pay?order=${id}`, "/dev/mail"];
    for (const path of paths) {
      const page = await call(path, inEnglish);
      expect(page.headers.get("content-security-policy")).toMatch(STRICT);
      const nonce = /style-src 'nonce-(\w+)'/.exec(
        page.headers.get("content-security-policy") ?? "",
      );
      expect(page.text).toContain(`<style nonce="${nonce?.[1]}">`);
      expect(page.text).not.toContain("<script");
    }
    expect((await call("/sandbox", inChinese)).text).toContain("支付网关模拟器");
    expect((await call("/sandbox?lang=en", inChinese)).text).toContain("Payment simulator");
  });

  test("are found with a slash at the end too, as an account's address has it", async () => {
    const answer = await exports.default.fetch(`${ORIGIN}/sandbox/epay/`, { redirect: "manual" });
    expect(new URL(answer.headers.get("location") ?? "").pathname).toBe("/sandbox/epay");
  });

  test.each(SIMULATED)("offer for %s what it can do, and no more", async (name) => {
    const page = (await call(`/sandbox/${name}`, inEnglish)).text;
    expect(page.includes('value="refund"')).toBe(REFUNDS.has(name));
    expect(page.includes('value="wrong_signature"')).toBe(SIGNS.has(name));
  });

  test("say how a gateway answers by now, and a click makes it behave again", async () => {
    await json("/sandbox/tokenpay/behave", { call: "query", manner: "html", times: 2 });
    expect((await call("/sandbox/tokenpay/behave")).json).toEqual({
      data: [{ call: "query", manner: "html", times: 2 }],
    });
    expect((await call("/sandbox/tokenpay", inEnglish)).text).toContain("for the next 2 calls");
    expect((await call("/sandbox", inEnglish)).text).toContain("query: html");
    const answer = await sendForm("/sandbox/tokenpay/behave", "call=query&manner=none");
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/sandbox/tokenpay"]);
    expect((await call("/sandbox/tokenpay/behave")).json).toEqual({ data: [] });
  });
});

test("where a gateway's notices go is entered on its page, where no request says it", async () => {
  expect((await call("/sandbox/epay", inEnglish)).text).not.toContain("/webhook");
  const url = `${ORIGIN}/payments/acct_of_tests/notify`;
  const body = new URLSearchParams({ url }).toString();
  const answer = await sendForm("/sandbox/stripe/webhook", body);
  expect([answer.status, answer.headers.get("location")]).toEqual([303, "/sandbox/stripe"]);
  expect((await call("/sandbox/stripe", inEnglish)).text).toContain(`value="${url}"`);
  expect((await sendForm("/sandbox/stripe/webhook", "url=nowhere")).status).toBe(400);
});

describe("the cashier", () => {
  test("takes what the shop signed and shows what is to be paid, in the reader's language", async () => {
    const { submitPath, id } = await order();
    const page = await call(submitPath, inChinese);
    expect(page.status).toBe(200);
    expect(page.text).toContain("¥10.00");
    expect(page.text).toContain(id);
    expect(page.text).toContain("立即支付");
    expect((await call(submitPath, inEnglish)).text).toContain("Pay now");
  });

  test("refuses what was altered on the way", async () => {
    const { submitPath } = await order();
    const page = await call(submitPath.replace("money=10.00", "money=0.01"), inEnglish);
    expect(page.status).toBe(400);
    expect(page.text).toContain("The gateway refused this request");
    expect(page.text).toContain("签名校验失败");
    expect(page.text).not.toContain("Pay now");
  });

  test("shows a product's title as text, whatever is in it", async () => {
    const { submitPath } = await order({}, { title: "<script>alert(1)</script>" });
    const page = await call(submitPath);
    expect(page.text).toContain("&lt;script&gt;alert");
    expect(page.text).not.toContain("<script>alert");
  });

  test("lets its forms lead to where the shop wants its buyer back, and nowhere else", async () => {
    const { submitPath } = await order();
    const page = await call(submitPath);
    expect(page.headers.get("content-security-policy")).toContain(
      `form-action 'self' ${ORIGIN}; base-uri`,
    );
  });

  test("sends the buyer back to the shop once the payment is there", async () => {
    const placed = await order();
    await call(placed.submitPath);
    const answer = await sendForm("/sandbox/epay/pay", `order=${placed.id}&mode=pay`);
    expect(answer.status).toBe(303);
    const back = new URL(answer.headers.get("location") ?? "");
    expect(back.pathname).toBe(`/orders/${placed.id}`);
    expect(back.searchParams.get("trade_status")).toBe("TRADE_SUCCESS");
    expect((await readOrder(placed)).state).toBe("delivered");
  });

  test("shows what the shop answered to everything else, and to a payment that it did not take", async () => {
    const placed = await order();
    await call(placed.submitPath);
    const left = `order=${placed.id}&amount_minor=&currency=&trade_no=`;
    const wrong = await sendForm("/sandbox/epay/pay", `${left}&mode=bad_signature&times=3`);
    expect(wrong.status).toBe(200);
    expect(await wrong.text()).toContain("fail");
    const unpaid = await sendForm("/sandbox/epay/pay", `${left}&mode=never`);
    expect(await unpaid.text()).toContain("没有发送通知");
    expect((await readOrder(placed)).state).toBe("pending");
  });

  test("tells a script of every trade, the newest first", async () => {
    const [first, second] = [await order(), await order()];
    for (const { url } of [first, second]) await json("/sandbox/epay/pay", { url, mode: "never" });
    const { data } = (await call("/sandbox/epay/trades?limit=2")).json;
    expect(data).toMatchObject([
      { order_no: second.id, state: "waiting", minor: 1000, currency: "CNY", refunds: [] },
      { order_no: first.id },
    ]);
    expect((await call("/sandbox/epay/trades?limit=x")).status).toBe(400);
  });
});
