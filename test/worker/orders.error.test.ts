import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { makeApp } from "../../src/http/app.ts";
import {
  call,
  cny,
  createProduct,
  migrate,
  openShop,
  placeOrder,
  postOrder,
  sendNotice,
  stockedProduct,
  type Answer,
  type Shop,
} from "../support/worker/shop.ts";

let shop: Shop;
let product: { id: string; slug: string };

beforeAll(async () => {
  await migrate();
  shop = await openShop();
  product = await stockedProduct(shop, ["K-1", "K-2", "K-3"], { limits: { per_order: 2 } });
});

const stockOf = async (id: string) => (await shop.admin(`/products/${id}/stock`)).json;

function expectProblem(answer: Answer, status: number, code: string): void {
  expect([answer.status, answer.json?.code]).toEqual([status, code]);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(answer.json.request_id).toBe(answer.headers.get("x-request-id"));
  expect(answer.headers.get("cache-control")).toBe("no-store");
}

describe("a body that is no order is refused, and nothing is held", () => {
  const path = () => `/api/v1/orders?merchant=${shop.slug}`;
  const idempotencyKey = "a-key-that-is-long-enough";
  const body = () => ({ product_id: product.id, email: "b@example.com", payment_method: "epay" });

  it.each([
    ["no type", undefined, 415, "unsupported_media_type"],
    ["a form", "application/x-www-form-urlencoded", 415, "unsupported_media_type"],
    ["text", "text/plain", 415, "unsupported_media_type"],
  ])("%s", async (_title, type, status, code) => {
    const bytes = new TextEncoder().encode(JSON.stringify(body()));
    const init = type === undefined ? {} : { type };
    expectProblem(
      await call(path(), { method: "POST", body: bytes, idempotencyKey, ...init }),
      status,
      code,
    );
  });

  it.each([
    ["broken JSON", "{", "invalid_json"],
    ["an empty body", "", "invalid_json"],
    ["a list", "[]", "invalid_body"],
    ["a null", "null", "invalid_body"],
  ])("%s", async (_title, text, code) => {
    const answer = await call(path(), { body: text, type: "application/json", idempotencyKey });
    expectProblem(answer, 400, code);
  });

  it("bytes that are not UTF-8", async () => {
    const bytes = new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]);
    const answer = await call(path(), { body: bytes, type: "application/json", idempotencyKey });
    expectProblem(answer, 400, "invalid_utf8");
  });

  it("ten megabytes", async () => {
    const text = JSON.stringify({ ...body(), email: "x".repeat(10 * 1024 * 1024) });
    const answer = await call(path(), { body: text, type: "application/json", idempotencyKey });
    expectProblem(answer, 413, "body_too_large");
  });

  it.each([
    ["a quantity in words", { quantity: "1" }, "quantity"],
    ["a negative quantity", { quantity: -1 }, "quantity"],
    ["none", { quantity: 0 }, "quantity"],
    ["half a key", { quantity: 1.5 }, "quantity"],
    ["more than any order", { quantity: 1e9 }, "quantity"],
    ["not a number", { quantity: Number.NaN }, "quantity"],
    ["a price of the client's", { amount_minor: 1 }, ""],
    ["an unknown field", { colour: "red" }, ""],
    ["no address", { email: "nobody" }, "email"],
    ["a line break in an address", { email: "a@b.example\r\nBcc: c@d.example" }, "email"],
    ["two addresses", { email: "a@b.example,c@d.example" }, "email"],
    ["an address of a mile", { email: `${"x".repeat(300)}@example.com` }, "email"],
    ["another language", { locale: "tlh" }, "locale"],
    ["a NUL in a field", { fields: { uid: "a\0b" } }, "fields.uid"],
    ["fields that are no texts", { fields: { uid: 7 } }, "fields.uid"],
    ["an expectation in words", { expected_amount_minor: "1000" }, "expected_amount_minor"],
  ])("%s", async (_title, changes, where) => {
    const answer = await postOrder(shop, product.id, changes);
    expectProblem(answer, 400, "invalid_body");
    expect(answer.json.errors.map((error: { path: string }) => error.path)).toContain(where);
  });

  it("and all of it granted nothing", async () => {
    expect(await stockOf(product.id)).toMatchObject({ free: 3, held: 0, sold: 0 });
  });
});

describe("an idempotency key", () => {
  const order = (headers: Record<string, string>) =>
    call(`/api/v1/orders?merchant=${shop.slug}`, {
      body: { product_id: product.id, email: "b@example.com", payment_method: "epay" },
      headers,
    });

  it("is required", async () => {
    expectProblem(await order({}), 400, "idempotency_key_required");
  });

  it.each(["short", "x".repeat(256), "sixteen and spaces"])("%.20s is too weak", async (key) => {
    expectProblem(await order({ "idempotency-key": key }), 422, "idempotency_key_weak");
  });

  it("is good for one body only", async () => {
    const key = "one-key-for-two-bodies";
    await postOrder(shop, product.id, { email: "two@example.com" }, key);
    const other = { email: "two@example.com", quantity: 2 };
    expectProblem(await postOrder(shop, product.id, other, key), 422, "idempotency_key_reused");
  });
});

