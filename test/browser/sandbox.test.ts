import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { audit } from "./audit.ts";
import { axeFindings } from "./axe.ts";
import { openShop, type VisitedShop } from "./shop.ts";

/** The development build's own pages, as a developer uses them. */
let shop: VisitedShop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop?.close());

const looks = [
  { colorScheme: "light", locale: "zh-CN", viewport: { width: 1280, height: 860 } },
  { colorScheme: "dark", locale: "en-US", viewport: { width: 390, height: 844 } },
  { colorScheme: "light", locale: "en-US", viewport: { width: 320, height: 640 } },
] as const;

describe.each(looks)("in $colorScheme, $locale, $viewport.width wide", (look) => {
  test("the simulator's pages meet what a program can judge of WCAG AA, and what their policy allows", async () => {
    const { page, complaints, strangers } = await shop.visitor(look);
    const found: Record<string, string[]> = {};
    const judge = async (name: string) => {
      const findings = [...(await audit(page)), ...(await axeFindings(page))];
      if (findings.length > 0) found[name] = findings;
    };

    await page.goto("/checkout/starter-key");
    await page.locator("#email").fill(`sandbox-${look.viewport.width}@example.com`);
    await page.locator(".total button[type=submit]").click();
    await page.waitForURL(/\/sandbox\/epay\/pay/);
    await page.locator("details summary").click();
    await judge("cashier");
    await page.locator("button[value=bad_signature]").click();
    await page.locator(".rows").waitFor();
    expect(await page.locator(".rows tbody tr").count()).toBe(1);
    await judge("outcome");

    await page.goto("/sandbox/wechat");
    await page.locator("input[value=query]").check();
    await page.locator("input[value=html]").check();
    await page.locator("#times").fill("3");
    await page.locator(".form button").click();
    await page.locator(".warned").waitFor();
    for (const fold of await page.locator("details").all()) await fold.locator("summary").click();
    await judge("gateway");
    await page.locator(".warned button").click();
    await page.locator(".warned").waitFor({ state: "detached" });

    await page.goto("/sandbox");
    expect(await page.locator(".gateway").count()).toBe(9);
    for (const fold of await page.locator("details").all()) await fold.locator("summary").click();
    await judge("index");
    await page.goto("/dev/mail");
    await judge("mail");
    expect(found).toEqual({});
    expect(complaints).toEqual([]);
    expect(strangers).toEqual([]);
  });
});

test("a payment that the gateway tells of leads back to the shop by itself", async () => {
  const { page, complaints } = await shop.visitor({ locale: "en-US" });
  await page.goto("/checkout/starter-key");
  await page.locator("#email").fill("leads-back@example.com");
  await page.locator(".total button[type=submit]").click();
  await page.getByRole("button", { name: "Pay now" }).click();
  await page.waitForURL(/\/orders\/.*trade_status=TRADE_SUCCESS/);
  expect(complaints).toEqual([]);
});
