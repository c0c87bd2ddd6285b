import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { audit } from "./audit.ts";
import { axeFindings } from "./axe.ts";
import { openShop, type VisitedShop } from "./shop.ts";

/** Every kind of page as it is drawn: readable, usable, small, and nobody else's business. */
let shop: VisitedShop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop?.close());

const PRODUCT_PAGE_BYTES_MAX = 50_000;

const looks = [
  { colorScheme: "light", locale: "zh-CN", viewport: { width: 1280, height: 860 } },
  { colorScheme: "dark", locale: "en-US", viewport: { width: 1280, height: 860 } },
  { colorScheme: "light", locale: "en-US", viewport: { width: 320, height: 640 } },
  { colorScheme: "dark", locale: "zh-CN", viewport: { width: 320, height: 640 } },
] as const;

describe.each(looks)("in $colorScheme, $locale, $viewport.width wide", (look) => {
  test("every page meets what a program can judge of WCAG AA", async () => {
    const { page, strangers } = await shop.visitor(look);
    const found: Record<string, string[]> = {};
    const judge = async (name: string) => {
      const findings = [...(await audit(page)), ...(await axeFindings(page))];
      if (findings.length > 0) found[name] = findings;
    };

    for (const path of ["/", "/p/starter-key", "/p/hand-made", "/lookup", "/nothing"]) {
      await page.goto(path);
      await judge(path);
    }
    await page.goto("/checkout/hand-made");
    await judge("checkout");
    await page.locator(".total button[type=submit]").click();
    await page.locator("#problems").waitFor();
    await judge("checkout, refused");

    await page.goto("/checkout/starter-key");
    await page.locator("#email").fill("reader@example.com");
    await page.locator(".total button[type=submit]").click();
    await page.waitForURL(/sandbox/);
    const id = new URL(page.url()).searchParams.get("order");
    await page.goto(`/orders/${id}`);
    await page.locator(".cancel summary").click();
    await judge("order, pending");
    await page.locator(".cancel button").click();
    await page.locator(".order-cancelled").waitFor();
    await judge("order, cancelled");

    await page.goto("/checkout/free-trial");
    await page.locator("#email").fill("reader@example.com");
    await page.locator("#quantity").fill("3");
    await page.locator(".total button[type=submit]").click();
    await page.locator(".keys summary").click();
    await judge("order, delivered");
    expect(found).toEqual({});
    expect(strangers).toEqual([]);
  });
});

test("a product page is small with all it needs, before any compression", async () => {
  const { page } = await shop.visitor();
  const sizes: Promise<number>[] = [];
  page.on("response", (response) => sizes.push(response.body().then((body) => body.length)));
  await page.goto("/p/starter-key", { waitUntil: "networkidle" });
  const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  expect(total).toBeLessThan(PRODUCT_PAGE_BYTES_MAX);
});

test("the judges find what is wrong with a page, so that their silence means something", async () => {
  const { page } = await shop.visitor();
  await page.setContent(
    `<html lang="en"><title>A</title><h1>B</h1><img src="x.png"><button></button></html>`,
  );
  expect(await axeFindings(page)).toContainEqual(expect.stringContaining("axe image-alt"));
  expect(await audit(page)).toContainEqual(expect.stringContaining("no name"));
});
