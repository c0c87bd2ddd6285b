import type { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { isolate } from "../support/worker/isolate.ts";
import { checkOut, Visitor, words } from "../support/worker/pages.ts";
import {
  admin,
  call,
  migrate,
  openShop,
  postOrder,
  stockedProduct,
  unopenedProduct,
  type Shop,
} from "../support/worker/shop.ts";

beforeAll(migrate);

async function shopWith(limits: Record<string, number>, slug?: string): Promise<Shop> {
  const shop = await openShop(slug);
  const headers = { "if-match": '"0"' };
  await shop.admin("/settings", { method: "PATCH", body: { limits }, headers });
  return shop;
}

describe("orders beyond the limits", () => {
  test("are 429, with what was asked too often and when the next one is there", async () => {
    const shop = await shopWith({ orders_per_email: 3 });
    const product = await unopenedProduct(shop);
    for (let n = 0; n < 3; n++) expect((await postOrder(shop, product.id)).status).toBe(409);
    const refused = await postOrder(shop, product.id);
    expect(refused.status).toBe(429);
    expect(refused.json).toMatchObject({ code: "too_many_requests", policy: "order-email" });
    const wait = Number(refused.headers.get("retry-after"));
    expect(wait).toBe(refused.json.retry_after_seconds);
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(20);
    expect(refused.headers.get("ratelimit")).toMatch(/^"order-email";r=0;t=\d+$/);
  });

  test("count a mailbox once, however it is written", async () => {
    const shop = await shopWith({ orders_per_email: 3 });
    const product = await unopenedProduct(shop);
    const spellings = ["a.b@gmail.com", "AB@gmail.com", "ab+1@gmail.com", "a.b+2@googlemail.com"];
    const answers = [];
    for (const email of spellings)
      answers.push((await postOrder(shop, product.id, { email })).status);
    expect(answers).toEqual([409, 409, 409, 429]);
  });

  test("tell a person in words, and keep what they typed", async () => {
    const shop = await shopWith({ orders_per_email: 3 }, "demo");
    const product = await stockedProduct(shop, ["A", "B", "C", "D"], { slug: "limited-product" });
    const visitor = new Visitor();
    for (let n = 0; n < 3; n++) await postOrder(shop, product.id, { email: "typed@example.com" });
    const page = await checkOut(visitor, "limited-product", { email: "typed@example.com" });
    expect(page.status).toBe(429);
    expect(page.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(words(page)).toMatch(/Nothing was ordered: submit again in \d+ s/);
    expect(page.html).toContain("typed@example.com");
  });

  test("are let through where no limiter answers: a sale does not end for a counter", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const shop = await shopWith({ orders_per_email: 3 });
    const product = await unopenedProduct(shop);
    const broken = isolate({
      RATE_LIMITER: {
        getByName: () => {
          throw new Error("no such object");
        },
      } as unknown as typeof env.RATE_LIMITER,
      RATE_30: { limit: () => Promise.reject(new Error("no counter")) },
    });
    const answers = [];
    for (let n = 0; n < 5; n++) {
      answers.push((await postOrder(shop, product.id, {}, undefined, broken)).status);
    }
    // What the isolate itself has counted is a limit still.
    expect(answers).toEqual([409, 409, 409, 429, 429]);
    expect(warn.mock.calls.flat().join()).not.toContain("buyer@example.com");
    warn.mockRestore();
  });
});

describe("wrong tokens of the admin API", () => {
  test("end soon for their network, before D1 is asked, and for nobody else", async () => {
    const guess = (token: string, address: string) =>
      admin("/products", { token, headers: { "cf-connecting-ip": address } });
    const answers = [];
    for (let n = 0; n < 60; n++) answers.push(await guess(`kdm_guess-${n}`, "203.0.113.9"));
    expect(answers.slice(0, 20).every(({ status }) => status === 401)).toBe(true);
    // One more comes back every three seconds, however slow this machine is.
    const refused = answers.find(({ status }) => status !== 401);
    expect(refused?.json).toMatchObject({ code: "too_many_requests", policy: "login" });
    expect(refused?.headers.get("retry-after")).toMatch(/^\d+$/);
    expect((await guess("kdm_guess-x", "203.0.113.10")).status).toBe(401);
  });
});

describe("orders asked for with tokens that are not theirs", () => {
  test("end soon for their network", async () => {
    const guess = (n: number) =>
      call("/api/v1/orders/ord_00000100000000000000000000000", {
        token: `1_guess-${n}`,
        headers: { "cf-connecting-ip": "203.0.113.11" },
      });
    const answers = await Promise.all(Array.from({ length: 150 }, (_, n) => guess(n)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([404, 429]));
    expect(answers.filter(({ status }) => status === 404).length).toBeGreaterThanOrEqual(60);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.headers.get("retry-after")).toBe("1");
  });
});
