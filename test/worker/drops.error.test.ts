import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { isolate } from "../support/worker/isolate.ts";
import {
  announce,
  at,
  HOUR_MS,
  join,
  letIn,
  letInAtMs,
  ticketOf,
} from "../support/worker/drops.ts";
import { call, migrate, openShop, postOrder, type Shop } from "../support/worker/shop.ts";

/** What goes wrong around a drop: the merchant ends it, parts are down, clocks are off, input is nonsense. */
let shop: Shop;
beforeAll(async () => {
  await migrate();
  shop = await openShop();
});
afterEach(() => vi.restoreAllMocks());

const keyOf = (name: string) => `order-of-a-drop-${name}`.padEnd(24, "-");

describe("a drop that was called off", () => {
  test("takes nobody into its line, and its tickets open nothing and harm nothing", async () => {
    const drop = await announce(shop);
    const ticket = await ticketOf(drop, "called-off@example.com");
    await shop.admin(`/drops/${drop.id}/close`, { method: "POST" });
    const fresh = { fetch: isolate().fetch };
    const late = await join(drop, "too-late@example.com", {}, fresh);
    expect([late.status, late.json]).toMatchObject([409, { code: "drop_over", state: "closed" }]);
    // The product is on ordinary sale again; the ticket is nothing to it.
    const body = { email: "called-off@example.com", ticket };
    const placed = await postOrder(shop, drop.productId, body, keyOf("called-off"), fresh);
    expect(placed.status).toBe(201);

    // A drop after it does not know the ticket.
    const opensAtMs = Date.now() + HOUR_MS;
    const { json: next } = await shop.admin("/drops", {
      body: {
        product_id: drop.productId,
        opens_at: new Date(opensAtMs).toISOString(),
        closes_at: new Date(opensAtMs + HOUR_MS).toISOString(),
        quantity: 1,
      },
    });
    const open = await at(next, opensAtMs + 1_000);
    const other = await postOrder(shop, drop.productId, body, keyOf("next-drop"), open);
    expect(other.json).toMatchObject({
      code: "ticket_required",
      drop_id: next.id,
      because: "ticket_of_other_drop",
    });
  });

  test("while it is on stops at once; who holds a key may still pay", async () => {
    const drop = await announce(shop);
    const ticket = await ticketOf(drop, "holds@example.com");
    const waiting = await ticketOf(drop, "waits@example.com");
    const open = await letIn(drop);
    const body = { email: "holds@example.com", ticket };
    const placed = await postOrder(shop, drop.productId, body, keyOf("holds"), open);
    expect(placed.status).toBe(201);
    await shop.admin(`/products/${drop.productId}`, {
      method: "PATCH",
      body: { status: "closed" },
      headers: { "if-match": '"2"' },
    });
    const stopped = { fetch: isolate().fetch };
    const other = { email: "waits@example.com", ticket: waiting };
    const refused = await postOrder(shop, drop.productId, other, keyOf("waits"), stopped);
    expect([refused.status, refused.json.code]).toEqual([409, "not_on_sale"]);
    const again = await postOrder(shop, drop.productId, body, keyOf("holds"), stopped);
    expect([again.status, again.json.id]).toEqual([201, placed.json.id]);
  });
});

