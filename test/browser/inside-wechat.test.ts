import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { audit } from "./audit.ts";
import { axeFindings } from "./axe.ts";
import { openShop, type VisitedShop } from "./shop.ts";

/**
 * A purchase in a browser that calls itself WeChat's. The development build plays WeChat around it: it says who the
 * buyer is, and its script opens a sheet (a question of the browser's) only for what the shop has signed.
 */
let shop: VisitedShop;
beforeAll(async () => {
  shop = await openShop();
  const credentials = await (await fetch(`${shop.origin}/sandbox/wechat/credentials`)).json();
  const account = {
    slug: "wx",
    title: "微信支付",
    gateway: "wechat",
    currency: "CNY",
    credentials,
  };
  await shop.client.admin("POST", "/payment-accounts", account);
  const product = await shop.client.product("inside", { payment_methods: ["wx"] });
  await shop.client.importKeys(
    product.id,
    Array.from({ length: 9 }, (_, n) => `inside-${n}`),
  );
});
afterAll(() => shop?.close());

const INSIDE = {
  userAgent:
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.54(0x18003631) NetType/WIFI Language/zh_CN",
  viewport: { width: 390, height: 844 },
  isMobile: true,
  hasTouch: true,
};

async function checkOut(page: Page): Promise<void> {
  await page.goto("/checkout/inside");
  await page.locator("#email").fill("reader@example.com");
  await page.locator(".total button[type=submit]").click();
}

test("the sheet opens by itself after WeChat has said who it is, and the key is on the page", async () => {
  const { page, complaints, strangers } = await shop.visitor(INSIDE);
  const asked: string[] = [];
  page.on("dialog", (dialog) => {
    asked.push(dialog.message());
    void dialog.accept();
  });
  await checkOut(page);
  await page.getByRole("heading", { name: "卡密已送达" }).waitFor();
  expect(asked).toEqual([expect.stringContaining("微信支付")]);
  expect([complaints, strangers]).toEqual([[], []]);
});

test("who cancels the sheet has the button to open it again", async () => {
  const { page, complaints } = await shop.visitor(INSIDE);
  let sheets = 0;
  page.on("dialog", (dialog) => {
    sheets += 1;
    void (sheets === 1 ? dialog.dismiss() : dialog.accept());
  });
  await checkOut(page);
  const button = page.locator("[data-wechat-pay]");
  await button.waitFor();
  await expect.poll(() => sheets).toBe(1);
  await expect.poll(() => button.isEnabled()).toBe(true);
  // Its colour comes a moment after it may be pressed.
  await expect
    .poll(async () => [...(await audit(page)), ...(await axeFindings(page))], { timeout: 10_000 })
    .toEqual([]);
  const folder = process.env["SCREENSHOTS"];
  if (folder !== undefined)
    await page.screenshot({ path: `${folder}/inside-wechat.png`, fullPage: true });
  // Loaded anew it waits to be asked.
  await page.reload();
  await button.waitFor();
  expect(sheets).toBe(1);
  await button.click();
  await page.getByRole("heading", { name: "卡密已送达" }).waitFor();
  expect(complaints).toEqual([]);
});

test("outside it, on a phone, WeChat's page is led to from the shop, as often as the buyer comes back", async () => {
  const { page, complaints } = await shop.visitor({
    ...INSIDE,
    userAgent: INSIDE.userAgent.replace(/MicroMessenger.*/, "Safari/604.1"),
  });
  await checkOut(page);
  await page.waitForURL(/\/sandbox\/wechat\/pay/);
  const order = new URL(page.url()).searchParams.get("order");
  await page.goto(`/orders/${order}`);
  await page.getByRole("link", { name: "立即付款" }).click();
  await page.waitForURL(/\/sandbox\/wechat\/pay/);
  expect(complaints).toEqual([]);
});

test("where WeChat put no bridge into the page, it says where to open it", async () => {
  const { page } = await shop.visitor(INSIDE);
  await page.route("**/sandbox/wechat/bridge.js", (route) => route.fulfill({ body: "" }));
  await checkOut(page);
  await page.getByText("请在微信中打开此页付款。").waitFor();
  expect(await page.locator("[data-wechat-pay]").isEnabled()).toBe(true);
});

test("what is not the shop's signature is refused by WeChat, and the buyer may try again", async () => {
  const { page } = await shop.visitor(INSIDE);
  await page.route("**/sandbox/wechat/jsapi", (route) =>
    route.fulfill({ status: 400, body: "{}", contentType: "application/json" }),
  );
  await checkOut(page);
  await page.getByText("微信未完成付款，您可以再试一次。").waitFor();
});
