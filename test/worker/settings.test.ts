import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { depsFor } from "../../src/platform/deps.ts";
import type { Bindings } from "../../src/platform/bindings.ts";
import type { MerchantId } from "../../src/domain/ids.ts";
import { migrate, openShop, type Call, type Shop } from "../support/worker/shop.ts";

beforeAll(migrate);

function edit(shop: Shop, version: number, body: unknown, init: Call = {}) {
  return shop.admin("/settings", {
    method: "PATCH",
    body,
    headers: { "if-match": `"${version}"` },
    ...init,
  });
}

describe("a shop's settings", () => {
  test("are the defaults at version 0 until something is decided", async () => {
    const shop = await openShop();
    const { status, headers, json } = await shop.admin("/settings");
    expect(status).toBe(200);
    expect(headers.get("etag")).toBe('"0"');
    expect(json).toMatchObject({
      version: 0,
      updated_at: null,
      limits: { orders_per_network: 120 },
    });
  });

  test("change by patches, each on the version before it, and null goes back", async () => {
    const shop = await openShop();
    const first = await edit(shop, 0, { limits: { orders_per_network: 60, orders_per_email: 9 } });
    expect(first.status).toBe(200);
    expect(first.headers.get("etag")).toBe('"1"');
    const second = await edit(shop, 1, { limits: { orders_per_network: null } });
    expect(second.json).toMatchObject({
      version: 2,
      limits: { orders_per_network: 120, orders_per_email: 9 },
    });
    expect((await shop.admin("/settings")).json).toEqual(second.json);
    const third = await edit(shop, 2, { limits: null });
    expect(third.json).toMatchObject({ version: 3, limits: { orders_per_email: 20 } });
  });

  test("are one shop's, and its own token changes them", async () => {
    const [mine, yours] = [await openShop(), await openShop()];
    const { json: token } = await mine.admin("/tokens", {
      body: { name: "settings", scopes: ["settings:write"] },
    });
    const change = { limits: { orders_per_network: 60 } };
    const foreign = { token: token.token, merchant: yours.slug };
    expect((await edit(yours, 0, change, foreign)).status).toBe(404);
    expect((await edit(mine, 0, change, { token: token.token })).status).toBe(200);
    expect((await yours.admin("/settings")).json.version).toBe(0);
  });

  test("hold in another isolate as soon as its memory of the old ones is past", async () => {
    const shop = await openShop();
    const { shopSettings } = depsFor(env as unknown as Bindings, {});
    const id = shop.id as MerchantId;
    expect((await shopSettings(id)).limits.ordersPerEmail).toBe(20);
    await edit(shop, 0, { limits: { orders_per_email: 7 } });
    const settled = { timeout: 10_000 };
    await expect.poll(async () => (await shopSettings(id)).limits.ordersPerEmail, settled).toBe(7);
  });

  test("every change is in the audit log, by the names of what changed", async () => {
    const shop = await openShop();
    await edit(shop, 0, { limits: { orders_per_network: 60 } });
    const { json } = await shop.admin("/audit-log");
    expect(json.data[0]).toMatchObject({
      action: "settings.edit",
      subject: shop.id,
      detail: { version: 1, fields: ["limits.ordersPerNetwork"] },
    });
  });

  test("of two who read the same version one is told that they were too late", async () => {
    const shop = await openShop();
    const change = { limits: { orders_per_network: 60 } };
    const both = await Promise.all([edit(shop, 0, change), edit(shop, 0, change)]);
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    const late = both.find(({ status }) => status === 409);
    expect(late?.json).toMatchObject({ code: "version_conflict", version: 1 });
    const { json } = await shop.admin("/audit-log");
    const edits = json.data.filter((entry: { action: string }) => entry.action === "settings.edit");
    expect(edits).toHaveLength(1);
  });

  test.each([
    ["a section that is not known", { weather: {} }],
    ["a setting that is not known", { limits: { smells: 1 } }],
    ["a bound that is passed", { limits: { orders_per_email: 0 } }],
    ["a number as text", { limits: { orders_per_email: "9" } }],
    ["no object", []],
    ["the version as a setting", { version: 7 }],
    ["a prototype", JSON.parse('{"__proto__":{"orders_per_email":9}}') as unknown],
  ])("with %s are refused and nothing changes", async (_, body) => {
    const shop = await openShop();
    const refused = await edit(shop, 0, body);
    expect(refused.status).toBe(400);
    expect(refused.json.code).toBe("invalid_body");
    expect((await shop.admin("/settings")).json.version).toBe(0);
  });

  test("need the scope and the version that was read", async () => {
    const shop = await openShop();
    const { json } = await shop.admin("/tokens", {
      body: { name: "c", scopes: ["catalog:write"] },
    });
    expect((await shop.admin("/settings", { token: json.token })).status).toBe(403);
    const unread = await shop.admin("/settings", { method: "PATCH", body: { limits: null } });
    expect([unread.status, unread.json.code]).toEqual([428, "if_match_required"]);
  });
});
