import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { audit } from "./audit.ts";
import { axeFindings } from "./axe.ts";
import { openShop, type VisitedShop, type Visitor } from "./shop.ts";

/** What a buyer sees and can do whose money came when no keys were left, on a phone. */
let shop: VisitedShop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop?.close());

const PHONE = { viewport: { width: 390, height: 844 }, locale: "en" } as const;

interface Placed {
  readonly id: string;
  readonly access_token: string;
  readonly payment: { readonly url: string };
}

async function post<Answer>(path: string, body: unknown, headers = {}): Promise<Answer> {
  const response = await fetch(`${shop.origin}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Answer;
}

let cases = 0;

const place = (productId: string) =>
  post<Placed>(
    "/api/v1/orders",
    {
      product_id: productId,
      email: `waits-${++cases}@example.com`,
      payment_method: "epay",
    },
    { "idempotency-key": `waits-of-this-suite-${cases}` },
  );
const pay = ({ payment: { url } }: Placed) => post("/sandbox/epay/pay", { url, mode: "pay" });

/** Given up, and paid when its key was another's. */
async function waiting(): Promise<{ order: Placed; productId: string }> {
  const { id: productId } = await shop.client.product(`waits-${++cases}`);
  await shop.client.importKeys(productId, [crypto.randomUUID()]);
  const order = await place(productId);
  await shop.client.admin("POST", `/orders/${order.id}/cancel`);
  await pay(await place(productId));
  await pay(order);
  return { order, productId };
}

async function open({ page }: Visitor, { id, access_token: token }: Placed): Promise<void> {
  await page.goto(`/orders/${id}?token=${token}`);
  await page.getByRole("heading", { name: "Paid: we owe you a delivery" }).waitFor();
}

describe("a buyer who waits for keys", () => {
  test("is told what stopping does before they can, stops, and sees the money go back without a reload", async () => {
    const visitor = await shop.visitor(PHONE);
    const { page, complaints, strangers } = visitor;
    await open(visitor, (await waiting()).order);
    const confirm = page.locator(".stop button");
    expect(await confirm.isVisible()).toBe(false);
    await page.getByText("Stop waiting, money back").first().click();
    await page.getByText("It cannot be undone.").waitFor();
    expect([...(await audit(page)), ...(await axeFindings(page))]).toEqual([]);
    await confirm.click();
    await page.getByRole("heading", { name: "This order was refunded" }).waitFor();
    await page.getByText("went back").waitFor();
    expect([...(await audit(page)), ...(await axeFindings(page))]).toEqual([]);
    expect([complaints, strangers]).toEqual([[], []]);
  });

  test("stops without scripts", async () => {
    const visitor = await shop.visitor({ ...PHONE, javaScriptEnabled: false });
    const { page } = visitor;
    await open(visitor, (await waiting()).order);
    await page.getByText("Stop waiting, money back").first().click();
    await page.locator(".stop button").click();
    await page
      .getByRole("heading", { name: /You have stopped waiting|on its way back|refunded/ })
      .waitFor();
    expect(await page.locator(".stop").count()).toBe(0);
  });

  test("who was served while they thought about it finds the keys", async () => {
    const visitor = await shop.visitor({ ...PHONE, javaScriptEnabled: false });
    const { page } = visitor;
    const { order, productId } = await waiting();
    await open(visitor, order);
    await page.getByText("Stop waiting, money back").first().click();
    await shop.client.importKeys(productId, [crypto.randomUUID()], "second");
    await page.locator(".stop button").click();
    await page.getByRole("heading", { name: "Your keys are here" }).waitFor();
  });
});
