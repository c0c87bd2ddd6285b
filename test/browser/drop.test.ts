import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { audit } from "./audit.ts";
import { axeFindings } from "./axe.ts";
import { makeDrop, putOff, type MadeDrop } from "./drop.ts";
import { openShop, type VisitedShop } from "./shop.ts";

/** The line of a drop, in a real browser, against the development build with its real controller. */
let shop: VisitedShop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop?.close());

const submit = ".total > button[type=submit]";
const WAITING_PAGE_BYTES_MAX = 50_000;
/** As long as a line may take on a busy machine; what is awaited comes within seconds. */
const PATIENCE = { timeout: 45_000 };

async function join(page: Page, drop: MadeDrop, email: string): Promise<void> {
  await page.goto(`/p/${drop.slug}`);
  await page.locator("#email").fill(email);
  await page.locator(".join button[type=submit]").last().click();
  // Without scripts it may have led on to its plain page by now.
  await page.waitForURL(new RegExp(`/drops/${drop.id}(/plain)?$`));
}

const headline = (page: Page, words: string | RegExp) =>
  page.getByRole("heading", { level: 1, name: words }).waitFor(PATIENCE);

async function pay(page: Page): Promise<void> {
  await page.locator(submit).click();
  await page.waitForURL(/\/sandbox\/epay\//);
  await page.getByRole("button", { name: "Pay now" }).click();
  const back = page.locator("a.button.primary");
  if (page.url().includes("/sandbox/")) await back.click();
  await page.waitForURL(/\/orders\//);
}

test("a buyer joins, waits, reloads, is taken to the checkout at their turn, and buys", async () => {
  const drop = await makeDrop(shop, { keys: 3, opensInSeconds: 9 });
  const { page, tab, complaints, strangers } = await shop.visitor({ locale: "en-US" });
  await join(page, drop, "Buyer.One@example.com");
  await headline(page, "You are in line");
  await page.reload();
  await headline(page, "You are in line");
  const second = await tab();
  await second.goto(`/drops/${drop.id}`);
  await headline(second, "You are in line");
  await second.close();
  const onProduct = await tab();
  await onProduct.goto(`/p/${drop.slug}`);
  await onProduct.getByRole("link", { name: "You are in line: see your place" }).waitFor();
  await onProduct.close();

  await page.waitForURL(`**/checkout/${drop.slug}**`, PATIENCE);
  expect(await page.locator("#email").inputValue()).toBe("buyer.one@example.com");
  expect(await page.locator("#email").getAttribute("readonly")).not.toBeNull();
  await pay(page);
  await headline(page, "Your keys are here");

  // The place is spent, and its holder is told so instead of being sold a second time.
  await page.goto(`/checkout/${drop.slug}`);
  if (page.url().includes("/checkout/")) {
    await page.locator(submit).click();
    await page.getByText("Each place buys once").first().waitFor();
  }
  expect(complaints.filter((words) => !words.includes("403"))).toEqual([]);
  expect(strangers).toEqual([]);
});

test("a drop that is put off while people wait is counted down to its new opening", async () => {
  const drop = await makeDrop(shop, { keys: 1, opensInSeconds: 40 });
  const { page } = await shop.visitor({ locale: "en-US" });
  await join(page, drop, "patient@example.com");
  await headline(page, "You are in line");
  const later = drop.opensAtMs + 600_000;
  await putOff(shop, drop, later);
  const countdown = page.locator("[data-countdown]");
  await expect.poll(() => countdown.getAttribute("data-countdown"), PATIENCE).toBe(String(later));
  await expect.poll(() => page.locator('[data-unit="minutes"]').textContent()).toBe("10");
  await headline(page, "You are in line");
});

test("who waits while the last key is reserved and then sold is told both at once", async () => {
  const drop = await makeDrop(shop, { keys: 1, opensInSeconds: 5 });
  const first = await shop.visitor({ locale: "en-US" });
  await join(first.page, drop, "first@example.com");
  await first.page.waitForURL(`**/checkout/${drop.slug}**`, PATIENCE);
  await first.page.locator(submit).click();
  await first.page.waitForURL(/\/sandbox\/epay\//);

  const late = await shop.visitor({ locale: "zh-CN" });
  await join(late.page, drop, "late@example.com");
  await headline(late.page, /卡密已全部被预订/);
  expect(await late.page.locator("[data-count=held]").textContent()).toBe("1");

  await first.page.getByRole("button", { name: "Pay now" }).click();
  await headline(late.page, "已售罄");
  expect(await late.page.title()).toMatch(/^已售罄/);
  expect(late.complaints).toEqual([]);
});

test("who waits is told when the connection is lost, and the page goes on by itself", async () => {
  const drop = await makeDrop(shop, { keys: 1, opensInSeconds: 600 });
  const { page } = await shop.visitor({ locale: "en-US" });
  await join(page, drop, "patient@example.com");
  await headline(page, "You are in line");
  let fails = true;
  await page.route("**/place?**", (route) =>
    fails ? route.fulfill({ status: 503, headers: { "retry-after": "1" } }) : route.continue(),
  );
  await page.reload();
  await page.getByText("Connection lost. Trying again: you keep your place.").waitFor();
  fails = false;
  await headline(page, "You are in line");
  expect(await page.locator("#trouble").isVisible()).toBe(false);
});

test("a page that nobody looks at rests, and asks at once when it is seen again", async () => {
  const drop = await makeDrop(shop, { keys: 1, opensInSeconds: 600 });
  const { page } = await shop.visitor({ locale: "en-US" });
  let asked = 0;
  // The server's own answers, but its pace is a hurried one.
  await page.route("**/place?**", async (route) => {
    asked += 1;
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), poll_after_ms: 200 } });
  });
  const look = (hidden: boolean) =>
    page.evaluate((isHidden) => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => isHidden });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
  await join(page, drop, "elsewhere@example.com");
  await expect.poll(() => asked).toBeGreaterThan(3);
  await look(true);
  // What was on its way when the page was left is the last.
  await page.waitForTimeout(1_000);
  const left = asked;
  await page.waitForTimeout(2_000);
  expect(asked).toBe(left);
  await look(false);
  await expect.poll(() => asked).toBeGreaterThan(left + 1);
});

