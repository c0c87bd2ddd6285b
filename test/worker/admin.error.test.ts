import { beforeAll, describe, expect, it } from "vitest";
import {
  admin,
  cny,
  createProduct,
  epayAccount,
  migrate,
  openShop,
  placeOrder,
  sendNotice,
  stockedProduct,
  type Answer,
  type Shop,
} from "../support/worker/shop.ts";

let shop: Shop;
let product: { id: string };
beforeAll(async () => {
  await migrate();
  shop = await openShop();
  product = await createProduct(shop);
});

const GOOD = { slug: "good", title: "Good", price: cny(1000) };
const NO_ONE = "ord_0000010000000000000000000000";

/** Every refusal is an RFC 9457 problem with a stable code and the id of the request. */
function expectProblem(answer: Answer, status: number, code: string) {
  expect(answer.json).toMatchObject({ status, code });
  expect(answer.status).toBe(status);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(answer.json.request_id).toBe(answer.headers.get("x-request-id"));
  expect(answer.headers.get("cache-control")).toBe("no-store");
}

describe("a body that cannot be read", () => {
  it.each([
    ["no type", { body: new TextEncoder().encode("{}") }, 415, "unsupported_media_type"],
    ["another type", { body: "{}", type: "text/plain" }, 415, "unsupported_media_type"],
    [
      "a form",
      { body: "slug=x", type: "application/x-www-form-urlencoded" },
      415,
      "unsupported_media_type",
    ],
    ["broken JSON", { body: '{"slug":', type: "application/json" }, 400, "invalid_json"],
    ["NaN", { body: '{"hold_seconds":NaN}', type: "application/json" }, 400, "invalid_json"],
    ["nothing", { method: "POST", type: "application/json" }, 400, "invalid_json"],
    [
      "invalid UTF-8",
      { body: new Uint8Array([0x22, 0xff, 0x22]), type: "application/json" },
      400,
      "invalid_utf8",
    ],
    [
      "ten megabytes",
      { body: `"${"x".repeat(10_000_000)}"`, type: "application/json" },
      413,
      "body_too_large",
    ],
    ["a list", { body: "[]", type: "application/json" }, 400, "invalid_body"],
  ] as const)("is refused: %s", async (_name, init, status, code) => {
    expectProblem(await shop.admin("/products", init), status, code);
  });
});

describe("a product that does not fit", () => {
  it.each([
    ["an unknown field", { colour: "red" }, ""],
    ["a price as text", { price: { amount_minor: "1000", currency: "CNY" } }, "price.amount_minor"],
    ["a price as a number", { price: 10 }, "price"],
    ["half a fen", { price: cny(0.5) }, "price.amount_minor"],
    ["a negative price", { price: cny(-1) }, "price.amount_minor"],
    ["a huge price", { price: cny(10 ** 15) }, "price.amount_minor"],
    ["another currency", { price: { amount_minor: 1, currency: "ZZZ" } }, "price.currency"],
    ["no title", { title: " " }, "title"],
    ["a title with control characters", { title: "a\u0000b" }, "title"],
    ["a long title", { title: "x".repeat(201) }, "title"],
    ["a slug that is no slug", { slug: "Not A Slug" }, "slug"],
    ["a slug like an id", { slug: "prd_00000000000000000000" }, "slug"],
    ["a script for a picture", { image_url: "javascript:alert(1)" }, "image_url"],
    ["a picture over http", { image_url: "http://example.com/a.png" }, "image_url"],
    ["a picture of another site's", { image_url: "//example.com/a.png" }, "image_url"],
    ["shared keys", { delivery: "shared" }, "delivery"],
    ["no limit at all", { limits: { per_order: 0 } }, "limits.per_order"],
    ["a huge limit", { limits: { per_order: 1_000_000 } }, "limits.per_order"],
    ["an endless hold", { hold_seconds: 10 ** 9 }, "hold_seconds"],
    [
      "a time without a zone",
      { sale_window: { opens_at: "2026-01-01T00:00:00" } },
      "sale_window.opens_at",
    ],
    ["no such day", { sale_window: { opens_at: "2026-02-30T00:00:00Z" } }, "sale_window.opens_at"],
    ["a state only we set", { status: "archived" }, "status"],
    [
      "a window that closes before it opens",
      { sale_window: { opens_at: "2027-01-01T00:00:00Z", closes_at: "2026-01-01T00:00:00Z" } },
      "sale_window.closes_at",
    ],
    [
      "two prices for one quantity",
      { price_tiers: [2, 2].map((min_quantity) => ({ min_quantity, unit_price: cny(1) })) },
      "price_tiers",
    ],
    [
      "two currencies",
      { price_tiers: [{ min_quantity: 2, unit_price: { amount_minor: 1, currency: "USD" } }] },
      "price_tiers.0.unit_price.currency",
    ],
    [
      "a variant in another currency",
      { variants: [{ id: "a", title: "A", price: { amount_minor: 1, currency: "USD" } }] },
      "variants.0.price.currency",
    ],
    [
      "two variants of one id",
      { variants: [1, 2].map(() => ({ id: "a", title: "A", price: cny(1) })) },
      "variants",
    ],
    [
      "keys made by a person and by us",
      { delivery: "manual", key_source: "generated" },
      "key_source",
    ],
  ])("is refused with where: %s", async (_name, change, path) => {
    const answer = await shop.admin("/products", { body: { ...GOOD, ...change } });
    expectProblem(answer, 400, "invalid_body");
    expect(answer.json.errors.map((error: { path: string }) => error.path)).toContain(path);
    expect((await shop.admin("/products/good")).status).toBe(404);
  });

  it("is refused where its slug is taken, and nowhere else", async () => {
    const other = await openShop();
    const { slug } = await createProduct(shop);
    const body = { ...GOOD, slug };
    expectProblem(await shop.admin("/products", { body }), 409, "slug_taken");
    expect((await other.admin("/products", { body })).status).toBe(201);
    const edit = { method: "PATCH", headers: { "if-match": "1" }, body: { slug } };
    expectProblem(await shop.admin(`/products/${product.id}`, edit), 409, "slug_taken");
  });
});

