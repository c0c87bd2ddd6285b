import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { commitmentTo } from "../../src/domain/drop/seed.ts";
import { fromBase64 } from "../../src/domain/encoding.ts";
import type { DropId } from "../../src/domain/ids.ts";
import { webDigests } from "../../src/platform/drop-digests.ts";
import { isolate } from "../support/worker/isolate.ts";
import { call, migrate, openShop, stockedProduct, type Shop } from "../support/worker/shop.ts";

let shop: Shop;
beforeAll(async () => {
  await migrate();
  shop = await openShop();
});
afterEach(() => vi.restoreAllMocks());

const at = (ms: number) => new Date(ms).toISOString();
const HOUR_MS = 3_600_000;

async function makeDrop(opensInMs = HOUR_MS) {
  const product = await stockedProduct(shop, [crypto.randomUUID(), crypto.randomUUID()]);
  const opensAtMs = Date.now() + opensInMs;
  const body = {
    product_id: product.id,
    opens_at: at(opensAtMs),
    closes_at: at(opensAtMs + HOUR_MS),
    quantity: 2,
  };
  const { status, json } = await shop.admin("/drops", { body });
  expect(status).toBe(201);
  return { id: json.id as DropId, opensAtMs };
}

const stateOf = (id: string, fetch?: (request: Request) => Promise<Response>) =>
  call(`/api/v1/drops/${id}/state`, fetch === undefined ? {} : { fetch });

describe("the state of a drop", () => {
  test("before it opens says when, by the server's clock, and keeps the seed", async () => {
    const { id, opensAtMs } = await makeDrop();
    const { status, json, headers } = await stateOf(id);
    expect(status).toBe(200);
    expect(json).toMatchObject({
      id,
      status: "upcoming",
      opens_at: at(opensAtMs),
      quantity: 2,
      remaining: 2,
      threshold: { early: 0, late_until: null },
      seed: null,
    });
    expect(json.commitment).toMatch(/^[0-9a-f]{64}$/);
    expect(Math.abs(Date.parse(json.server_time) - Date.now())).toBeLessThan(5_000);
    expect(json.poll_after_ms).toBeGreaterThan(10_000);
    expect(headers.get("cache-control")).toContain("max-age=1");
  });

  test("has an ETag: whoever has it is told so in a few bytes", async () => {
    const { id } = await makeDrop();
    const own = isolate();
    vi.spyOn(Date, "now").mockReturnValue(Date.now());
    const ask = (headers: Record<string, string> = {}) =>
      own.fetch(new Request(`https://shop.test/api/v1/drops/${id}/state`, { headers }));
    const etag = (await ask()).headers.get("etag") ?? "";
    const again = await ask({ "if-none-match": etag });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe("");
  });

  test("of no drop is a 404, whatever stands there", async () => {
    for (const id of ["drop_00000000000000000000", "drop_x", "prd_00000000000000000000", "%20"]) {
      expect((await stateOf(id)).status).toBe(404);
    }
  });

  test("once open says who may order; once over shows the seed that was committed to", async () => {
    const { id, opensAtMs } = await makeDrop();
    const before = (await stateOf(id)).json;
    vi.spyOn(Date, "now").mockReturnValue(opensAtMs + 2_000);
    await runDurableObjectAlarm(env.DROP_CONTROLLER.getByName(id));
    const own = isolate();
    const open = (await stateOf(id, own.fetch)).json;
    expect(open).toMatchObject({ status: "open", remaining: 2, seed: null });
    expect(open.threshold.early).toBeGreaterThan(0);

    vi.spyOn(Date, "now").mockReturnValue(opensAtMs + HOUR_MS);
    const over = (await stateOf(id, isolate().fetch)).json;
    expect(over).toMatchObject({ status: "closed", poll_after_ms: null });
    const seed = fromBase64(over.seed) ?? new Uint8Array(0);
    expect(await commitmentTo(webDigests, id, seed)).toBe(before.commitment);
  });

  test("is given from memory: ten thousand polls touch no database and no object", async () => {
    const { id } = await makeDrop();
    let touched = 0;
    const counted = <T extends object>(binding: T): T =>
      new Proxy(binding, {
        get(target, property) {
          touched++;
          const member: unknown = Reflect.get(target, property, target);
          return typeof member === "function" ? (member.bind(target) as unknown) : member;
        },
      });
    const own = isolate({
      DB: counted(env.DB),
      DROP_CONTROLLER: counted(env.DROP_CONTROLLER) as never,
    });
    vi.spyOn(Date, "now").mockReturnValue(Date.now());
    const poll = () => own.fetch(new Request(`https://shop.test/api/v1/drops/${id}/state`));
    await (await poll()).text();
    const once = touched;
    for (let n = 0; n < 10_000; n++) await (await poll()).text();
    expect(touched).toBe(once);
  });

  test("with the controller gone is the drop's times, not an error", async () => {
    const { id } = await makeDrop();
    const down = { getByName: () => ({ state: () => Promise.reject(new Error("gone")) }) };
    const own = isolate({ DROP_CONTROLLER: down as never });
    expect((await stateOf(id, own.fetch)).json).toMatchObject({ status: "upcoming", seq: 0 });
  });
});
