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
import {
  call,
  getOrder,
  migrate,
  openShop,
  postOrder,
  sendNotice,
  type Shop,
} from "../support/worker/shop.ts";

/** A drop from its announcement to the verified draw, over HTTP. */
let shop: Shop;
beforeAll(async () => {
  await migrate();
  shop = await openShop();
});
afterEach(() => vi.restoreAllMocks());

const dropOf = async (id: string, init = {}) => (await call(`/api/v1/drops/${id}`, init)).json;

describe("joining before the opening", () => {
  test("gives an early place and keeps the draw, which the opening tells", async () => {
    const drop = await announce(shop);
    const joined = await join(drop, "early@example.com");
    expect(joined.status).toBe(201);
    expect(joined.headers.get("cache-control")).toBe("no-store");
    expect(joined.json).toEqual({
      drop_id: drop.id,
      ticket: expect.stringMatching(/^kt1\./),
      identity: expect.stringMatching(/^[\w-]{22}$/),
      place: "early",
      joined_at: expect.any(String),
      draw: null,
      opens_at: new Date(drop.opensAtMs).toISOString(),
      closes_at: new Date(drop.closesAtMs).toISOString(),
      state_url: `/api/v1/drops/${drop.id}/state`,
      poll_after_ms: expect.any(Number),
    });
    const open = await at(drop, drop.opensAtMs + 1_000);
    const { ticket } = joined.json;
    const told = await join(drop, "early@example.com", { ticket }, open);
    expect(told.json).toMatchObject({ ticket, place: "early", draw: expect.any(Number) });
  });

  test("again with the same mailbox is the same draw, whichever way it is written", async () => {
    const drop = await announce(shop);
    const identities = new Set<string>();
    for (const email of ["f.irst@gmail.com", "first+drop@googlemail.com", "FIRST@gmail.com"]) {
      identities.add((await join(drop, email)).json.identity);
    }
    expect(identities.size).toBe(1);
  });

  test("leaves a browser a cookie, by which a late reload keeps the early place", async () => {
    const drop = await announce(shop);
    const joined = await join(drop, "browser@example.com");
    const cookie = joined.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/^__Host-kamidrop_ticket=/);
    expect(cookie).toMatch(/; HttpOnly; Secure; SameSite=Lax/i);
    const open = await at(drop, drop.opensAtMs + 1_000);
    const headers = { cookie: cookie.split(";", 1)[0] ?? "" };
    const again = await join(drop, "browser@example.com", {}, { ...open, headers });
    expect(again.json).toMatchObject({ ticket: joined.json.ticket, place: "early" });
    const without = await join(drop, "browser@example.com", {}, open);
    expect(without.json).toMatchObject({ place: "late", identity: joined.json.identity });
  });
});