describe("an edit", () => {
  it.each([
    ["without If-Match", {}, 428, "if_match_required"],
    ["with no version", { "if-match": "*" }, 400, "invalid_header"],
    ["with words", { "if-match": '"latest"' }, 400, "invalid_header"],
    ["on another version", { "if-match": '"99"' }, 409, "version_conflict"],
  ] as const)("changes nothing %s", async (_name, headers, status, code) => {
    const { json: before } = await shop.admin(`/products/${product.id}`);
    const init = { method: "PATCH", headers, body: { title: "Never" } };
    const answer = await shop.admin(`/products/${product.id}`, init);
    expectProblem(answer, status, code);
    if (code === "version_conflict") expect(answer.json.version).toBe(before.version);
    expect((await shop.admin(`/products/${product.id}`)).json).toEqual(before);
  });

  it("of two at once on one version saves one", async () => {
    const { id } = await createProduct(shop);
    const edits = ["a", "b", "c", "d"].map((title) =>
      shop.admin(`/products/${id}`, {
        method: "PATCH",
        headers: { "if-match": "1" },
        body: { title },
      }),
    );
    const answers = await Promise.all(edits);
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([200, 409, 409, 409]);
    expect((await shop.admin(`/products/${id}`)).json.version).toBe(2);
    const { json: log } = await shop.admin("/audit-log");
    const entries = log.data.filter((entry: { subject: string }) => entry.subject === id);
    expect(entries).toHaveLength(2);
  });

  it("of an archived product is refused", async () => {
    const { id } = await createProduct(shop);
    await shop.admin(`/products/${id}/archive`, { method: "POST" });
    const init = { method: "PATCH", headers: { "if-match": "2" }, body: { status: "active" } };
    expectProblem(await shop.admin(`/products/${id}`, init), 409, "state_conflict");
  });
});