test("a page that is not in line notices when its visitor joins in another tab", async () => {
  const drop = await makeDrop(shop, { keys: 1, opensInSeconds: 600 });
  const { page, tab } = await shop.visitor({ locale: "en-US" });
  await page.goto(`/drops/${drop.id}`);
  await headline(page, "You are not in line here");
  const other = await tab();
  await join(other, drop, "two.tabs@example.com");
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await headline(page, "You are in line");
});

test("a change of language keeps the place", async () => {
  const drop = await makeDrop(shop, { keys: 1, opensInSeconds: 600 });
  const { page } = await shop.visitor({ locale: "en-US" });
  await join(page, drop, "both@example.com");
  await headline(page, "You are in line");
  await page.getByRole("link", { name: "简体中文" }).click();
  await headline(page, "您已在队伍中");
  await page.getByRole("link", { name: "English" }).click();
  await headline(page, "You are in line");
});

test("without scripts a buyer joins, is led on at their turn, and buys", async () => {
  const drop = await makeDrop(shop, { keys: 2, opensInSeconds: 6 });
  const { page, complaints } = await shop.visitor({ javaScriptEnabled: false, locale: "en-US" });
  await join(page, drop, "plain@example.com");
  await page.waitForURL(`**/drops/${drop.id}/plain`);
  await headline(page, "You are in line");
  await page.waitForURL(`**/checkout/${drop.slug}**`, PATIENCE);
  await pay(page);
  await headline(page, "Your keys are here");
  expect(complaints).toEqual([]);
});

test("the countdown runs by the server's clock, however wrong the device's is", async () => {
  const drop = await makeDrop(shop, { keys: 1, opensInSeconds: 600 });
  const { page } = await shop.visitor({ locale: "en-US" });
  await page.addInitScript(() => {
    const now = Date.now.bind(Date);
    Date.now = () => now() + 2 * 3600_000;
  });
  await page.goto(`/p/${drop.slug}`, { waitUntil: "networkidle" });
  const shown = async () => {
    const figures = await page.locator("[data-unit]").allTextContents();
    const [days = 0, hours = 0, minutes = 0, seconds = 0] = figures.map(Number);
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
  };
  const leftSeconds = (drop.opensAtMs - Date.now()) / 1000;
  expect(Math.abs((await shown()) - leftSeconds)).toBeLessThan(3);
});

test("where the shop asks for a proven address, the code in the mail opens the line", async () => {
  const drop = await makeDrop(shop, {
    keys: 1,
    opensInSeconds: 600,
    policy: { qualification: "email_code" },
  });
  const { page } = await shop.visitor({ locale: "en-US" });
  await page.goto(`/p/${drop.slug}`);
  await page.locator("#email").fill("proven@example.com");
  await page.getByRole("button", { name: "Send me a code" }).click();
  await page.getByText("A code is on its way to proven@example.com").waitFor();
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("code");

  await page.locator("#code").fill("000000");
  await page.getByRole("button", { name: "Join the line" }).click();
  await page.getByText("That is not the code").first().waitFor();
  expect(await page.locator("#email").inputValue()).toBe("proven@example.com");

  await page.locator("#code").fill(` ${await codeFor("proven@example.com")} `);
  await page.getByRole("button", { name: "Join the line" }).click();
  await headline(page, "You are in line");
});

