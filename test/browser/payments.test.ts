import type { Page } from "playwright-core";
import { encode } from "uqr";
import { afterAll, beforeAll, expect, test } from "vitest";
import { audit } from "./audit.ts";
import { axeFindings } from "./axe.ts";
import { openShop, type VisitedShop } from "./shop.ts";

/** How a buyer is shown what to do where no page of the gateway's opens. */
let shop: VisitedShop;
beforeAll(async () => {
  shop = await openShop();
  const credentials = await (await fetch(`${shop.origin}/sandbox/alipay/credentials`)).json();
  await sellBy("by-code", "alipay", { ...(credentials as object), scene: "precreate" });
  const instructions = "请转账至 6222 0000 0000 0000。\nWrite your order's number beside it.";
  await sellBy("by-hand", "manual", { instructions });
});
afterAll(() => shop?.close());

async function sellBy(slug: string, gateway: string, credentials: object): Promise<void> {
  const account = { slug, title: slug, gateway, currency: "CNY", credentials };
  await shop.client.admin("POST", "/payment-accounts", account);
  const product = await shop.client.product(slug, { payment_methods: [slug] });
  await shop.client.importKeys(product.id, [`${slug}-1`, `${slug}-2`, `${slug}-3`]);
}

async function checkOut(page: Page, slug: string): Promise<string> {
  await page.goto(`/checkout/${slug}`);
  await page.locator("#email").fill("reader@example.com");
  await page.locator(".total button[type=submit]").click();
  await page.waitForURL(/\/orders\//);
  return new URL(page.url()).pathname.split("/").at(-1) ?? "";
}

const looks = [
  { colorScheme: "light", locale: "zh-CN", viewport: { width: 1280, height: 860 } },
  { colorScheme: "dark", locale: "en-US", viewport: { width: 320, height: 640 } },
] as const;

test.each(looks)(
  "in $colorScheme, $viewport.width wide, a code is the code, and instructions are to be read",
  async (look) => {
    const { page, complaints, strangers } = await shop.visitor(look);
    const id = await checkOut(page, "by-code");
    await page.locator(".qr-code").waitFor();
    const text = `${shop.origin}/sandbox/alipay/pay?order=${id}`;
    const { data } = encode(text, { ecc: "M", border: 4 });
    expect(await modulesOf(page, data.length)).toEqual(data);
    await shoot(page, `code-${look.colorScheme}`);
    expect([...(await audit(page)), ...(await axeFindings(page))]).toEqual([]);

    await checkOut(page, "by-hand");
    await page.getByText("6222 0000 0000 0000").waitFor();
    await shoot(page, `hand-${look.colorScheme}`);
    expect([...(await audit(page)), ...(await axeFindings(page))]).toEqual([]);
    expect([complaints, strangers]).toEqual([[], []]);
  },
);

test("a code that was paid turns into the key without a reload", async () => {
  const { page } = await shop.visitor();
  const id = await checkOut(page, "by-code");
  await page.locator(".qr-code").waitFor();
  await fetch(`${shop.origin}/sandbox/alipay/pay`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ order: id }),
  });
  await page.getByRole("heading", { name: "卡密已送达" }).waitFor();
  expect(await page.locator(".qr-code").count()).toBe(0);
});

/** What a camera would see: black or white in the middle of each module, as the page draws it. */
async function modulesOf(page: Page, size: number): Promise<boolean[][]> {
  return page.evaluate(async (count) => {
    const svg = document.querySelector(".qr-code");
    if (svg === null) throw new Error("no code");
    const pixels = count * 4;
    const copy = svg.cloneNode(true) as Element;
    copy.setAttribute("width", String(pixels));
    copy.setAttribute("height", String(pixels));
    const image = new Image();
    const markup = new XMLSerializer().serializeToString(copy);
    image.src = `data:image/svg+xml,${encodeURIComponent(markup)}`;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = pixels;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (context === null) throw new Error("no canvas");
    context.drawImage(image, 0, 0);
    const isBlack = (x: number, y: number) =>
      (context.getImageData(x * 4 + 2, y * 4 + 2, 1, 1).data[0] ?? 255) < 128;
    const line = [...Array(count).keys()];
    return line.map((y) => line.map((x) => isBlack(x, y)));
  }, size);
}

/** Pictures to look at, where somebody asks for them. */
async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env["SCREENSHOTS"];
  if (folder !== undefined)
    await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}
