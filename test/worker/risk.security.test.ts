import { beforeAll, describe, expect, it } from "vitest";
import { Visitor } from "../support/worker/pages.ts";
import { migrate, openShop, postOrder, stockedProduct, type Shop } from "../support/worker/shop.ts";
import { from, setRisk } from "../support/worker/risk.ts";

let shop: Shop;
let product: { id: string; slug: string };
const DEVICE = "__Host-kamidrop_device";

beforeAll(async () => {
  await migrate();
  shop = await openShop("demo");
  const keys = Array.from({ length: 40 }, (_, n) => `KEY-${n}`);
  product = await stockedProduct(shop, keys, { slug: "watched" });
});

describe("the device cookie", () => {
  const setOf = async (visitor: Visitor) =>
    (await visitor.get("/checkout/watched")).headers.get("set-cookie") ?? "";

  it("is given on the checkout page, out of reach for scripts and other sites, for a year", async () => {
    const set = await setOf(new Visitor());
    expect(set).toMatch(
      /^__Host-kamidrop_device=[0-9a-z]{20}\.(?:[A-Z]{2}|-)\.[0-9a-z]+_[\w-]{32};/,
    );
    for (const part of ["Max-Age=31536000", "Path=/", "HttpOnly", "Secure", "SameSite=Lax"]) {
      expect(set).toContain(part);
    }
  });

  it("is given once, and to nobody who only looks around", async () => {
    const visitor = new Visitor();
    await visitor.get("/");
    await visitor.get("/p/watched");
    expect(visitor.cookie(DEVICE)).toBeUndefined();
    expect(await setOf(visitor)).toContain(DEVICE);
    expect(await setOf(visitor)).toBe("");
  });

  it.each([
    ["forged", (given: string) => `${given.slice(0, -1)}${given.endsWith("A") ? "B" : "A"}`],
    ["of another id", (given: string) => `${"a".repeat(20)}${given.slice(20)}`],
    ["of another country", (given: string) => given.replace(/\.[^.]+\./, ".ZZ.")],
    ["without a signature", (given: string) => given.slice(0, given.lastIndexOf("."))],
    ["huge", () => "x".repeat(3_000)],
    ["empty", () => ""],
  ])("is replaced where it is %s, and breaks nothing", async (_title, bend) => {
    const visitor = new Visitor();
    await setOf(visitor);
    visitor.setCookie(DEVICE, bend(visitor.cookie(DEVICE) ?? ""));
    expect(await setOf(visitor)).toContain(DEVICE);
  });
});

describe("an order that the shop does not take", () => {
  const denied = { disposable_mail: 200 };
  const email = "one@mailinator.com";

  it("hears that and no more: neither score nor reason", async () => {
    await setRisk(shop, denied);
    const answer = await postOrder(shop, product.id, { email });
    expect(answer.status).toBe(403);
    expect(Object.keys(answer.json).toSorted()).toEqual(
      ["code", "request_id", "status", "title", "type"].toSorted(),
    );
    expect(answer.json.code).toBe("risk_denied");
    expect(answer.text).not.toMatch(/mail|score|dispos|list/i);
  });

  it("is one whose mail is thrown away, by the kept list and what the merchant adds", async () => {
    await setRisk(shop, { ...denied, disposable_domains: ["burner.test"] });
    for (const domain of ["mailinator.com", "sub.mailinator.com", "burner.test", "x.burner.test"]) {
      expect((await postOrder(shop, product.id, { email: `a@${domain}` })).status).toBe(403);
    }
    for (const domain of ["gmail.com", "mailinator.com.example.com", "qq.com"]) {
      expect((await postOrder(shop, product.id, { email: `a@${domain}` })).status).toBe(201);
    }
  });

  it("unless it was placed before: the same request has the same answer", async () => {
    await setRisk(shop, null);
    const key = "placed-before-the-rule-0001";
    const placed = await postOrder(shop, product.id, { email }, key);
    expect(placed.status).toBe(201);
    await setRisk(shop, denied);
    const again = await postOrder(shop, product.id, { email }, key);
    expect([again.status, again.json.id]).toEqual([201, placed.json.id]);
    expect((await postOrder(shop, product.id, { email }, `${key}-other`)).status).toBe(403);
  });

  it("is one from another country than the shop expects, by Cloudflare's word alone", async () => {
    await setRisk(shop, { expected_countries: ["CN"], country_unexpected: 200 });
    const ask = (country: string, headers: Record<string, string> = {}) => {
      const place = from({ address: "198.51.100.9", country });
      const through = { ...place, headers: { ...place.headers, ...headers } };
      return postOrder(shop, product.id, { email: `${country}@example.com` }, undefined, through);
    };
    expect((await ask("CN")).status).toBe(201);
    expect((await ask("US")).status).toBe(403);
    expect((await ask("US", { "cf-ipcountry": "CN", "x-country": "CN" })).status).toBe(403);
    expect((await ask("XX")).status).toBe(201);
  });
});