test("after the end anyone works out their draw in the browser, and nothing is sent for it", async () => {
  const drop = await makeDrop(shop, { keys: 1, opensInSeconds: 600 });
  await shop.client.admin("POST", `/drops/${drop.id}/close`);
  const { page, complaints } = await shop.visitor({ locale: "en-US" });
  await page.goto(`/drops/${drop.id}/verify`);
  await page.getByText("The seal fits the number").waitFor();
  const sent: string[] = [];
  page.on("request", (request) => {
    if (request.method() !== "GET" || request.url().includes("@")) sent.push(request.url());
  });
  await page.locator("#email").fill("Some.One+tag@gmail.com");
  await page.getByRole("button", { name: "Work out my place" }).click();
  await page.locator("#proof-result").waitFor();
  const inBrowser = await page.locator("[data-proof-draw]").textContent();
  expect(inBrowser).toMatch(/^0\.\d{6} \(0x[0-9a-f]{13} /);
  expect(sent).toEqual([]);

  const plain = await shop.visitor({ javaScriptEnabled: false, locale: "en-US" });
  await plain.page.goto(`/drops/${drop.id}/verify`);
  await plain.page.locator("#email").fill("someone@gmail.com");
  await plain.page.getByRole("button", { name: "Work out my place" }).click();
  const onServer = await plain.page.locator("[data-proof-draw]").textContent();
  expect(onServer?.trim()).toBe(inBrowser?.trim());
  expect(complaints).toEqual([]);
});

const looks = [
  { colorScheme: "light", locale: "en-US", viewport: { width: 320, height: 640 } },
  { colorScheme: "dark", locale: "zh-CN", viewport: { width: 320, height: 640 } },
  { colorScheme: "dark", locale: "en-US", viewport: { width: 1280, height: 860 } },
  { colorScheme: "light", locale: "zh-CN", viewport: { width: 1280, height: 860 } },
] as const;

test.each(looks)(
  "in $colorScheme, $locale, $viewport.width wide, the pages of a drop meet what a program can judge of WCAG AA",
  async (look) => {
    const policy = { qualification: "email_code" };
    const upcoming = await makeDrop(shop, { keys: 1, opensInSeconds: 600, policy });
    const { page } = await shop.visitor({ ...look, reducedMotion: "reduce" });
    const found: Record<string, string[]> = {};
    const judge = async (name: string) => {
      const findings = [...(await audit(page)), ...(await axeFindings(page))];
      if (findings.length > 0) found[name] = findings;
    };
    await page.goto(`/p/${upcoming.slug}`);
    await page.locator(".fair summary").click();
    await judge("product");
    await page.locator("#email").fill("reader@example.com");
    await page.locator("#code").fill("1");
    await page.locator(".join > button").click();
    await page.locator("#problems").waitFor();
    await judge("join, refused");
    await page.goto(`/drops/${upcoming.id}`);
    await page.locator("[data-phase=none]").waitFor();
    await judge("not in line");
    await page.goto(`/drops/${upcoming.id}/verify`);
    await judge("verify, before");

    const open = await makeDrop(shop, { keys: 1, opensInSeconds: 600 });
    await join(page, open, "reader@example.com");
    await page.locator("[data-phase=upcoming]").waitFor();
    await judge("in line");
    await page.goto(`/drops/${open.id}/plain`);
    await judge("in line, plain");
    expect(found).toEqual({});
  },
);

test("the waiting page is small with all it needs, before any compression", async () => {
  const drop = await makeDrop(shop, { keys: 1, opensInSeconds: 600 });
  const { page, tab } = await shop.visitor();
  await join(page, drop, "small@example.com");
  const fresh = await tab();
  const sizes: Promise<number>[] = [];
  fresh.on("response", (response) => sizes.push(response.body().then((body) => body.length)));
  await fresh.goto(`/drops/${drop.id}`, { waitUntil: "networkidle" });
  const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  expect(total).toBeLessThan(WAITING_PAGE_BYTES_MAX);
});

test("the line can be joined and watched by keyboard alone", async () => {
  const drop = await makeDrop(shop, { keys: 1, opensInSeconds: 600 });
  const { page } = await shop.visitor({ locale: "en-US" });
  await page.goto(`/p/${drop.slug}`);
  for (let presses = 0; presses < 20; presses++) {
    await page.keyboard.press("Tab");
    if ((await page.evaluate(() => document.activeElement?.id)) === "email") break;
  }
  await page.keyboard.type("keys@example.com");
  await page.keyboard.press("Enter");
  await headline(page, "You are in line");
  await expect.poll(() => page.locator("#announcement").textContent()).toMatch(/You are in line/);
});

async function codeFor(email: string): Promise<string> {
  const read = async () => {
    const response = await fetch(`${shop.origin}/dev/mail.json?to=${encodeURIComponent(email)}`);
    const mails = (await response.json()) as { text: string }[];
    return /^\d{6}$/m.exec(mails.at(-1)?.text ?? "")?.[0] ?? "";
  };
  await expect.poll(read, { timeout: 20_000 }).not.toBe("");
  return read();
}