describe("an order that cannot be taken says why, with evidence", () => {
  it("unknown product", async () => {
    expectProblem(await postOrder(shop, "prd_00000000000000000000"), 404, "not_found");
    expectProblem(await postOrder(shop, "no-such-slug"), 404, "not_found");
  });

  it("unknown merchant", async () => {
    const body = { product_id: product.id, email: "b@example.com" };
    const answer = await call("/api/v1/orders?merchant=nobody", {
      body,
      idempotencyKey: "x".repeat(20),
    });
    expectProblem(answer, 404, "not_found");
  });

  it("sold out", async () => {
    const { id } = await stockedProduct(shop, ["ONE"]);
    const answer = await postOrder(shop, id, { quantity: 2 });
    expectProblem(answer, 409, "sold_out");
    expect(answer.json.available).toBe(1);
    expect(await stockOf(id)).toMatchObject({ free: 1, held: 0 });
  });

  it("more than an order may have", async () => {
    const answer = await postOrder(shop, product.id, { quantity: 3 });
    expectProblem(answer, 409, "limit_reached");
    expect(answer.json.limit).toBe(2);
  });

  it("more than a buyer may have, however the address is written", async () => {
    const { id } = await stockedProduct(shop, ["P-1", "P-2"], { limits: { per_buyer: 1 } });
    await placeOrder(shop, id, { email: "greedy@example.com" });
    const answer = await postOrder(shop, id, { email: "GREEDY@example.com" });
    expectProblem(answer, 409, "limit_reached");
    expect(answer.json).toMatchObject({ limit: 1, scope: "buyer" });
  });

  it("not on sale yet, or no more", async () => {
    const opens = "2099-01-01T00:00:00.000Z";
    const early = await createProduct(shop, { sale_window: { opens_at: opens } });
    const answer = await postOrder(shop, early.id);
    expectProblem(answer, 409, "not_on_sale");
    expect(answer.json.opens_at).toBe(opens);
    const closes = "2020-01-01T00:00:00.000Z";
    const late = await createProduct(shop, { sale_window: { closes_at: closes } });
    expectProblem(await postOrder(shop, late.id), 409, "not_on_sale");
  });

  it("a price that is no longer true", async () => {
    const { id } = await stockedProduct(shop, ["Q-1"]);
    const answer = await postOrder(shop, id, { expected_amount_minor: 1 });
    expectProblem(answer, 409, "price_changed");
    expect(answer.json.amount).toEqual(cny(1000));
    expect(await stockOf(id)).toMatchObject({ held: 0 });
  });

  it("a coupon, a method, a variant or a field that does not exist", async () => {
    const ask = (changes: object) => postOrder(shop, product.id, { ...changes });
    expectProblem(await ask({ coupon: "FREE" }), 422, "coupon_invalid");
    const method = await ask({ payment_method: "cash" });
    expectProblem(method, 422, "payment_method_unavailable");
    expect(method.json.payment_methods).toEqual(["epay"]);
    expectProblem(await ask({ variant_id: "30d" }), 422, "variant_invalid");
    expectProblem(await ask({ fields: { uid: "7" } }), 422, "fields_invalid");
  });

  it("an order that is paid is not cancelled", async () => {
    const { id } = await stockedProduct(shop, ["S-1"]);
    const order = await placeOrder(shop, id);
    await sendNotice(shop, order);
    const answer = await call(`/api/v1/orders/${order.id}/cancel`, {
      method: "POST",
      token: order.access_token,
    });
    expectProblem(answer, 409, "state_conflict");
    expect(answer.json.state).toBe("delivered");
  });

  it("queries that are no queries", async () => {
    const list = (query: string) => call(`/api/v1/products?merchant=${shop.slug}&${query}`);
    expectProblem(await list("limit=0"), 400, "invalid_query");
    expectProblem(await list("limit=ten"), 400, "invalid_query");
    expectProblem(await list("cursor=%00"), 400, "invalid_query");
    expectProblem(await list("colour=red"), 400, "invalid_query");
  });
});

describe("an answer that D1 did not give", () => {
  const thrown = async (error: unknown): Promise<Response> =>
    makeApp((app) =>
      app.get("/api/v1/thrown", () => {
        throw error;
      }),
    ).request("/api/v1/thrown");
  const ofD1 = (message: string) =>
    new Error("Failed query", { cause: new Error(`D1_ERROR: ${message}`) });

  it.each([
    "Network connection lost.",
    "D1 DB is overloaded. Requests queued for too long.",
    "D1 DB storage operation exceeded timeout which caused object to be reset.",
    "Internal error while starting up D1 DB storage caused object to be reset.",
    "The query timed out.",
  ])("is 503 and may be asked for again: %s", async (message) => {
    const response = await thrown(ofD1(message));
    expect([response.status, await response.json()]).toMatchObject([503, { code: "busy" }]);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
  });

  it.each([
    "SELECT reset FROM orders",
    "SELECT",
    "INSERT INTO merchants (id) VALUES ('overloaded')",
  ])("is 500 where the statement is wrong: %s", async (statement) => {
    const error: unknown = await env.DB.prepare(statement)
      .run()
      .catch((refused: unknown) => refused);
    expect(String(error)).toContain("D1_ERROR");
    const response = await thrown(new Error("Failed query", { cause: error }));
    expect([response.status, await response.json()]).toMatchObject([500, { code: "internal" }]);
    expect(response.headers.get("retry-after")).toBeNull();
  });
});