describe("with parts down", () => {
  test("joining asks no database and no object once the drop is known: a thousand joins touch none", async () => {
    const drop = await announce(shop);
    const touched: string[] = [];
    const counted = <T extends object>(binding: T, name: string): T =>
      new Proxy(binding, {
        get(target, property) {
          touched.push(`${name}.${String(property)}`);
          const member: unknown = Reflect.get(target, property, target);
          return typeof member === "function" ? (member.bind(target) as unknown) : member;
        },
      });
    const own = isolate({
      DB: counted(env.DB, "DB"),
      PRODUCT_STOCK: counted(env.PRODUCT_STOCK, "PRODUCT_STOCK") as never,
      DROP_CONTROLLER: counted(env.DROP_CONTROLLER, "DROP_CONTROLLER") as never,
      RATE_LIMITER: counted(env.RATE_LIMITER, "RATE_LIMITER") as never,
    });
    vi.spyOn(Date, "now").mockReturnValue(Date.now());
    const ask = (n: number) => {
      const headers = {
        "content-type": "application/json",
        // Networks of their own: a crowd, and not one that asks too often.
        "cf-connecting-ip": `198.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`,
      };
      const body = JSON.stringify({ email: `person-${n}@example.com` });
      const path = `https://shop.test/api/v1/drops/${drop.id}/tickets`;
      return own.fetch(new Request(path, { method: "POST", headers, body }));
    };
    expect((await ask(0)).status).toBe(201);
    touched.length = 0;
    for (let n = 1; n <= 1_000; n++) {
      const answer = await ask(n);
      if (answer.status !== 201) throw new Error(`${n}: ${await answer.text()}`);
      await answer.arrayBuffer();
    }
    expect(touched).toEqual([]);
  });

  test("with the controller gone people join, wait, and are told to ask again", async () => {
    const drop = await announce(shop);
    const gone = {
      getByName: () => ({
        state: () => Promise.reject(new Error("gone")),
        report: () => Promise.reject(new Error("gone")),
      }),
    };
    vi.spyOn(console, "warn").mockReturnValue();
    const own = { fetch: isolate({ DROP_CONTROLLER: gone as never }).fetch };
    const ticket = await ticketOf(drop, "no-controller@example.com", own);
    vi.spyOn(Date, "now").mockReturnValue(drop.opensAtMs + 1_000);
    const body = { email: "no-controller@example.com", ticket };
    const refused = await postOrder(shop, drop.productId, body, keyOf("no-controller"), own);
    expect(refused.json).toMatchObject({ code: "ticket_not_admitted", drop_id: drop.id });
    expect(refused.json.poll_after_ms).toBeGreaterThan(1_000);
  });

  test("with D1 down a line that is known goes on", async () => {
    const drop = await announce(shop);
    let isDown = false;
    const down = new Proxy(env.DB, {
      get(target, property) {
        if (isDown) throw new Error("D1_ERROR: Network connection lost.");
        const member: unknown = Reflect.get(target, property, target);
        return typeof member === "function" ? (member.bind(target) as unknown) : member;
      },
    });
    vi.spyOn(console, "warn").mockReturnValue();
    const own = { fetch: isolate({ DB: down }).fetch };
    await ticketOf(drop, "before-it-fell@example.com", own);
    isDown = true;
    vi.spyOn(Date, "now").mockReturnValue(Date.now() + 60_000);
    const joined = await join(drop, "while-it-is-down@example.com", {}, own);
    expect(joined.status).toBe(201);
  });
});

describe("clocks that are off", () => {
  test("a ticket of an edge that is seconds ahead is taken, of one that is minutes ahead it is not", async () => {
    const drop = await announce(shop);
    const now = letInAtMs(drop);
    vi.spyOn(Date, "now").mockReturnValue(now + 4_000);
    const ahead = { fetch: isolate().fetch };
    const slightly = await ticketOf(drop, "slightly@example.com", ahead);
    vi.spyOn(Date, "now").mockReturnValue(now + 300_000);
    const wildly = await ticketOf(drop, "wildly@example.com", { fetch: isolate().fetch });
    const open = await letIn(drop);
    const one = { email: "slightly@example.com", ticket: slightly };
    const taken = await postOrder(shop, drop.productId, one, keyOf("slightly"), open);
    expect(taken.json.because).toBeUndefined();
    const two = { email: "wildly@example.com", ticket: wildly };
    const refused = await postOrder(shop, drop.productId, two, keyOf("wildly"), open);
    expect(refused.json).toMatchObject({
      code: "ticket_required",
      because: "ticket_from_future",
    });
  });
});

describe("nonsense", () => {
  test("is 404 for what is no drop, 400 for what is no request", async () => {
    const drop = await announce(shop);
    for (const id of ["drop_00000000000000000000", "drop_x", "prd_00000000000000000000", "%20"]) {
      for (const path of [`/${id}`, `/${id}/verify?email=a@example.com`]) {
        expect((await call(`/api/v1/drops${path}`)).status).toBe(404);
      }
      expect((await join({ id }, "nobody@example.com")).status).toBe(404);
    }
    for (const body of [{}, { email: "" }, { email: "x" }, { email: "a@example.com", seed: "x" }]) {
      expect((await call(`/api/v1/drops/${drop.id}/tickets`, { body })).status).toBe(400);
    }
    const text = { body: "email=a@example.com", type: "text/plain" };
    expect((await call(`/api/v1/drops/${drop.id}/tickets`, text)).status).toBe(415);
  });

  test("a place cannot be verified before the drop is over, nor without saying whose", async () => {
    const drop = await announce(shop);
    const path = `/api/v1/drops/${drop.id}/verify`;
    const before = await call(`${path}?email=a@example.com`);
    expect([before.status, before.json.code]).toEqual([409, "drop_not_over"]);
    const over = await at(drop, drop.closesAtMs);
    for (const query of ["", "?email=x", "?identity=x", `?ticket=${"x".repeat(300)}`]) {
      const { status, json } = await call(`${path}${query}`, over);
      expect([status, json.code]).toEqual([400, "invalid_query"]);
    }
    const forged = await call(`${path}?ticket=kt1.nonsense`, over);
    expect([forged.status, forged.json]).toMatchObject([
      403,
      { code: "ticket_required", because: "ticket_malformed" },
    ]);
  });
});
