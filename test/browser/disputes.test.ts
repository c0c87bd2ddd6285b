import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { audit } from "./audit.ts";
import { axeFindings } from "./axe.ts";
import { openShop, type VisitedShop } from "./shop.ts";

/** What a buyer sees whose bank was asked to take the money back: here it is told before the payment itself. */
let shop: VisitedShop;
let productId: string;
beforeAll(async () => {
  shop = await openShop();
  const credentials = await (await fetch(`${shop.origin}/sandbox/paypal/credentials`)).json();
  const account = { slug: "disputed", title: "PayPal", gateway: "paypal", currency: "USD" };
  const sent = { ...account, credentials };
  const { id } = await shop.client.admin<{ id: string }>("POST", "/payment-accounts", sent);
  await post("/sandbox/paypal/webhook", { url: `${shop.origin}/payments/${id}/notify` });
  const price = { amount_minor: 1000, currency: "USD" };
  const product = await shop.client.product("disputed", { payment_methods: ["disputed"], price });
  productId = product.id;
  await shop.client.importKeys(productId, ["DISPUTED-1", "DISPUTED-2"]);
});
afterAll(() => shop?.close());

const looks = [
  { colorScheme: "light", locale: "zh-CN", viewport: { width: 1280, height: 860 } },
  { colorScheme: "dark", locale: "en-US", viewport: { width: 320, height: 640 } },
] as const;

test.each(looks)(
  "in $colorScheme, $viewport.width wide, says that the bank decides, and what it decided",
  async (look) => {
    const { page, complaints, strangers } = await shop.visitor(look);
    const order = await placed();
    await page.goto(`/orders/${order.id}?token=${order.access_token}`);
    await play(order.id, "dispute_opened");
    await shop.client.admin("POST", `/orders/${order.id}/ask-gateway`, {});
    await shows(page, /等待银行裁定|your bank decides/);
    expect(await page.locator(".key-secret").count()).toBe(0);
    await shoot(page, `dispute-open-${look.colorScheme}`);
    expect([...(await audit(page)), ...(await axeFindings(page))]).toEqual([]);

    await play(order.id, "dispute_lost");
    await shows(page, /银行已退回|bank has taken/);
    await shoot(page, `dispute-lost-${look.colorScheme}`);
    expect([...(await audit(page)), ...(await axeFindings(page))]).toEqual([]);
    expect([complaints, strangers]).toEqual([[], []]);
  },
);

interface Placed {
  readonly id: string;
  readonly access_token: string;
}

let orders = 0;

/** Ordered, and opened at the gateway, as a page that is shown does. */
async function placed(): Promise<Placed> {
  const email = `disputes-${++orders}@example.com`;
  return post<Placed>(
    "/api/v1/orders",
    { product_id: productId, email, payment_method: "disputed" },
    { "idempotency-key": `disputed-order-${orders}` },
  );
}

const play = (order: string, mode: string) => post("/sandbox/paypal/pay", { order, mode });

async function shows(page: Page, headline: RegExp): Promise<void> {
  await page.getByRole("heading", { level: 1, name: headline }).waitFor();
}

async function post<Answer>(path: string, body: object, headers = {}): Promise<Answer> {
  const response = await fetch(`${shop.origin}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Answer;
}

async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env["SCREENSHOTS"];
  if (folder) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}
