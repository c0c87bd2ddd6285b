import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openShop, type VisitedShop } from "./shop.ts";

/** One buyer's way through the shop, in a real browser, against the development build. */
let shop: VisitedShop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop?.close());

const submit = ".total button[type=submit]";
const idempotencyKey = "input[name=idempotency_key]";

test("a buyer goes from the list to the key, and holds it without a reload", async () => {
  const { page, tab, complaints, strangers } = await shop.visitor({
    permissions: ["clipboard-read", "clipboard-write"],
  });
  await page.goto("/");
  await page.getByRole("link", { name: /Starter Key/ }).click();
  await page.getByRole("button", { name: "立即购买" }).click();

  await page.getByRole("button", { name: "加一件" }).click();
  await expect.poll(() => page.locator("dd[data-total]").textContent()).toBe("¥20.00");
  await page.locator("#email").fill("Buyer@Example.com");
  await page.locator(submit).dblclick();
  await page.waitForURL(/\/sandbox\/epay\//);

  const [order] = await ordersOf("buyer@example.com", 1);

  const watching = await tab();
  await watching.goto(`/orders/${order?.id}`);
  await watching.getByRole("heading", { name: "等待付款" }).waitFor();
  await watching.evaluate(() => Object.assign(window, { neverReloaded: true }));

  await page.getByRole("button", { name: "立即支付" }).click();
  await watching.getByRole("heading", { name: "卡密已送达" }).waitFor();
  expect(await watching.evaluate(() => "neverReloaded" in window)).toBe(true);
  expect(await watching.title()).toMatch(/^卡密已送达/);

  const secrets = watching.locator(".key-secret");
  expect(await secrets.count()).toBe(2);
  expect(await secrets.first().isVisible()).toBe(false);
  await watching.getByText("显示").click();
  expect(await secrets.first().isVisible()).toBe(true);

  const keys = await secrets.allTextContents();
  await watching.getByRole("button", { name: "全部复制" }).click();
  await watching.getByRole("button", { name: "已复制" }).waitFor();
  expect(await watching.evaluate(() => navigator.clipboard.readText())).toBe(keys.join("\n"));
  await watching.getByRole("button", { name: "复制", exact: true }).last().click();
  await expect.poll(() => watching.evaluate(() => navigator.clipboard.readText())).toBe(keys[1]);

  const mail = await mailOf(order?.id ?? "");
  for (const key of keys) expect(mail.text).toContain(key);
  await ordersOf("buyer@example.com", 1);
  expect(complaints).toEqual([]);
  expect(strangers).toEqual([]);
});

test("the way back from the cashier shows the order, in a clean address", async () => {
  const { page } = await shop.visitor();
  await fillCheckout(page, "returning@example.com");
  await page.locator(submit).click();
  await page.getByRole("button", { name: "立即支付" }).click();
  await backAtTheShop(page);
  await page.getByRole("heading", { name: "卡密已送达" }).waitFor();
  expect(new URL(page.url()).search).toBe("");
});

test("the link in the mail opens the order elsewhere and leaves no token in the address", async () => {
  const buyer = await shop.visitor();
  await fillCheckout(buyer.page, "elsewhere@example.com");
  await buyer.page.locator(submit).click();
  await buyer.page.getByRole("button", { name: "立即支付" }).click();
  const [order] = await ordersOf("elsewhere@example.com", 1);
  const mail = await mailOf(order?.id ?? "");
  const link = /https?:\S+\/orders\/\S+/.exec(mail.text)?.[0] ?? "";

  const { page } = await shop.visitor();
  await page.goto(`/orders/${order?.id}`);
  await page.getByRole("heading", { name: "无法在此显示该订单" }).waitFor();
  await page.goto(link);
  await page.getByRole("heading", { name: "卡密已送达" }).waitFor();
  expect(page.url()).toBe(`${shop.origin}/orders/${order?.id}`);
});

test("a reload and the way back keep the purchase one; another choice makes it another", async () => {
  const { page } = await shop.visitor();
  await fillCheckout(page, "again@example.com");
  const key = await page.locator(idempotencyKey).inputValue();
  await page.reload();
  expect(await page.locator(idempotencyKey).inputValue()).toBe(key);

  await page.locator("#email").fill("again@example.com");
  await page.locator(submit).click();
  await page.waitForURL(/\/sandbox\/epay\//);
  await page.goBack();
  await page.locator("#email").fill("again@example.com");
  await page.locator(submit).click();
  await page.waitForURL(/\/sandbox\/epay\//);
  await ordersOf("again@example.com", 1);

  await fillCheckout(page, "again@example.com");
  await page.getByRole("button", { name: "加一件" }).click();
  await page.locator(submit).click();
  await page.waitForURL(/\/sandbox\/epay\//);
  await ordersOf("again@example.com", 2);
});

test("a sent form is guarded by a countdown, and given back when nothing comes of it", async () => {
  const { page } = await shop.visitor();
  await fillCheckout(page, "guarded@example.com");
  // No answer: the page stays where it is, as it does while a slow one is on its way.
  let sent = 0;
  await page.route("**/checkout/starter-key", (route) => {
    sent += 1;
    return route.fulfill({ status: 204 });
  });
  const button = page.locator(submit);
  await button.dblclick();
  await page.getByText(/正在提交… \d/).waitFor();
  await page.locator("#email").press("Enter");
  expect(sent).toBe(1);
  await page.getByText("支付 ¥10.00").waitFor();
  expect(await button.getAttribute("aria-disabled")).toBeNull();
});

test("what is wrong is said beside its field, and what was typed stays", async () => {
  const { page } = await shop.visitor({ locale: "en-GB" });
  await page.goto("/checkout/starter-key");
  await page.locator("#email").fill("not an address");
  await page.locator("#quantity").fill("99");
  await page.locator(submit).click();
  await page.getByRole("alert").waitFor();
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("problems");
  expect(await page.locator("#email").inputValue()).toBe("not an address");
  expect(await page.locator("#email").getAttribute("aria-invalid")).toBe("true");
  await page.getByText("Enter a whole number from 1 to 10.").first().waitFor();
});

test("the language is what the visitor chose, else what their browser prefers", async () => {
  const { page } = await shop.visitor({ locale: "en-US" });
  await page.goto("/p/starter-key");
  await page.getByRole("button", { name: "Buy now" }).waitFor();
  await page.getByRole("link", { name: "简体中文" }).click();
  await page.getByRole("button", { name: "立即购买" }).click();
  await page.getByRole("heading", { name: "确认订单" }).waitFor();
  expect(await page.locator("html").getAttribute("lang")).toBe("zh-CN");
});

test("without scripts a buyer reaches the cashier, and sees the key afterwards", async () => {
  const { page } = await shop.visitor({ javaScriptEnabled: false, locale: "en-US" });
  await page.goto("/");
  await page.getByRole("link", { name: /Starter Key/ }).click();
  await page.getByRole("button", { name: "Buy now" }).click();
  await page.locator("#email").fill("plain@example.com");
  await page.locator("#quantity").fill("3");
  // Nobody is charged a sum they have not seen.
  await page.locator(submit).first().click();
  await page
    .getByRole("alert")
    .getByText(/¥30\.00/)
    .waitFor();

  await page.locator(submit).first().click();
  await page.waitForURL(/\/sandbox\/epay\//);
  await page.getByRole("button", { name: "Pay now" }).click();
  await backAtTheShop(page);
  await page.getByRole("heading", { name: "Your keys are here" }).waitFor();
  await page.getByText("Show").click();
  expect(await page.locator(".key-secret").first().isVisible()).toBe(true);
  expect(await page.getByRole("button", { name: "Copy all" }).isVisible()).toBe(false);
  const [order] = await ordersOf("plain@example.com", 1);
  expect(order?.quantity).toBe(3);
});

test("what is free needs no cashier; a cancelled order gives its keys back", async () => {
  const { page } = await shop.visitor({ locale: "en-US" });
  await page.goto("/p/free-trial");
  await page.getByRole("button", { name: "Get it free" }).click();
  await page.locator("#email").fill("free@example.com");
  await page.locator(submit).click();
  await page.getByRole("heading", { name: "Your keys are here" }).waitFor();

  await fillCheckout(page, "changed-my-mind@example.com");
  await page.locator(submit).click();
  await page.waitForURL(/\/sandbox\/epay\//);
  const [order] = await ordersOf("changed-my-mind@example.com", 1);
  await page.goto(`/orders/${order?.id}`);
  await page.getByText("Cancel order").first().click();
  await page.getByRole("button", { name: "Cancel order" }).click();
  await page.getByRole("heading", { name: "This order was cancelled" }).waitFor();
});

async function fillCheckout(page: Page, email: string): Promise<void> {
  await page.goto("/checkout/starter-key");
  await page.locator("#email").fill(email);
}

/** The simulated cashier may show what it sent before it leads back. */
async function backAtTheShop(page: Page): Promise<void> {
  const back = page.locator("a.button.primary");
  if (page.url().includes("/sandbox/")) await back.click();
  await page.waitForURL(/\/orders\//);
}

interface Order {
  readonly id: string;
  readonly quantity: number;
}

/** That many orders and no more, once the order book, written behind the sale, has them. */
async function ordersOf(email: string, count: number): Promise<readonly Order[]> {
  const path = `/orders?email=${encodeURIComponent(email)}`;
  const ask = async () => (await shop.client.admin<{ data: Order[] }>("GET", path)).data;
  await expect.poll(async () => (await ask()).length, { timeout: 20_000 }).toBe(count);
  return ask();
}

async function mailOf(orderId: string): Promise<{ text: string }> {
  const read = async () => {
    const response = await fetch(`${shop.origin}/dev/mail.json?order_id=${orderId}`);
    return (await response.json()) as { text: string }[];
  };
  await expect.poll(async () => (await read()).length, { timeout: 20_000 }).toBe(1);
  const [mail] = await read();
  if (mail === undefined) throw new Error("no mail");
  return mail;
}
