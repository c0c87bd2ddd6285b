import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { renderMarkdown } from "../../src/http/storefront/markdown.ts";
import {
  checkOut,
  formOf,
  orderId,
  Visitor,
  withoutNonces,
  words,
  type Page,
} from "../support/worker/pages.ts";
import {
  createProduct,
  migrate,
  openShop,
  sendNotice,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";

let shop: Shop;
const MARKUP = `"><img src=x onerror=alert(1)><script>alert(2)</script>'&amp;`;
const KEYS = [`<b>key</b>${MARKUP}`, ...Array.from({ length: 50 }, (_, i) => `KEY-${i}`)];

beforeAll(async () => {
  await migrate();
  shop = await openShop("demo");
  await stockedProduct(shop, KEYS, {
    slug: "hostile",
    title: `Title ${MARKUP}`,
    summary: `Summary ${MARKUP}`,
    description_md: `Text ${MARKUP}\n\n[click](javascript:alert(3))`,
    fields: [
      { id: "account", label: `"><img src=x onerror=alert(1)>`, required: false, max_length: 500 },
    ],
  });
});

describe("what merchants and buyers write", () => {
  it("is text on every page, never markup", async () => {
    const visitor = new Visitor();
    const typed = { email: MARKUP, "field.account": MARKUP };
    const pages = [
      await visitor.get("/"),
      await visitor.get("/p/hostile"),
      await visitor.get("/checkout/hostile"),
      await checkOut(visitor, "hostile", typed),
      await visitor.post("/lookup", { email: MARKUP, order_id: MARKUP }),
      await visitor.get(`/checkout/hostile?quantity=${encodeURIComponent(MARKUP)}`),
      await visitor.get(`/${encodeURIComponent(MARKUP)}`),
    ];
    for (const page of pages) expectHarmless(page);
  });

  it("a key is shown as it is, character by character", async () => {
    const visitor = new Visitor();
    const id = orderId(await checkOut(visitor, "hostile"));
    await sendNotice(shop, { id, amount: { amount_minor: 1000 } });
    const page = await visitor.get(`/orders/${id}`);
    expectHarmless(page);
    const [, shown = ""] = /<code class="key-secret"[^>]*>(.*?)<\/code>/s.exec(page.html) ?? [];
    expect(decoded(shown)).toBe(KEYS[0]);
    expect((await visitor.get(`/orders/${id}/keys.txt`)).html).toBe(`${KEYS[0]}\r\n`);
  });

  it("a description becomes only harmless tags, whatever it holds", () => {
    const pieces = [
      MARKUP,
      "[a](javascript:alert(1))",
      "[a](JaVaScRiPt&colon;alert(1))",
      "[a](javascript&#58;alert(1))",
      "[a](\u0001javascript:alert(1))",
      "[a](java\tscript:alert(1))",
      "[a](data:text/html,<script>1</script>)",
      "[a](vbscript:x)",
      '[a](/x "onclick=alert(1)")',
      '[a](/x"onmouseover="alert(1))',
      "![a](javascript:alert(1))",
      '![a"onerror="x](https://a.example/x.png)',
      "<javascript:alert(1)>",
      "<svg/onload=alert(1)>",
      "<!-- --!><img src=x onerror=alert(1)> -->",
      "<style>*{display:none}</style>",
      "<iframe srcdoc='x'>",
      '```js"onload=alert(1)\n<x>\n```',
      "`<i>`",
      "[r]: javascript:alert(1)\n\n[r]",
      "| <b> | [x](javascript:1) |\n|---|---|\n| a | b |",
      "- [x] <input autofocus onfocus=alert(1)>",
      "# <h1 onclick=x>",
      "\n\n",
      "*",
      ">",
      "[",
      "](",
      ")",
      '"',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 12 }), (parts) => {
        expectAllowed(renderMarkdown(parts.join("")));
      }),
      { numRuns: 500 },
    );
    fc.assert(fc.property(fc.string(), (text) => expectAllowed(renderMarkdown(text))));
  });
});

