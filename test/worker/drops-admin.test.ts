import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { stockName } from "../../durable-objects/product-stock/contract.ts";
import { commitmentTo } from "../../src/domain/drop/seed.ts";
import { fromBase64 } from "../../src/domain/encoding.ts";
import type { MerchantId } from "../../src/domain/ids.ts";
import type { Bindings } from "../../src/platform/bindings.ts";
import { depsFor } from "../../src/platform/deps.ts";
import { webDigests } from "../../src/platform/drop-digests.ts";
import {
  call,
  createProduct,
  migrate,
  openShop,
  stockedProduct,
  type Call,
  type Shop,
} from "../support/worker/shop.ts";

/** Drops as their merchant makes them. */
let shop: Shop;
beforeAll(async () => {
  await migrate();
  shop = await openShop();
});

const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();
const bodyOf = (productId: string, changes: Record<string, unknown> = {}) => ({
  product_id: productId,
  opens_at: inSeconds(3600),
  closes_at: inSeconds(7200),
  quantity: 2,
  ...changes,
});
const make = (body: unknown, init: Call = {}) => shop.admin("/drops", { body, ...init });
const edit = (id: string, version: number, body: unknown, init: Call = {}) =>
  shop.admin(`/drops/${id}`, {
    method: "PATCH",
    body,
    headers: { "if-match": `"${version}"` },
    ...init,
  });
const close = (id: string) => shop.admin(`/drops/${id}/close`, { method: "POST" });
/** A page is remembered for a second. */
const shows = (productId: string, product: object) =>
  vi.waitFor(
    async () => {
      const { json } = await call(`/api/v1/products/${productId}?merchant=${shop.slug}`);
      expect(json).toMatchObject(product);
    },
    { timeout: 10_000, interval: 200 },
  );

async function made(changes: Record<string, unknown> = {}) {
  const product = await stockedProduct(shop, [crypto.randomUUID(), crypto.randomUUID()]);
  const { json: drop } = await make(bodyOf(product.id, changes));
  return { product, drop };
}

