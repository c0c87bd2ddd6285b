import { exports } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { makeApp } from "../../src/http/app.ts";
import { Visitor } from "../support/worker/pages.ts";
import { admin, call, migrate, openShop, ORIGIN, type Call } from "../support/worker/shop.ts";

beforeAll(migrate);

const ORDERS = "/api/v1/orders";
const body = { product_id: "x", email: "a@example.com" };
const post = (headers: Record<string, string>, more: Call = {}) =>
  call(ORDERS, { body, idempotencyKey: "a-key-of-the-door-0001", headers, ...more });

describe("methods", () => {
  test.each([
    [ORDERS, "GET", "POST, OPTIONS"],
    ["/api/v1/products", "POST", "GET, HEAD, OPTIONS"],
    ["/api/v1/products", "PATCH", "GET, HEAD, OPTIONS"],
    ["/payments/acct_x/notify", "DELETE", "GET, HEAD, POST, OPTIONS"],
  ])("%s says to %s what it answers to", async (path, method, allow) => {
    const answer = await call(path, { method });
    expect([answer.status, answer.json.code]).toEqual([405, "method_not_allowed"]);
    expect(answer.headers.get("allow")).toBe(allow);
    expect(answer.json.allowed).toEqual(allow.split(", "));
  });

  test.each(["PUT", "PROPFIND", "PURGE"])(
    "%s, which is known nowhere, is told what the resource itself answers to",
    async (method) => {
      for (const [path, allow] of [
        ["/", "GET, HEAD, OPTIONS"],
        [ORDERS, "POST, OPTIONS"],
        [`${ORDERS}/ord_x/cancel`, "POST, OPTIONS"],
        ["/openapi.json", "GET, HEAD, OPTIONS"],
        ["/payments/acct_x/notify", "GET, HEAD, POST, OPTIONS"],
      ] as const) {
        const answer = await call(path, { method });
        expect([path, answer.status, answer.json.code]).toEqual([path, 405, "method_not_allowed"]);
        expect([path, answer.headers.get("allow")]).toEqual([path, allow]);
        expect(answer.json.allowed).toEqual(allow.split(", "));
      }
      expect((await call("/nothing", { method })).status).toBe(404);
      expect((await call("/admin/api/v1/products", { method })).status).toBe(401);
      const own = await admin("/payment-accounts", { method });
      expect([own.status, own.headers.get("allow")]).toEqual([405, "GET, HEAD, POST, OPTIONS"]);
    },
  );

  test("the 405 of every address names the methods that it is routed by", async () => {
    const { routes } = makeApp(() => undefined);
    const routed = Map.groupBy(
      routes.filter(({ method, path }) => method !== "ALL" && !path.endsWith("*")),
      ({ path }) => path,
    );
    expect(routed.size).toBeGreaterThan(60);
    for (const [template, its] of routed) {
      const path = template.replaceAll(/:\w+(?:\{[^/]*\})?/g, "1");
      // Several templates may fit one address (/products/:id and /products/import): all of them answer.
      const { status, headers } = await (template.startsWith("/admin/api/v1")
        ? admin(path.slice("/admin/api/v1".length), { method: "PUT" })
        : call(path, { method: "PUT" }));
      const allow = headers.get("allow")?.split(", ") ?? [];
      expect([template, status]).toEqual([template, 405]);
      expect(allow).toEqual(expect.arrayContaining([...new Set(its.map(({ method }) => method))]));
    }
  });

  test("OPTIONS is answered with what may be asked, and invites no other site", async () => {
    const headers = { origin: "https://evil.example", "access-control-request-method": "POST" };
    const answer = await call(ORDERS, { method: "OPTIONS", headers });
    expect([answer.status, answer.headers.get("allow")]).toEqual([204, "POST, OPTIONS"]);
    const allowed = [...answer.headers.keys()].filter((name) => name.startsWith("access-control"));
    expect(allowed).toEqual([]);
  });

  test("HEAD is GET without a body", async () => {
    const shop = await openShop();
    const url = `${ORIGIN}/api/v1/products?merchant=${shop.slug}`;
    const answer = await exports.default.fetch(url, { method: "HEAD" });
    expect([answer.status, await answer.text()]).toEqual([200, ""]);
  });

  test("what is nowhere is nowhere for every method, and the admin API tells nobody without a token", async () => {
    expect((await call("/api/v1/nothing", { method: "POST" })).status).toBe(404);
    expect((await call("/admin/api/v1/products", { method: "DELETE" })).status).toBe(401);
    expect((await admin("/products", { method: "DELETE" })).status).toBe(405);
  });
});

describe("addresses", () => {
  test.each([
    "/p/%00",
    "/p/a%0d%0aSet-Cookie:x",
    "/p/..%2f..%2fadmin",
    "/p/..%5cadmin",
    "/api/v1/orders/%7f",
    "/payments/acct_x%00/notify",
  ])("%s is refused for what it hides", async (path) => {
    const answer = await call(path);
    expect([answer.status, answer.json.code]).toEqual([400, "invalid_path"]);
  });

  test.each(["/p/%E4%B8%AD%E6%96%87", "/p/a%20b", "/p/50%25"])(
    "%s is only unknown",
    async (path) => {
      expect((await call(path)).status).toBe(404);
    },
  );

  test("that are too long are refused, but not a notice's, which is read to its own limit", async () => {
    const long = "x".repeat(5_000);
    const answer = await call(`/api/v1/products?q=${long}`);
    expect([answer.status, answer.json.code]).toEqual([414, "uri_too_long"]);
    expect((await call(`/payments/acct_x/notify?x=${long}`)).status).toBe(404);
  });
});

