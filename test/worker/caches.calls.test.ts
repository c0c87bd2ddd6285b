import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Bindings } from "../../src/platform/bindings.ts";
import { gatedDatabase } from "../support/worker/gated-database.ts";
import { isolate, wiredObjects } from "../support/worker/isolate.ts";
import { keysNamed } from "../support/worker/notices.ts";
import {
  createProduct,
  importKeys,
  migrate,
  openShop,
  ORIGIN,
  postOrder,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";

/** A bound and no measure: two cores may have other things to do. */
vi.setConfig({ testTimeout: 120_000 });
const REFUSALS = 10_000;
let shop: Shop;

beforeAll(async () => {
  await migrate();
  shop = await openShop("demo");
});

/** Time stands still: what is remembered stays as fresh as it is, however slow the machine. */
beforeEach(() => {
  const nowMs = Date.now();
  vi.spyOn(Date, "now").mockReturnValue(nowMs);
});
afterEach(() => vi.restoreAllMocks());

function later(ms: number): void {
  const nowMs = Date.now() + ms;
  vi.spyOn(Date, "now").mockReturnValue(nowMs);
}

/** A Worker whose calls of objects and statements of D1 are counted. `older`: what its objects do not know. */
function counted(changes: Partial<Bindings> = {}, older: readonly string[] = []) {
  const calls: string[] = [];
  const through = isolate({
    ...changes,
    DB: gatedDatabase(env.DB, (what) => {
      calls.push(`D1 ${what.slice(0, 40)}`);
      return Promise.resolve();
    }),
    PRODUCT_STOCK: wiredObjects(env.PRODUCT_STOCK, ({ method, ask }) => {
      calls.push(`object ${method}`);
      if (older.includes(method)) return Promise.reject(new TypeError(`no method "${method}"`));
      return ask();
    }),
  });
  return { through, calls };
}

type Through = ReturnType<typeof counted>["through"];

async function get({ fetch }: Through, path: string): Promise<number> {
  const answer = await fetch(new Request(`${ORIGIN}${path}`));
  await answer.text();
  return answer.status;
}

describe("what is asked of objects and D1", () => {
  test("a hot page or list asks neither, however often it is looked at", async () => {
    const product = await stockedProduct(shop, keysNamed("hot", 3), { category: "games" });
    const { through, calls } = counted();
    const hot = [
      "/",
      `/p/${product.slug}`,
      "/api/v1/products",
      "/api/v1/products?category=games",
      `/api/v1/products/${product.id}`,
    ];
    for (const path of hot) expect(await get(through, path)).toBe(200);
    calls.length = 0;
    for (let n = 0; n < 200; n++) {
      for (const path of hot) expect(await get(through, path)).toBe(200);
    }
    expect(calls).toEqual([]);
  });

  test("another isolate of the data centre asks neither for what the first has read", async () => {
    const product = await stockedProduct(shop, keysNamed("shared", 3));
    const { through } = counted();
    const path = `/api/v1/products/${product.id}`;
    await get(through, path);
    // What is shared is put there behind the answer: each look is that of an isolate that knows nothing.
    await vi.waitFor(async () => {
      const { through: other, calls } = counted({ CF_VERSION: through.bindings.CF_VERSION });
      expect(await get(other, path)).toBe(200);
      expect(calls.filter((call) => call.startsWith("object"))).toEqual([]);
    });
  });

  test("an address that does not exist is looked up once", async () => {
    const { through, calls } = counted();
    const absent = ["/p/nothing-here", "/api/v1/products/nothing-here"];
    for (const path of absent) expect(await get(through, path)).toBe(404);
    calls.length = 0;
    for (const path of absent) expect(await get(through, path)).toBe(404);
    expect(calls).toEqual([]);
  });
});

test("the catalogue is read from the nearest copy of D1; by the isolate that has just written, from the primary", async () => {
  const begun: unknown[] = [];
  const DB = new Proxy(env.DB, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property, target);
      if (typeof member !== "function") return member;
      return (...words: unknown[]) => {
        if (property === "withSession") begun.push(...words);
        return Reflect.apply(member, target, words) as unknown;
      };
    },
  });
  const product = await stockedProduct(shop, keysNamed("near", 1));
  const through = isolate({ DB });
  const path = `/api/v1/products/${product.id}`;
  await get(through, path);
  expect(begun).toEqual(["first-unconstrained"]);

  const headers = { "if-match": '"1"' };
  const edited = { method: "PATCH", headers, body: { title: "Edited" }, ...through };
  expect((await shop.admin(`/products/${product.id}`, edited)).status).toBe(200);
  begun.length = 0;
  later(1_000);
  const seen = await through.fetch(new Request(`${ORIGIN}${path}`));
  expect(await seen.json()).toMatchObject({ title: "Edited" });
  expect(begun).toEqual([]);
});