describe("a drop", () => {
  test("needs no more than a product, its window and a quantity; what is promised of the draw is said at once", async () => {
    const { product, drop } = await made();
    expect(drop).toEqual({
      id: expect.stringMatching(/^drop_[0-9a-z]{20}$/),
      product_id: product.id,
      opens_at: expect.any(String),
      closes_at: expect.any(String),
      quantity: 2,
      per_buyer: 1,
      hold_seconds: 300,
      policy: { line_max: null, qualification: "none", challenge: "pressure" },
      state: "upcoming",
      closed_at: null,
      seed_commitment: expect.stringMatching(/^[0-9a-f]{64}$/),
      version: 1,
      created_at: expect.any(String),
      updated_at: expect.any(String),
      warnings: [],
    });
    const { warnings, ...written } = drop;
    expect((await shop.admin(`/drops/${drop.id}`)).json).toEqual(written);
    expect((await shop.admin("/drops?limit=1")).json.data).toEqual([written]);
  });

  test("takes over the sale of its product, in the object and on the page, until it is closed", async () => {
    const { product, drop } = await made({ per_buyer: 1 });
    await shows(product.id, {
      availability: "upcoming",
      drop: { id: drop.id, state: "upcoming", opens_at: drop.opens_at, quantity: 2 },
      limits: { per_order: 1, per_buyer: 1 },
      sale_window: { opens_at: drop.opens_at, closes_at: drop.closes_at },
    });
    const { products } = depsFor(env as Bindings, {});
    const stored = await products.find(shop.id as MerchantId, product.id);
    const object = env.PRODUCT_STOCK.getByName(stockName(stored?.number ?? 0));
    expect(await object.health()).toMatchObject({ termsVersion: 2 });

    const closed = await close(drop.id);
    expect(closed.json).toMatchObject({ state: "closed", closed_at: expect.any(String) });
    expect((await close(drop.id)).json).toEqual(closed.json);
    await shows(product.id, { availability: "low", drop: null });
    expect(await object.health()).toMatchObject({ termsVersion: 3 });
  });

  test("is warned of where the pool has fewer keys than are on offer", async () => {
    const product = await stockedProduct(shop, ["only-one-of-this-pool"]);
    const { json } = await make(bodyOf(product.id, { quantity: 5 }));
    expect(json.warnings).toEqual([{ code: "quantity_above_stock", available: 1 }]);
  });

  test("may be changed before it opens, on top of the version that was read; the commitment stays", async () => {
    const { drop } = await made();
    const edited = await edit(drop.id, 1, { quantity: 1, policy: { line_max: 5_000 } });
    expect(edited.status).toBe(200);
    expect(edited.json).toMatchObject({
      version: 2,
      quantity: 1,
      policy: { line_max: 5_000, challenge: "pressure" },
      seed_commitment: drop.seed_commitment,
    });
    await shows(drop.product_id, { drop: { quantity: 1 } });
    const stale = await edit(drop.id, 1, { quantity: 2 });
    expect([stale.status, stale.json]).toMatchObject([
      409,
      { code: "version_conflict", version: 2 },
    ]);
  });

  test("is made once, however often the same request comes; its seed is not made from the request", async () => {
    const [one, other] = [
      await stockedProduct(shop, ["once-1"]),
      await stockedProduct(shop, ["once-2"]),
    ];
    const body = bodyOf(one.id);
    const key = { idempotencyKey: "announce-once" };
    const first = await make(body, key);
    expect((await make(body, key)).json).toEqual(first.json);
    // The same words in another shop name another drop with another seed; in this one they are refused.
    expect((await make(bodyOf(other.id), key)).json.code).toBe("idempotency_key_reused");
    const { drops } = depsFor(env as Bindings, {});
    const { drop } = (await drops.drop(first.json.id)) ?? {};
    if (drop === undefined) throw new Error("no such drop");
    const seed = await drops.draws.seed(drop);
    const bytes = fromBase64(seed) ?? new Uint8Array(0);
    expect(bytes.length).toBe(32);
    expect(await commitmentTo(webDigests, drop.id, bytes)).toBe(first.json.seed_commitment);
    expect(drop.sealedSeed).not.toContain(seed);
    for (const path of [`/drops/${first.json.id}`, "/drops", "/audit-log"]) {
      expect((await shop.admin(path)).text).not.toContain(seed);
    }
  });

  test("is in the audit log, each act once", async () => {
    const own = await openShop();
    const product = await stockedProduct(own, ["audited"]);
    const { json: drop } = await own.admin("/drops", { body: bodyOf(product.id) });
    const patch = { method: "PATCH", body: { quantity: 1 }, headers: { "if-match": '"1"' } };
    await own.admin(`/drops/${drop.id}`, patch);
    await own.admin(`/drops/${drop.id}`, patch);
    await own.admin(`/drops/${drop.id}/close`, { method: "POST" });
    await own.admin(`/drops/${drop.id}/close`, { method: "POST" });
    const { json } = await own.admin("/audit-log");
    const acts = json.data.filter((entry: { subject: string }) => entry.subject === drop.id);
    expect(acts.map((entry: { action: string }) => entry.action)).toEqual([
      "drop.close",
      "drop.edit",
      "drop.create",
    ]);
  });
});