describe("headers", () => {
  test.each(["a@evil.example", "evil.example/path", 'evil"><script>', "a b", "a:b:c"])(
    "a host that is %j is refused",
    async (host) => {
      const answer = await call("/lookup", { headers: { host } });
      expect([answer.status, answer.json]).toMatchObject([
        400,
        { code: "invalid_header", errors: [{ path: "host" }] },
      ]);
    },
  );

  test.each(["shop.test", "shop.test:8787", "192.0.2.1:80", "[2001:db8::1]:8787", "my_shop.local"])(
    "a host that is %j is one",
    async (host) => expect((await call("/lookup", { headers: { host } })).status).toBe(200),
  );

  test("cookies that are huge are refused, on pages too", async () => {
    const cookie = `a=${"x".repeat(9_000)}`;
    const answer = await call("/lookup", { headers: { cookie } });
    expect([answer.status, answer.json]).toMatchObject([
      431,
      { code: "headers_too_large", header: "cookie", limit_characters: 8_192 },
    ]);
    expect((await new Visitor().get("/lookup", { cookie })).status).toBe(431);
    // Also where the answer is at hand.
    await call("/api/v1/products");
    expect((await call("/api/v1/products", { headers: { cookie } })).status).toBe(431);
  });

  test("that are too many, or together too long, are refused", async () => {
    const many = Object.fromEntries(Array.from({ length: 120 }, (_, n) => [`x-${n}`, "1"]));
    expect((await post(many)).json.code).toBe("headers_too_large");
    const long = Object.fromEntries(
      Array.from({ length: 10 }, (_, n) => [`x-${n}`, "x".repeat(4_000)]),
    );
    expect((await post(long)).status).toBe(431);
    const usual = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`x-${n}`, "1"]));
    expect((await post(usual)).status).toBe(404);
  });

  test("a length beyond every limit is refused before anything is read", async () => {
    const answer = await call(ORDERS, {
      body: "x".repeat(70_000),
      type: "application/json",
      idempotencyKey: "a-key-of-the-door-0002",
    });
    expect([answer.status, answer.json]).toMatchObject([
      413,
      { code: "body_too_large", limit_bytes: 65_536 },
    ]);
  });
});

describe("a rush of one network", () => {
  const sent = (address: string, n: number) =>
    post({ "cf-connecting-ip": address, "x-forwarded-for": `10.0.0.${n}` });

  test("is refused before anything is looked up, and who else writes is not", async () => {
    const rush = await Promise.all(Array.from({ length: 150 }, (_, n) => sent("203.0.113.50", n)));
    const refused = rush.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(30);
    expect(refused[0]?.json).toMatchObject({ code: "too_many_requests", policy: "rush" });
    expect(refused[0]?.headers.get("retry-after")).toBe("1");
    expect((await sent("203.0.113.51", 0)).status).toBe(404);
  });

  test("is nothing to those who read", async () => {
    const headers = { "cf-connecting-ip": "203.0.113.50" };
    const reads = await Promise.all(
      Array.from({ length: 150 }, () => call("/api/v1/products", { headers })),
    );
    expect(new Set(reads.map(({ status }) => status))).toEqual(new Set([404]));
  });
});

describe("forms", () => {
  const forms = makeApp(() => undefined)
    .routes.filter(({ method, path }) => method === "POST" && !path.endsWith("*"))
    .map(({ path }) => path.replaceAll(/:\w+/g, "x"))
    .filter((path) => !/^\/(api|admin|payments)\//.test(path));

  test("there are some", () => {
    expect(forms).toContain("/lookup");
    expect(forms).toContain("/checkout/x");
  });

  test.each(forms)("of another site to %s are refused, whatever is in them", async (path) => {
    for (const from of [
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      { origin: "https://evil.example" },
      { origin: "null" },
      { "sec-fetch-site": "cross-site", origin: ORIGIN },
    ]) {
      const type = { "content-type": "application/x-www-form-urlencoded" };
      const request = new Request(`${ORIGIN}${path}`, {
        method: "POST",
        headers: { ...type, ...from },
        body: "email=a@example.com",
      });
      expect((await exports.default.fetch(request)).status).toBe(403);
    }
  });
});

describe("cookies", () => {
  test("of the shop are this host's alone, and out of reach of scripts", async () => {
    const page = await new Visitor().get("/lookup?lang=zh-CN");
    const [cookie = ""] = page.headers.getSetCookie();
    expect(cookie).toMatch(/^__Host-kamidrop_language=zh-CN;/);
    for (const part of ["Path=/", "Secure", "HttpOnly", "SameSite=Lax"]) {
      expect(cookie).toContain(part);
    }
    expect(cookie).not.toContain("Domain");
  });

  test("the language of this host wins over one that another host has set", async () => {
    const cookie = "kamidrop_language=zh-CN; __Host-kamidrop_language=en";
    expect((await new Visitor("zh-CN").get("/lookup", { cookie })).html).toContain('lang="en"');
  });
});
