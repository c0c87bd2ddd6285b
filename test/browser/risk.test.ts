import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { openShop, type VisitedShop } from "./shop.ts";

/** What a buyer sees who is asked for a proof, and one whose order waits for a look. */
let shop: VisitedShop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop?.close());

const submit = ".total button[type=submit]";
const SHOTS = process.env["KAMIDROP_SCREENSHOTS"];

beforeEach(() => setRisk(null));

async function setRisk(risk: Record<string, unknown> | null): Promise<void> {
  const { version } = await shop.client.admin<{ version: number }>("GET", "/settings");
  await shop.client.admin("PATCH", "/settings", { risk }, { "if-match": `"${version}"` });
}

async function shoot(page: Page, name: string): Promise<void> {
  if (SHOTS !== undefined) await page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true });
}

test("who is asked for a proof finds the form as they typed it, and goes on", async () => {
  await setRisk({ challenge_at: 0 });
  const { page, complaints, strangers } = await shop.visitor({ locale: "en" });
  await page.goto("/p/starter-key");
  await page.getByRole("button", { name: "Buy now" }).click();
  await page.locator("#email").fill("asked@example.com");
  await page.locator(submit).click();
  const widget = page.getByLabel("Development captcha");
  await widget.waitFor();
  await shoot(page, "challenge");
  expect(await page.locator("#email").inputValue()).toBe("asked@example.com");

  await widget.selectOption("fail");
  await page.locator(submit).click();
  await page.getByText("The check did not succeed").first().waitFor();
  await widget.selectOption("pass");
  await page.locator(submit).click();
  await page.waitForURL(/\/sandbox\/epay\//);
  expect(strangers).toEqual([]);
  // The answer that asks is a 403, which a browser notes; its policy let the widget draw.
  expect(complaints.filter((words) => !words.includes("403"))).toEqual([]);
});

test("whose order the shop doubts pays, waits, and holds the key when a person has approved it", async () => {
  await setRisk({ review_at: 30, disposable_mail: 30 });
  const { page, tab } = await shop.visitor({ locale: "en" });
  await page.goto("/checkout/starter-key");
  await page.locator("#email").fill("doubted@mailinator.com");
  await page.locator(submit).click();
  await page.waitForURL(/\/sandbox\/epay\//);
  const id = await orderOf("doubted@mailinator.com");
  const watching = await tab();
  await watching.goto(`/orders/${id}`);
  await watching.getByRole("heading", { name: "Waiting for payment" }).waitFor();
  await page
    .getByRole("button", { name: /立即支付|Pay/ })
    .first()
    .click();
  await watching.getByRole("heading", { name: "the shop is checking your order" }).waitFor();
  await shoot(watching, "review");
  await shop.client.admin("POST", `/orders/${id}/approve`);
  await watching.getByRole("heading", { name: "Your keys are here" }).waitFor();
});

/** The order book is written behind the sale. */
async function orderOf(email: string): Promise<string> {
  const list = () => shop.client.admin<{ data: { id: string }[] }>("GET", `/orders?email=${email}`);
  await expect.poll(async () => (await list()).data.length, { timeout: 15_000 }).toBe(1);
  return (await list()).data[0]?.id ?? "";
}