describe("is refused", () => {
  test.each<[string, Record<string, unknown>, string[]]>([
    ["a person delivers", { delivery: "manual" }, ["manual_delivery"]],
    ["keys are made for", { key_source: "generated" }, ["generated_keys"]],
    ["is not on sale", { status: "closed" }, ["not_active"]],
    ["has several shards", { stock_shards: 2 }, ["stock_shards"]],
  ])("for a product that %s, with the reason", async (_, settings, reasons) => {
    const product = await createProduct(shop, settings);
    const { status, json } = await make(bodyOf(product.id));
    expect([status, json]).toMatchObject([409, { code: "product_unfit", reasons }]);
  });

  test("while the product has one that is not over; both at once make one", async () => {
    const product = await stockedProduct(shop, ["one-at-a-time"]);
    const both = await Promise.all([make(bodyOf(product.id)), make(bodyOf(product.id))]);
    expect(both.map(({ status }) => status).toSorted()).toEqual([201, 409]);
    const first = both.find(({ status }) => status === 201)?.json;
    const again = await make(bodyOf(product.id));
    expect(again.json).toMatchObject({ code: "drop_live", drop_id: first.id });
    await close(first.id);
    expect((await make(bodyOf(product.id))).status).toBe(201);
  });

  test.each<[string, Record<string, unknown>, string]>([
    ["that opens in the past", { opens_at: inSeconds(-60) }, "opens_at"],
    ["that closes before it opens", { closes_at: inSeconds(1800) }, "closes_at"],
    ["that lasts for months", { closes_at: inSeconds(90 * 24 * 3600) }, "closes_at"],
    ["of no keys", { quantity: 0 }, "quantity"],
    ["with more for one than there are", { per_buyer: 3 }, "per_buyer"],
    ["with a hold of nothing", { hold_seconds: 0 }, "hold_seconds"],
    ["with a line of ten", { policy: { line_max: 10 } }, "policy.line_max"],
    ["with a challenge that is none", { policy: { challenge: "often" } }, "policy.challenge"],
  ])("%s", async (_, changes, path) => {
    const product = await createProduct(shop);
    const { status, json } = await make(bodyOf(product.id, changes));
    expect([status, json.code]).toEqual([400, "invalid_body"]);
    expect(json.errors.map((error: { path: string }) => error.path)).toContain(path);
  });

  test("with a field that is none, a seed among them", async () => {
    const product = await createProduct(shop);
    for (const field of ["seed", "seed_commitment", "sealed_seed"]) {
      expect((await make({ ...bodyOf(product.id), [field]: "x" })).status).toBe(400);
    }
    const { drop } = await made();
    expect((await edit(drop.id, 1, { seed_commitment: "0".repeat(64) })).status).toBe(400);
  });

  test("an edit without If-Match, of what has begun, or of what is over", async () => {
    const { drop } = await made();
    expect((await edit(drop.id, 1, { quantity: 1 }, { headers: {} })).status).toBe(428);
    await close(drop.id);
    expect((await edit(drop.id, 2, { quantity: 1 })).json).toMatchObject({
      code: "drop_begun",
      state: "closed",
    });
    const soon = await made({ opens_at: inSeconds(0.3) });
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect((await edit(soon.drop.id, 1, { quantity: 1 })).json).toMatchObject({
      code: "drop_begun",
      state: "open",
    });
  });

  test("an edit of the product that would break what the drop sells, not another", async () => {
    const { product, drop } = await made();
    const patch = (version: number, body: unknown) =>
      shop.admin(`/products/${product.id}`, {
        method: "PATCH",
        body,
        headers: { "if-match": `"${version}"` },
      });
    for (const change of [{ delivery: "manual" }, { key_source: "generated" }]) {
      expect((await patch(2, change)).json).toMatchObject({ code: "drop_live", drop_id: drop.id });
    }
    const archived = await shop.admin(`/products/${product.id}/archive`, { method: "POST" });
    expect(archived.json.code).toBe("drop_live");
    expect((await patch(2, { title: "Renamed" })).status).toBe(200);
    await shows(product.id, { title: "Renamed", drop: { id: drop.id } });
  });
});

describe("of another merchant", () => {
  test("is not there, and a token needs the scope", async () => {
    const { drop } = await made();
    const other = await openShop();
    const path = `/drops/${drop.id}`;
    const ifMatch = { "if-match": '"1"' };
    expect((await other.admin(path)).status).toBe(404);
    const patched = await other.admin(path, { method: "PATCH", body: {}, headers: ifMatch });
    expect(patched.status).toBe(404);
    expect((await other.admin(`${path}/close`, { method: "POST" })).status).toBe(404);
    expect((await other.admin("/drops")).json.data).toEqual([]);
    const foreign = await other.admin("/drops", { body: bodyOf(drop.product_id) });
    expect(foreign.status).toBe(404);

    const { json: reader } = await shop.admin("/tokens", {
      body: { name: "reader", scopes: ["catalog:read"] },
    });
    const token = { token: reader.token };
    expect((await shop.admin(path, token)).status).toBe(200);
    expect((await shop.admin(`${path}/close`, { method: "POST", ...token })).json).toMatchObject({
      code: "scope_missing",
      scope: "catalog:write",
    });
  });

  test("an id that is none is 404, whatever it looks like", async () => {
    for (const id of ["drop_", "drop_x", `drop_${"0".repeat(20)}`, "prd_1", "%00", "'--"]) {
      expect((await shop.admin(`/drops/${encodeURIComponent(id)}`)).status).toBe(404);
    }
  });
});