describe("when it is open", () => {
  test("early people order with their ticket, and hold the key; each once", async () => {
    const drop = await announce(shop, { keys: 2 });
    const ticket = await ticketOf(drop, "buys@example.com");
    const open = await letIn(drop);
    const body = { email: "buys@example.com", ticket };
    const placed = await postOrder(shop, drop.productId, body, "order-in-a-drop-0001", open);
    expect(placed.status).toBe(201);
    // Held as long as the drop says.
    expect(Date.parse(placed.json.expires_at)).toBe(letInAtMs(drop) + 300_000);
    expect((await sendNotice(shop, placed.json, {}, open)).text).toBe("success");
    expect((await getOrder(placed.json, open)).json).toMatchObject({ state: "delivered" });

    const same = await postOrder(shop, drop.productId, body, "order-in-a-drop-0001", open);
    expect([same.status, same.json.id]).toEqual([201, placed.json.id]);
    const second = await postOrder(shop, drop.productId, body, "order-in-a-drop-0002", open);
    expect([second.status, second.json.code]).toEqual([403, "ticket_used"]);
  });

  test("who comes late is let in behind them, while keys are left", async () => {
    const drop = await announce(shop, { keys: 2 });
    await ticketOf(drop, "was-early@example.com");
    const open = await letIn(drop);
    const joined = await join(drop, "late@example.com", {}, open);
    expect(joined.json).toMatchObject({ place: "late", draw: expect.any(Number) });
    const later = await at(drop, letInAtMs(drop) + 1_000);
    const body = { email: "late@example.com", ticket: joined.json.ticket };
    const placed = await postOrder(shop, drop.productId, body, "order-of-a-late-one", later);
    expect(placed.status).toBe(201);
  });

  test("a pool that has more keys than are on offer shows and sells no more than are", async () => {
    const drop = await announce(shop, { keys: 3, quantity: 1 });
    const ticket = await ticketOf(drop, "only-one@example.com");
    const second = await ticketOf(drop, "one-too-many@example.com");
    const open = await letIn(drop);
    const first = { email: "only-one@example.com", ticket };
    const placed = await postOrder(shop, drop.productId, first, "order-of-the-only-one", open);
    expect(placed.status).toBe(201);
    const other = { email: "one-too-many@example.com", ticket: second };
    const refused = await postOrder(shop, drop.productId, other, "order-of-one-too-many", open);
    expect(refused.json).toMatchObject({ code: "sold_out", available: 0 });
    const product = await call(`/api/v1/products/${drop.productId}?merchant=${shop.slug}`, open);
    expect(product.json).toMatchObject({ availability: "sold_out", drop: { state: "sold_out" } });
  });

  test("a product says where its line is, and is upcoming before", async () => {
    const drop = await announce(shop);
    const listed = async (init = {}) =>
      (await call(`/api/v1/products?merchant=${shop.slug}&limit=100`, init)).json.data.find(
        (product: { id: string }) => product.id === drop.productId,
      );
    expect(await listed()).toMatchObject({
      availability: "upcoming",
      drop: { id: drop.id, state: "upcoming" },
    });
    const open = await at(drop, drop.opensAtMs + 1_000);
    expect(await listed(open)).toMatchObject({
      availability: "low",
      drop: { id: drop.id, state: "open" },
    });
    const over = await at(drop, drop.closesAtMs);
    expect(await listed(over)).toMatchObject({ availability: "low", drop: null });
  });
});

describe("when it is over", () => {
  test("everything about the draw is laid open, and anyone's place can be worked out", async () => {
    const drop = await announce(shop);
    const email = "proves@example.com";
    const joined = await join(drop, email);
    const open = await at(drop, drop.opensAtMs + 1_000);
    const { draw } = (await join(drop, email, { ticket: joined.json.ticket }, open)).json;
    expect(await dropOf(drop.id, open)).toMatchObject({
      status: "open",
      seed: null,
      final_threshold: null,
      commitment: drop.commitment,
    });

    const over = await at(drop, drop.closesAtMs);
    const facts = await dropOf(drop.id, over);
    expect(facts).toMatchObject({
      status: "closed",
      seed: expect.any(String),
      commitment: drop.commitment,
      product: { id: drop.productId },
    });
    const { identity, ticket } = joined.json;
    for (const named of [`email=${email}`, `ticket=${ticket}`, `identity=${identity}`]) {
      const { status, json } = await call(`/api/v1/drops/${drop.id}/verify?${named}`, over);
      expect(status).toBe(200);
      expect(json).toMatchObject({ identity, draw, seed: facts.seed, commitment: drop.commitment });
      expect(json.place).toBe(named.startsWith("ticket") ? "early" : null);
    }
  });

  test("and its product is archived, the draw stays open to whoever took part", async () => {
    const drop = await announce(shop);
    await join(drop, "looks-later@example.com");
    await shop.admin(`/drops/${drop.id}/close`, { method: "POST" });
    const archived = await shop.admin(`/products/${drop.productId}/archive`, { method: "POST" });
    expect(archived.status).toBe(200);
    const later = { fetch: isolate().fetch };
    expect(await dropOf(drop.id, later)).toMatchObject({
      status: "closed",
      closed_at: expect.any(String),
      seed: expect.any(String),
    });
    const path = `/api/v1/drops/${drop.id}/verify?email=looks-later@example.com`;
    expect((await call(path, later)).status).toBe(200);
  });

  test("the product is sold as its own terms say, ticket or not", async () => {
    const drop = await announce(shop);
    const ticket = await ticketOf(drop, "after@example.com");
    const over = await at(drop, drop.closesAtMs + HOUR_MS);
    for (const [n, body] of [{ email: "after@example.com", ticket }, {}].entries()) {
      const key = `order-after-the-drop-${n}`;
      expect((await postOrder(shop, drop.productId, body, key, over)).status).toBe(201);
    }
  });
});