describe("keys that are not taken", () => {
  const lines = (count: number) => Array.from({ length: count }, (_, i) => `K${i}`);

  it.each([
    ["no type", { body: new TextEncoder().encode("a-key") }, 415, "unsupported_media_type"],
    [
      "another type",
      { body: "a-key", type: "application/octet-stream" },
      415,
      "unsupported_media_type",
    ],
    ["10,001 lines", { body: lines(10_001).join("\n"), type: "text/plain" }, 413, "too_many_lines"],
    [
      "10,001 records",
      { body: ["key", ...lines(10_001)].join("\n"), type: "text/csv" },
      413,
      "too_many_lines",
    ],
    ["10,001 in a list", { body: { keys: lines(10_001) } }, 413, "too_many_lines"],
    ["50,000 in a list", { body: { keys: lines(50_000) } }, 413, "too_many_lines"],
    ["too many of nothing", { body: { keys: lines(10_002).map(() => 0) } }, 413, "too_many_lines"],
    ["no list", { body: { keys: "a-key" } }, 400, "invalid_body"],
    ["a list and more", { body: { keys: ["a"], more: 1 } }, 400, "invalid_body"],
    ["ten megabytes", { body: "x".repeat(10_000_000), type: "text/plain" }, 413, "body_too_large"],
    [
      "invalid UTF-8",
      { body: new Uint8Array([0x41, 0xc3, 0x28]), type: "text/plain" },
      400,
      "invalid_utf8",
    ],
    ["no header", { body: "AAAA\nBBBB", type: "text/csv" }, 400, "invalid_body"],
    ["an unknown column", { body: "key,price\na,1", type: "text/csv" }, 400, "invalid_body"],
    ["broken JSON", { body: '{"keys":["a"', type: "application/json" }, 400, "invalid_json"],
    ["numbers for keys", { body: { keys: [1] } }, 400, "invalid_body"],
    ["an unknown field", { body: { keys: [{ key: "a", price: 1 }] } }, 400, "invalid_body"],
    [
      "a bad Idempotency-Key",
      { body: "a", type: "text/plain", headers: { "idempotency-key": "é" } },
      400,
      "invalid_header",
    ],
  ] as const)("%s", async (_name, init, status, code) => {
    expectProblem(await shop.admin(`/products/${product.id}/keys`, init), status, code);
    expect((await shop.admin(`/products/${product.id}/stock`)).json.free).toBe(0);
  });

  it("say how many there may be", async () => {
    const init = { body: lines(10_001).join("\n"), type: "text/plain" };
    const answer = await shop.admin(`/products/${product.id}/keys`, init);
    expect(answer.json.limit).toBe(10_000);
  });

  it("by a query that does not fit", async () => {
    for (const query of ["dry_run=maybe", "batch=", `batch=${"x".repeat(101)}`, "colour=red"]) {
      const init = { body: "a-key", type: "text/plain" };
      const answer = await shop.admin(`/products/${product.id}/keys?${query}`, init);
      expectProblem(answer, 400, "invalid_query");
    }
  });

  it("for products that do not exist", async () => {
    for (const id of ["prd_00000000000000000000", "no-such-slug", "x".repeat(2_000)]) {
      const init = { body: "a-key", type: "text/plain" };
      expectProblem(await shop.admin(`/products/${id}/keys`, init), 404, "not_found");
    }
    const hidden = await shop.admin("/products/%00/keys", { body: "a-key", type: "text/plain" });
    expectProblem(hidden, 400, "invalid_path");
  });
});

