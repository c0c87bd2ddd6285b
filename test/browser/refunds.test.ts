import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { audit } from "./audit.ts";
import { axeFindings } from "./axe.ts";
import { openShop, type VisitedShop } from "./shop.ts";

/** What a buyer sees of money that goes back. */
let shop: VisitedShop;
beforeAll(async () => {
  shop = await openShop();
  const sandbox = await (await fetch(`${shop.origin}/sandbox/alipay/credentials`)).json();
  const credentials = { ...(sandbox as object), scene: "precreate" };
  const account = { slug: "code", title: "Code", gateway: "alipay", currency: "CNY", credentials };
  await shop.client.admin("POST", "/payment-accounts", account);
  const product = await shop.client.product("by-code", { payment_methods: ["code"] });
  await shop.client.importKeys(product.id, ["CODE-1", "CODE-2", "CODE-3"]);
});
afterAll(() => shop?.close());

const looks = [
  { colorScheme: "light", locale: "zh-CN", viewport: { width: 1280, height: 860 } },
  { colorScheme: "dark", locale: "en-US", viewport: { width: 320, height: 640 } },
] as const;

test.each(looks)(
  "in $colorScheme, $viewport.width wide, each refund is told with its sum and how it stands, and mailed",
  async (look) => {
    const { page, complaints, strangers } = await shop.visitor(look);
    const id = await paidOrder(page);
    await refund(id, { amount_minor: 300, reason: "one of two was faulty" });
    await behave("refuse");
    await expect(refund(id, { amount_minor: 200, reason: "asked for" })).rejects.toThrow(
      "refund_refused",
    );
    await behave("error_500");
    await refund(id, { amount_minor: 100, reason: "asked for" });
    await behave("none");
    await refund(id, { amount_minor: 125, method: "hand", reason: "bank transfer" });
    await page.reload();
    expect(await page.locator(".refunds li").count()).toBe(4);
    await page.locator(".keys summary").click();
    expect(await page.locator(".refunds").innerText()).toMatch(/4\.25/);
    await shoot(page, `refunds-${look.colorScheme}`);
    expect([...(await audit(page)), ...(await axeFindings(page))]).toEqual([]);

    await expect.poll(() => mailsOf(id), { timeout: 10_000 }).toHaveLength(3);
    await page.goto("/dev/mail");
    await page
      .getByRole("link", { name: /已退回款项|Money sent back/ })
      .first()
      .click();
    await page.locator("body").waitFor();
    await shoot(page, `refunds-mail-${look.colorScheme}`);
    expect([complaints, strangers]).toEqual([[], []]);
  },
);

async function paidOrder(page: Page): Promise<string> {
  await page.goto("/checkout/by-code");
  await page.locator("#email").fill("reader@example.com");
  await page.locator(".total button[type=submit]").click();
  await page.waitForURL(/\/orders\//);
  const id = new URL(page.url()).pathname.split("/").at(-1) ?? "";
  await post("/sandbox/alipay/pay", { order: id });
  await page.locator(".order-delivered").waitFor();
  return id;
}

async function refund(id: string, body: object): Promise<void> {
  await shop.client.admin("POST", `/orders/${id}/refunds`, body, {
    "idempotency-key": crypto.randomUUID(),
  });
}

const behave = (manner: string) =>
  post("/sandbox/alipay/behave", { call: "refund", manner, times: 50 });

async function post(path: string, body: object): Promise<void> {
  const headers = { "content-type": "application/json" };
  const sent = { method: "POST", headers, body: JSON.stringify(body) };
  const answer = await fetch(`${shop.origin}${path}`, sent);
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
}

/** The keys, and each of the two parts that went back. */
async function mailsOf(id: string): Promise<unknown[]> {
  const mails: unknown = await (await fetch(`${shop.origin}/dev/mail.json?order_id=${id}`)).json();
  return Array.isArray(mails) ? mails : ((mails as { data?: unknown[] }).data ?? []);
}

async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env["SCREENSHOTS"];
  if (folder) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}