describe("every page", () => {
  it("forbids what it does not need, and asks no one else for anything", async () => {
    const visitor = new Visitor();
    const id = orderId(await checkOut(visitor, "hostile"));
    const pages = [
      await visitor.get("/"),
      await visitor.get("/p/hostile"),
      await visitor.get("/checkout/hostile"),
      await visitor.get("/lookup"),
      await visitor.get("/nothing"),
      await visitor.get("/orders/nothing"),
    ];
    const order = await visitor.get(`/orders/${id}`);
    const nonces = new Set<string>();
    for (const page of [...pages, order, await visitor.get("/"), await visitor.get("/p/hostile")]) {
      const policy = page.headers.get("content-security-policy") ?? "";
      const [, nonce = ""] = /script-src 'nonce-([^']+)'/.exec(policy) ?? [];
      expect(nonce).toMatch(/^[0-9a-z]{26}$/);
      const only = `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; `;
      expect(policy.slice(0, only.length)).toBe(only);
      const asked = page.html.match(/<(?:script|link rel="stylesheet")[^>]*>/g) ?? [];
      expect(asked.length).toBeGreaterThan(0);
      expect(asked.every((tag) => tag.includes(`nonce="${nonce}"`))).toBe(true);
      expect(page.html).not.toContain("nonce-");
      expect(nonces.has(nonce)).toBe(false);
      nonces.add(nonce);
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|\*/);
      expect(page.headers.get("referrer-policy")).toBe("same-origin");
      expect(page.headers.get("x-content-type-options")).toBe("nosniff");
      expect(tagsOf(page)).not.toMatch(/ style=| on[a-z]+=|<script>|<style|<base/);
    }
    for (const page of pages) expect(addresses(page).filter((at) => !/^[/#]/.test(at))).toEqual([]);
    // The one address that is not ours is where the buyer pays.
    const foreign = addresses(order).filter((at) => !/^[/#]/.test(at));
    expect(foreign.every((at) => at.startsWith("https://pay.example.com/"))).toBe(true);
  });

  it("of one buyer is kept nowhere", async () => {
    const visitor = new Visitor();
    const id = orderId(await checkOut(visitor, "hostile"));
    for (const path of [`/orders/${id}`, "/orders/nothing", "/checkout/hostile", "/lookup"]) {
      expect((await visitor.get(path)).headers.get("cache-control")).toBe("no-store");
    }
    const list = await visitor.get("/");
    expect(list.html).not.toContain(id);
    expect(list.headers.get("set-cookie")).toBeNull();
  });
});

describe("an order", () => {
  it("is not shown without its token, and looks then like one that does not exist", async () => {
    const owner = new Visitor();
    const id = orderId(await checkOut(owner, "hostile"));
    const unknown = `${id.slice(0, -1)}${id.endsWith("0") ? "1" : "0"}`;
    const expected = await new Visitor().get("/orders/anything");
    expect(expected.status).toBe(404);

    const other = new Visitor();
    await checkOut(other, "hostile", { email: "other@example.com" });
    const stolen = new Visitor();
    const token = other.cookie(COOKIE)?.split("~")[1] ?? "";
    stolen.setCookie(COOKIE, `${id}~${token}`);
    const answers = [
      await new Visitor().get(`/orders/${id}`),
      await other.get(`/orders/${id}`),
      await stolen.get(`/orders/${id}`),
      await stolen.get(`/orders/${id}?fragment=1`),
      await stolen.get(`/orders/${id}/keys.txt`),
      await new Visitor().get(`/orders/${id}?token=${token}`),
      await new Visitor().get(`/orders/${id}?token=`),
      await new Visitor().get(`/orders/${unknown}`),
      await owner.get(`/orders/${unknown}`),
      await stolen.post(`/orders/${id}/cancel`, {}),
    ];
    for (const page of answers) {
      expect([page.status, withoutNonces(page)]).toEqual([404, withoutNonces(expected)]);
      expect(page.headers.get("set-cookie")).toBeNull();
    }
    expect(words(await owner.get(`/orders/${id}`))).toContain("Waiting for payment");
  });

  it("is not paid by what a browser brings back from a gateway", async () => {
    const visitor = new Visitor();
    const id = orderId(await checkOut(visitor, "hostile"));
    const brought = `trade_status=TRADE_SUCCESS&out_trade_no=${id}&money=10.00&sign=x&token`;
    const page = await visitor.get(`/orders/${id}?${brought.replace("&token", "")}`);
    expect(words(page)).toContain("Waiting for payment");
    expect(page.html).not.toContain("key-secret");
  });

  it("opens by a cookie that scripts, other sites and other hosts cannot use", async () => {
    const answer = await checkOut(new Visitor(), "hostile");
    const cookie = answer.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/^__Host-kamidrop_orders=/);
    expect(cookie.split("; ").slice(1).toSorted()).toEqual([
      "HttpOnly",
      "Max-Age=7776000",
      "Path=/",
      "SameSite=Lax",
      "Secure",
    ]);
  });
});

describe("a form from another site", () => {
  const foreign: Record<string, string>[] = [
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "", origin: "https://evil.example" },
    { "sec-fetch-site": "", origin: "null" },
  ];

  it.each(foreign)("does nothing: %j", async (headers) => {
    const visitor = new Visitor();
    const id = orderId(await checkOut(visitor, "hostile", { email: "wary@example.com" }));
    const form = { ...formOf(await visitor.get("/checkout/hostile")), email: "wary@example.com" };
    const answers = [
      await visitor.post("/checkout/hostile", form, headers),
      await visitor.post(`/orders/${id}/cancel`, {}, headers),
      await visitor.post("/lookup", { email: "wary@example.com", order_id: id }, headers),
    ];
    for (const page of answers) {
      expect(page.status).toBe(403);
      expect(words(page)).toContain("This form came from another site");
      expect(page.headers.get("set-cookie")).toBeNull();
    }
    expect(words(await visitor.get(`/orders/${id}`))).toContain("Waiting for payment");
    await visitor.post(`/orders/${id}/cancel`, {});
  });
});