describe("an order that cannot do it", () => {
  it("is refused in the state that it is in", async () => {
    const { id: productId } = await stockedProduct(shop, ["e-1", "e-2"]);
    const order = await placeOrder(shop, productId);
    const at = `/orders/${order.id}`;
    expectProblem(await shop.admin(`${at}/resend`, { method: "POST" }), 409, "state_conflict");
    const fulfil = { body: { keys: ["e-3"] } };
    expectProblem(await shop.admin(`${at}/fulfil`, fulfil), 409, "state_conflict");
    await sendNotice(shop, order);
    for (const verb of ["cancel", "mark-paid"]) {
      const answer = await shop.admin(`${at}/${verb}`, { method: "POST" });
      expectProblem(answer, 409, "state_conflict");
      expect(answer.json.state).toBe("delivered");
    }
    const { json } = await shop.admin(at);
    expect(json.payments).toHaveLength(1);
  });

  it("is not fulfilled by keys that are wrong, or that are sold already", async () => {
    const manual = await stockedProduct(shop, ["in-the-pool"], { delivery: "manual" });
    const order = await placeOrder(shop, manual.id, { quantity: 2 });
    await sendNotice(shop, order);
    const fulfil = (keys: unknown) => shop.admin(`/orders/${order.id}/fulfil`, { body: { keys } });
    expectProblem(await fulfil([]), 400, "invalid_body");
    expectProblem(await fulfil(["a", ""]), 400, "invalid_body");
    expectProblem(await fulfil(["a", "\u0007"]), 400, "invalid_body");
    expectProblem(await fulfil(["a", " a "]), 409, "key_duplicate");
    expectProblem(await fulfil(["a", "in-the-pool"]), 409, "key_duplicate");
    expectProblem(await fulfil(["a"]), 422, "quantity_invalid");
    expect((await shop.admin(`/orders/${order.id}`)).json.state).toBe("paid");
  });

  it("is not found where it was never placed", async () => {
    for (const id of [NO_ONE, "ord_zzzzzz0000000000000000000000", "ord_x", "%F0%9F%8E%AE"]) {
      expectProblem(await shop.admin(`/orders/${id}`), 404, "not_found");
      for (const verb of ["cancel", "mark-paid", "resend"]) {
        const answer = await shop.admin(`/orders/${id}/${verb}`, { method: "POST" });
        expectProblem(answer, 404, "not_found");
      }
    }
  });

  it("is not listed by a query that does not fit", async () => {
    const queries = ["limit=0", "limit=101", "limit=x", "cursor=x", "cursor=e30", "state=lost"];
    for (const query of [
      ...queries,
      "limit=1&limit=2",
      "email=nobody",
      "from=yesterday",
      "product_id=1",
      "a=b",
    ]) {
      expectProblem(await shop.admin(`/orders?${query}`), 400, "invalid_query");
    }
  });
});

describe("accounts, tokens and merchants that do not fit", () => {
  it.each([
    ["an unknown gateway", { gateway: "unheard-of" }, "gateway"],
    ["no credentials", { credentials: {} }, "credentials.pid"],
    [
      "a gateway without https",
      { credentials: { ...epayAccount().credentials, gateway_url: "http://pay.example.com" } },
      "credentials.gateway_url",
    ],
    [
      "credentials of another kind",
      { credentials: { ...epayAccount().credentials, secret: "x" } },
      "credentials",
    ],
    ["a currency in lower case", { currency: "cny" }, "currency"],
  ])("an account with %s", async (_name, change, path) => {
    const answer = await shop.admin("/payment-accounts", {
      body: { ...epayAccount({ slug: "bad" }), ...change },
    });
    expectProblem(answer, 400, "invalid_body");
    expect(answer.json.errors[0].path).toBe(path);
  });

  it("an account cannot change what orders name it by, nor lose a part of its credentials", async () => {
    const patch = (body: object) =>
      shop.admin(`/payment-accounts/${shop.accountId}`, { method: "PATCH", body });
    expectProblem(await patch({ currency: "USD" }), 400, "invalid_body");
    expectProblem(await patch({ slug: "other" }), 400, "invalid_body");
    const refused = await patch({ credentials: { pid: "1" } });
    expectProblem(refused, 400, "invalid_body");
    expectProblem(
      await shop.admin("/payment-accounts", { body: epayAccount() }),
      409,
      "slug_taken",
    );
  });

  it("a token without scopes, with unknown ones, or that has expired already", async () => {
    const mint = (body: object) => shop.admin("/tokens", { body });
    expectProblem(await mint({ name: "x", scopes: [] }), 400, "invalid_body");
    expectProblem(await mint({ name: "x", scopes: ["everything"] }), 400, "invalid_body");
    expectProblem(await mint({ name: "", scopes: ["catalog:read"] }), 400, "invalid_body");
    const past = { name: "x", scopes: ["catalog:read"], expires_at: "2020-01-01T00:00:00Z" };
    expectProblem(await mint(past), 400, "invalid_body");
    expectProblem(await shop.admin("/tokens/tok_x", { method: "DELETE" }), 404, "not_found");
  });

  it("a second merchant of a name, and one that does not exist yet", async () => {
    const body = { slug: shop.slug, name: "Again" };
    expectProblem(await admin("/merchants", { body }), 409, "slug_taken");
    const answer = await admin("/products", { merchant: "not-yet" });
    expectProblem(answer, 404, "not_found");
    expect(answer.json.detail).toContain("/admin/api/v1/merchants");
  });

  it("an address that is none", async () => {
    for (const path of ["/", "/nothing", `/products/${product.id}/nothing`]) {
      expectProblem(await shop.admin(path), 404, "not_found");
    }
  });
});