describe("a product that is sold out", () => {
  const order = (productId: string, through: Through, n: number) =>
    postOrder(
      shop,
      productId,
      { email: `late-${n}@example.com` },
      `late-order-number-${n}`,
      through,
    );

  test("refuses ten thousand orders without a call of its object or of D1", async () => {
    const product = await createProduct(shop);
    const { through, calls } = counted();
    expect((await order(product.id, through, 0)).json.code).toBe("sold_out");
    expect((await order(product.id, through, 1)).json.code).toBe("sold_out");
    calls.length = 0;
    for (let n = 2; n < REFUSALS + 2; n++) {
      const { status, json } = await order(product.id, through, n);
      if (status !== 409 || json.code !== "sold_out" || json.available !== 0) {
        throw new Error(`order ${n}: ${status} ${JSON.stringify(json)}`);
      }
    }
    expect(calls).toEqual([]);
  });

  test("is looked at again after a moment, once, and sells what has come", async () => {
    const product = await createProduct(shop);
    const { through, calls } = counted();
    for (const n of [20_001, 20_002]) await order(product.id, through, n);
    await importKeys(shop, product.id, keysNamed("restocked", 1));
    later(1_001);
    expect((await order(product.id, through, 20_003)).status).toBe(201);
    expect(calls.filter((call) => call === "object soldOut")).toHaveLength(2);
  });

  test("answers an order that it has as ever, from whichever isolate it comes again", async () => {
    const product = await stockedProduct(shop, keysNamed("last", 1));
    const [first, second] = [counted().through, counted().through];
    const sold = await order(product.id, first, 30_001);
    expect(sold.status).toBe(201);
    for (const through of [first, second]) {
      for (const n of [30_002, 30_003]) {
        expect((await order(product.id, through, n)).json.code).toBe("sold_out");
      }
      const again = await order(product.id, through, 30_001);
      expect([again.status, again.json.id]).toEqual([201, sold.json.id]);
    }
  });

  test("whose object is of an older version, which cannot say so much, is asked about each order", async () => {
    vi.spyOn(console, "warn").mockReturnValue();
    const product = await stockedProduct(shop, keysNamed("older", 1));
    const { through, calls } = counted({}, ["soldOut"]);
    expect((await order(product.id, through, 50_000)).status).toBe(201);
    for (const n of [50_001, 50_002, 50_003]) {
      expect((await order(product.id, through, n)).json.code).toBe("sold_out");
    }
    expect((await order(product.id, through, 50_000)).status).toBe(201);
    expect(calls.filter((call) => call === "object soldOut")).toHaveLength(1);
  });

  test("says first what is wrong with an order by its terms, as its object would", async () => {
    const product = await createProduct(shop, { limits: { per_order: 2, per_buyer: null } });
    const { through, calls } = counted();
    for (const n of [40_001, 40_002]) await order(product.id, through, n);
    calls.length = 0;
    const codeOf = async (changes: Record<string, unknown>) =>
      (await postOrder(shop, product.id, changes, undefined, through)).json.code;
    expect(await codeOf({ quantity: 3 })).toBe("limit_reached");
    expect(await codeOf({ expected_amount_minor: 1 })).toBe("price_changed");
    expect(await codeOf({ payment_method: "none" })).toBe("payment_method_unavailable");
    expect(await codeOf({ variant_id: "x" })).toBe("variant_invalid");
    expect(calls.filter((call) => call !== "object reserve")).toEqual([]);
  });

  test("is answered alike on the short way and on the long one, which takes whatever the short one does not", async () => {
    const product = await createProduct(shop);
    const other = await stockedProduct(shop, keysNamed("in-stock", 1));
    const { through } = counted();
    let n = 60_000;
    const ask = async (changes: object, { query = "", headers = {} } = {}) => {
      const body = { product_id: product.id, email: "late@example.com", payment_method: "epay" };
      const answer = await through.fetch(
        new Request(`${ORIGIN}/api/v1/orders${query}`, {
          method: "POST",
          headers: {
            "content-type": "application/json",
            "idempotency-key": `order-number-${n++}`,
            ...headers,
          },
          body: JSON.stringify({ ...body, ...changes }),
        }),
      );
      const { request_id: id, ...json } = await answer.json<Record<string, unknown>>();
      if (!answer.ok) expect(id).toBe(answer.headers.get("x-request-id"));
      return { status: answer.status, json, headers: namesOf(answer.headers) };
    };
    await ask({});
    await ask({});
    const short = await ask({});
    expect(short).toEqual(await ask({}, { query: `?merchant=${shop.slug}` }));
    expect(short).toMatchObject({ status: 409, json: { code: "sold_out", available: 0 } });

    expect((await ask({ price: 1 })).json.code).toBe("invalid_body");
    const weak = { "idempotency-key": "weak" };
    expect((await ask({}, { headers: weak })).json.code).toBe("idempotency_key_weak");
    const form = { "content-type": "text/plain" };
    expect((await ask({}, { headers: form })).json.code).toBe("unsupported_media_type");
    expect((await ask({ product_id: "none-such" })).json.code).toBe("not_found");
    expect((await ask({ product_id: other.id })).status).toBe(201);
  });

  test("is no answer while its merchant takes no orders", async () => {
    const product = await createProduct(shop);
    const { through } = counted();
    for (const n of [70_001, 70_002]) await order(product.id, through, n);
    const headers = { "if-match": '"0"' };
    const body = { switches: { orders: false } };
    expect((await shop.admin("/settings", { method: "PATCH", headers, body })).status).toBe(200);
    later(5_000);
    await order(product.id, through, 70_003);
    expect((await order(product.id, through, 70_004)).json.code).toBe("orders_paused");
  });
});

function namesOf(headers: Headers): string[] {
  return [...headers.keys()].filter((name) => name !== "x-request-id");
}