describe("the shop of one merchant", () => {
  it("sells nobody else's products", async () => {
    const other = await openShop("neighbour");
    const theirs = await createProduct(other, { slug: "theirs" });
    expect((await new Visitor().get("/")).html).not.toContain("theirs");
    expect((await checkOut(new Visitor(), theirs.id)).status).toBe(404);
  });
});

const COOKIE = "__Host-kamidrop_orders";

/** The hostile text stands in the page, if at all, as text. */
function expectHarmless(page: Page): void {
  expect(page.html).not.toMatch(/<img src=x|<script>alert|<b>key|onerror=alert\(1\)>/);
  expect(page.html).not.toMatch(/href="?javascript:/i);
}

const TAG =
  /^<(?:\/?(?:p|h[3-6]|ul|ol|li|em|strong|del|blockquote|pre|code|table|thead|tbody|tr|a)|hr|br|(?:td|th)(?: align="(?:left|center|right)")?|\/(?:td|th)|ol start="\d+"|a href="[^"<>]*" rel="nofollow noopener noreferrer"|img src="[^"<>]*" alt="[^"<>]*" width="640" height="400" loading="lazy" decoding="async")>$/;

/** Every "<" begins a tag of the list, with the attributes of the list and an address of ours. */
function expectAllowed(html: string): void {
  for (const tag of html.match(/<[^>]*>?/g) ?? []) expect(tag).toMatch(TAG);
  for (const [, address = ""] of html.matchAll(/(?:href|src)="([^"]*)"/g)) {
    const { protocol } = new URL(decoded(address), "https://shop.test/");
    expect(["https:", "http:", "mailto:"]).toContain(protocol);
  }
}

/** The page's tags and the names of their attributes, without any text or value. */
function tagsOf({ html }: Page): string {
  return (html.replaceAll(/="[^"]*"/g, "=").match(/<[^>]*>/g) ?? []).join("");
}

/** Every address in the page's attributes. */
function addresses({ html }: Page): string[] {
  return [...html.matchAll(/ (?:href|src|action|formaction)="([^"]*)"/g)].map(([, at = ""]) => at);
}

function decoded(text: string): string {
  const named: Record<string, string> = { lt: "<", gt: ">", quot: '"', amp: "&" };
  return text.replaceAll(/&(?:#(\d+)|(\w+));/g, (whole, code?: string, name?: string) =>
    code === undefined ? (named[name ?? ""] ?? whole) : String.fromCharCode(Number(code)),
  );
}
