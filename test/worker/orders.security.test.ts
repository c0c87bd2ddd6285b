import { env } from "cloudflare:workers";
import { listDurableObjectIds } from "cloudflare:test";
import { beforeAll, describe, expect, it } from "vitest";
import { orderId } from "../../src/domain/ids.ts";
import {
  call,
  createProduct,
  getOrder,
  migrate,
  openShop,
  placeOrder,
  postOrder,
  sendNotice,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";
import { eventually } from "../support/worker/eventually.ts";

let shop: Shop;
let other: Shop;

beforeAll(async () => {
  await migrate();
  shop = await openShop();
  other = await openShop();
});

/** What two refusals may differ in: nothing but the id of the request. */
function withoutRequestId(text: string): string {
  return text.replace(/req_[0-9a-z]+/, "req");
}

describe("an order is its token's", () => {
  it("no token, a wrong one, another order's, and an unknown order are one answer", async () => {
    const product = await stockedProduct(shop, ["T-1", "T-2"]);
    const mine = await placeOrder(shop, product.id);
    const theirs = await placeOrder(shop, product.id, { email: "them@example.com" });
    const path = `/api/v1/orders/${mine.id}`;
    const answers = await Promise.all([
      call(path),
      call(path, { token: "1_nonsense" }),
      call(path, { token: theirs.access_token }),
      call(`${path}x`, { token: mine.access_token }),
      call("/api/v1/orders/ord_00000000000000000000000000000000", { token: mine.access_token }),
      call(`${path}/cancel`, { method: "POST", token: theirs.access_token }),
      call(`${path}/events`, { token: theirs.access_token }),
    ]);
    expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 404));
    expect(new Set(answers.map((answer) => withoutRequestId(answer.text))).size).toBe(1);
    expect((await getOrder(mine)).json.state).toBe("pending");
  });

  it("guessing touches no stock object", async () => {
    const before = (await listDurableObjectIds(env.PRODUCT_STOCK)).length;
    await Promise.all(
      Array.from({ length: 50 }, (_, n) => {
        const guess = orderId(900_000 + n, crypto.getRandomValues(new Uint8Array(32)));
        return call(`/api/v1/orders/${guess}`, { token: "1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" });
      }),
    );
    expect((await listDurableObjectIds(env.PRODUCT_STOCK)).length).toBe(before);
  });

  it("a key is in no answer before its order is paid", async () => {
    const product = await stockedProduct(shop, ["SECRET-KEY"]);
    const order = await placeOrder(shop, product.id);
    const seen = await Promise.all([
      getOrder(order),
      call(`/api/v1/products/${product.id}?merchant=${shop.slug}`),
      shop.admin(`/products/${product.id}/keys`),
      shop.admin(`/orders/${order.id}`),
    ]);
    for (const answer of seen) expect(answer.text).not.toContain("SECRET-KEY");
  });
});

describe("look-ups", () => {
  const lookUp = (body: object) =>
    call(`/api/v1/order-lookups?merchant=${shop.slug}`, {
      body,
      headers: { "cf-connecting-ip": "2001:db8::1" },
    });

  it("with one half wrong find what nothing finds: the same empty answer", async () => {
    const product = await stockedProduct(shop, ["U-1"]);
    const email = "looked@example.com";
    const order = await placeOrder(shop, product.id, { email, lookup_password: "sesame-1" });
    await sendNotice(shop, order);
    const answers = await Promise.all([
      lookUp({ order_id: order.id, email: "else@example.com" }),
      lookUp({ order_id: "ord_nonsense", email }),
      lookUp({ email, lookup_password: "sesame-2" }),
      lookUp({ email: "nobody@example.com", lookup_password: "sesame-1" }),
    ]);
    for (const answer of answers)
      expect([answer.status, answer.text]).toEqual([200, answers[0]?.text]);
    expect(answers[0]?.json).toEqual({ data: [], next_cursor: null });
  });

  it("by e-mail alone are no look-ups", async () => {
    expect((await lookUp({ email: "looked@example.com" })).status).toBe(400);
  });

  it("of one network end soon, whichever of its addresses asks", async () => {
    let asked = 0;
    const ask = (address: string) =>
      call(`/api/v1/order-lookups?merchant=${shop.slug}`, {
        body: { order_id: "ord_x", email: `guess-${asked++}@example.com` },
        headers: { "cf-connecting-ip": address, "x-forwarded-for": `10.0.0.${Math.random()}` },
      });
    const answers = [];
    for (let n = 0; n < 40; n++) answers.push(await ask(`2001:db8:7:7::${n.toString(16)}`));
    const refused = answers.filter((answer) => answer.status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.json).toMatchObject({
      code: "too_many_requests",
      policy: "look-up-network",
    });
    expect(refused[0]?.headers.get("retry-after")).toMatch(/^[12]$/);
    expect(refused[0]?.headers.get("ratelimit")).toMatch(/^"look-up-network";r=0;t=\d+$/);
    const [first] = answers;
    expect(first?.headers.get("ratelimit-policy")).toBe(
      '"look-up-network";q=30;w=60, "look-up-email";q=10;w=60',
    );
    expect(first?.headers.get("ratelimit")).toBe(
      '"look-up-network";r=29;t=2, "look-up-email";r=9;t=6',
    );
    expect((await ask("192.0.2.1")).status).not.toBe(429);
  });
});

describe("merchants are apart", () => {
  it("a product is sold by its own shop only", async () => {
    const product = await stockedProduct(shop, ["M-1"]);
    const answer = await postOrder(other, product.id);
    expect([answer.status, answer.json.code]).toEqual([404, "not_found"]);
    expect((await call(`/api/v1/products/${product.id}?merchant=${other.slug}`)).status).toBe(404);
  });

  it("one merchant's gateway pays no order of another", async () => {
    const product = await stockedProduct(shop, ["M-2"]);
    const order = await placeOrder(shop, product.id);
    const notice = await sendNotice(other, order);
    expect(notice.text).toBe("success");
    expect((await getOrder(order)).json).toMatchObject({ state: "pending", keys: null });
    const kept = await other.admin("/payment-notices");
    expect(JSON.stringify(kept.json)).toContain(order.id);
  });
});

describe("what leaves no trace", () => {
  it("neither key, token nor look-up password is in D1", async () => {
    const secrets = ["TRACE-KEY-1", "sesame-trace"];
    const product = await stockedProduct(shop, ["TRACE-KEY-1"]);
    const order = await placeOrder(shop, product.id, { lookup_password: "sesame-trace" });
    await sendNotice(shop, order);
    await createProduct(shop);
    // The mail that shows the key and the link has been caught, and lies sealed.
    const mail = await eventually(
      async () => (await call(`/dev/mail.json?order_id=${order.id}`)).json[0],
    );
    expect(mail.text).toContain("TRACE-KEY-1");
    const { results } = await env.DB.prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'",
    ).all<{ name: string }>();
    expect(results.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["orders", "dev_inbox"]),
    );
    for (const { name } of results) {
      const rows = JSON.stringify((await env.DB.prepare(`SELECT * FROM "${name}"`).all()).results);
      for (const secret of [...secrets, order.access_token]) expect(rows).not.toContain(secret);
    }
  });

  it("a request id is ours, never the client's word", async () => {
    const answer = await call("/healthz", { headers: { "x-request-id": "theirs" } });
    expect(answer.headers.get("x-request-id")).toMatch(/^req_/);
  });
});
