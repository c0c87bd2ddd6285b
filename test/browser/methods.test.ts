import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { audit } from "./audit.ts";
import { axeFindings } from "./axe.ts";
import { openShop, type VisitedShop } from "./shop.ts";

/** Several ways to pay, each with its price and its limits, as buyers of several languages and devices see them. */
let shop: VisitedShop;
beforeAll(async () => {
  shop = await openShop();
  const credentials = await (await fetch(`${shop.origin}/sandbox/alipay/credentials`)).json();
  const scene = { ...(credentials as object), scene: "precreate" };
  await account("scan", "支付宝扫码 · Alipay", "alipay", scene, {
    fee: { basis_points: 60, borne_by: "buyer" },
  });
  await account(
    "coin",
    "USDT (TRC-20)",
    "bepusdt",
    {
      api_token: "demo-bepusdt-token",
      gateway_url: `${shop.origin}/sandbox/bepusdt/`,
    },
    {
      fee: { fixed_minor: 150, basis_points: 100, borne_by: "buyer" },
      limits: { min_minor: 3000 },
    },
  );
  await account("bank", "银行转账 · Bank transfer", "manual", {
    instructions: "6222 0000 0000 0000",
  });
  const product = await shop.client.product("methods", {
    title: "Cloud drive, a year",
    price: { amount_minor: 1990, currency: "CNY" },
    payment_methods: ["scan", "coin", "bank"],
  });
  await shop.client.importKeys(
    product.id,
    Array.from({ length: 12 }, (_, n) => `methods-${n}`),
  );
});
afterAll(() => shop?.close());

async function account(
  slug: string,
  title: string,
  gateway: string,
  credentials: object,
  rules: object = {},
): Promise<void> {
  const body = { slug, title, gateway, currency: "CNY", credentials, ...rules };
  await shop.client.admin("POST", "/payment-accounts", body);
}

const looks = [
  { name: "desktop-zh", locale: "zh-CN", viewport: { width: 1280, height: 860 } },
  { name: "desktop-en", locale: "en-US", viewport: { width: 1280, height: 860 } },
  { name: "phone-zh", locale: "zh-CN", viewport: { width: 360, height: 740 }, isMobile: true },
  {
    name: "phone-en-dark",
    locale: "en-US",
    colorScheme: "dark",
    viewport: { width: 360, height: 740 },
  },
] as const;

const totalOf = (page: Page) => page.locator("dd[data-total]").innerText();
const method = (page: Page, name: string) => page.locator(`[data-method=${name}]`);

test.each(looks)(
  "$name: each way to pay says what it costs, and the total follows",
  async (look) => {
    const { page, complaints, strangers } = await shop.visitor(look);
    await page.goto("/checkout/methods");
    expect(await totalOf(page)).toBe("¥20.02");
    expect(await method(page, "scan").innerText()).toContain("¥0.12");
    expect(await method(page, "coin").isVisible()).toBe(false);
    await method(page, "bank").click();
    expect(await totalOf(page)).toBe("¥19.90");
    await shoot(page, `methods-${look.name}-one`);

    await page.locator("#quantity").fill("2");
    expect(await method(page, "coin").innerText()).toContain("¥1.90");
    await method(page, "coin").click();
    expect(await totalOf(page)).toBe("¥41.70");
    await shoot(page, `methods-${look.name}-two`);
    expect([...(await audit(page)), ...(await axeFindings(page))]).toEqual([]);

    await page.locator("#quantity").fill("1");
    expect(await totalOf(page)).toBe("¥20.02");
    await page.locator("#email").fill("reader@example.com");
    await page.locator(".total button[type=submit]").click();
    await page.waitForURL(/\/orders\//);
    await page.locator(".qr-code").waitFor();
    const code = page.locator("figure.pay-code");
    expect(await code.innerText()).toContain("¥20.02");
    expect(await code.locator("svg").getAttribute("aria-label")).toContain("¥20.02");
    expect(await page.locator(".details").innerText()).toContain("¥0.12");
    await shoot(page, `methods-${look.name}-order`);
    expect([...(await audit(page)), ...(await axeFindings(page))]).toEqual([]);
    expect([complaints, strangers]).toEqual([[], []]);
  },
);

test("without scripts the server keeps the sums, and a way to pay that costs more is asked about first", async () => {
  const { page } = await shop.visitor({ javaScriptEnabled: false });
  await page.goto("/checkout/methods?quantity=2");
  expect(await totalOf(page)).toBe("¥40.04");
  await page.locator("#email").fill("plain@example.com");
  await page.locator("input[value=bank]").check();
  await page.locator(".total button[type=submit]").first().click();
  expect(await page.locator("#problems").innerText()).toContain("¥39.80");
  expect(await totalOf(page)).toBe("¥39.80");
  await page.locator(".total button[type=submit]").first().click();
  await page.waitForURL(/\/orders\//);
});

test("inside WeChat there is no Alipay, and a word where to find it", async () => {
  const userAgent = "Mozilla/5.0 (iPhone) Mobile MicroMessenger/8.0.50";
  const { page } = await shop.visitor({ userAgent, viewport: { width: 360, height: 740 } });
  await page.goto("/checkout/methods");
  expect(await method(page, "scan").count()).toBe(0);
  await page.getByText("在浏览器中打开本页").waitFor();
  await shoot(page, "methods-wechat");
});

/** Pictures to look at, where somebody asks for them. */
async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env["SCREENSHOTS"];
  if (folder !== undefined)
    await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}
