import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { mintTicket } from "../../src/domain/drop/ticket.ts";
import { base64url } from "../../src/domain/encoding.ts";
import type { Bindings } from "../../src/platform/bindings.ts";
import { depsFor } from "../../src/platform/deps.ts";
import { Visitor, words } from "../support/worker/pages.ts";
import { migrate, openShop, stockedProduct, type Shop } from "../support/worker/shop.ts";

/** The pages of a drop, as browsers without scripts and the pages' own scripts ask for them. */
let shop: Shop;
beforeAll(async () => {
  await migrate();
  shop = await openShop("demo");
});

const { vault, drops } = depsFor(env as Bindings, {});
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();
const HOUR_MS = 3600_000;

async function makeDrop(changes: Record<string, unknown> = {}) {
  const product = await stockedProduct(shop, [crypto.randomUUID(), crypto.randomUUID()]);
  const body = {
    product_id: product.id,
    opens_at: inSeconds(3600),
    closes_at: inSeconds(7200),
    quantity: 2,
    ...changes,
  };
  const { status, json } = await shop.admin("/drops", { body });
  expect(status).toBe(201);
  return { product, drop: json };
}

/** Someone who joined, as their browser holds it. */
async function inLine(drop: { id: string }, email = "waits@example.com", joinedAtMs = Date.now()) {
  const dropId = drop.id as never;
  const identity = await drops.draws.identity(dropId, email);
  const expiresAtMs = Date.now() + 24 * HOUR_MS;
  const ticket = await mintTicket(vault, { dropId, identity, joinedAtMs, expiresAtMs });
  const visitor = new Visitor("en");
  const held = `${ticket}~${base64url(new TextEncoder().encode(email))}`;
  visitor.setCookie("__Host-kamidrop_ticket", held);
  return { visitor, ticket };
}

const placeOf = async (visitor: Visitor, drop: { id: string }) =>
  JSON.parse((await visitor.get(`/drops/${drop.id}/place?lang=en`)).html);

describe("the waiting line before the opening", () => {
  test("is one page for everyone, kept by no shared cache, and says nothing of anyone", async () => {
    const { drop } = await makeDrop();
    const { visitor, ticket } = await inLine(drop);
    const mine = await visitor.get(`/drops/${drop.id}`);
    const others = await new Visitor("en").get(`/drops/${drop.id}`);
    const plain = (html: string) => html.replaceAll(/nonce="[^"]*"/g, "");
    expect(plain(mine.html)).toBe(plain(others.html));
    expect(mine.html).not.toContain(ticket);
    expect(mine.html.length).toBeLessThan(30_000);
    expect(mine.html).toContain(`0;url=/drops/${drop.id}/plain`);
  });

  test("tells whoever holds a ticket that they are in it, and when to ask again", async () => {
    const { drop } = await makeDrop();
    const { visitor } = await inLine(drop);
    const place = await placeOf(visitor, drop);
    expect(place).toMatchObject({ phase: "upcoming", headline: "You are in line", enter: null });
    expect(place.poll_after_ms).toBeGreaterThan(10_000);
    expect(Math.abs(place.now_ms - Date.now())).toBeLessThan(10_000);
    expect(JSON.stringify(place)).not.toMatch(/draw"|seed|identity/);
  });

  test("tells whoever holds none, another drop's or a forged one that they are not", async () => {
    const { drop } = await makeDrop();
    const { drop: other } = await makeDrop();
    const { visitor } = await inLine(other);
    expect(await placeOf(visitor, drop)).toMatchObject({ phase: "none", poll_after_ms: null });
    expect(await placeOf(new Visitor("en"), drop)).toMatchObject({ phase: "none" });
    const forged = await inLine(drop);
    const held = forged.visitor.cookie("__Host-kamidrop_ticket") ?? "";
    forged.visitor.setCookie("__Host-kamidrop_ticket", held.replace(/.(?=~)/, "!"));
    expect(await placeOf(forged.visitor, drop)).toMatchObject({ phase: "none" });
  });

  test("is drawn for those without scripts, and comes back by itself", async () => {
    const { drop, product } = await makeDrop();
    const { visitor } = await inLine(drop);
    const page = await visitor.get(`/drops/${drop.id}/plain`);
    expect(page.status).toBe(200);
    expect(page.headers.get("cache-control")).toBe("no-store");
    expect(words(page)).toContain("You are in line");
    expect(page.html).toMatch(/<noscript><meta http-equiv="refresh" content="\d+"/);
    expect(page.html).toContain(`/p/${product.slug}`);
    const stranger = await new Visitor("en").get(`/drops/${drop.id}/plain`);
    expect(words(stranger)).toContain("You are not in line here");
    expect(stranger.html).not.toContain("http-equiv");
  });

  test("keeps the place when the language is changed", async () => {
    const { drop } = await makeDrop();
    const { visitor } = await inLine(drop);
    await visitor.get(`/drops/${drop.id}?lang=zh-CN`);
    const page = await visitor.get(`/drops/${drop.id}/plain`);
    expect(words(page)).toContain("您已在队伍中");
  });
});

describe("the draw laid open", () => {
  test("before the end shows its seal and nothing else, whoever asks", async () => {
    const { drop } = await makeDrop();
    const visitor = new Visitor("en");
    const page = await visitor.get(`/drops/${drop.id}/verify`);
    expect(words(page)).toContain(drop.seed_commitment ?? drop.commitment);
    expect(page.html).not.toContain("data-seed");
    const asked = await visitor.post(`/drops/${drop.id}/verify`, { email: "a@example.com" });
    expect(asked.status).toBe(200);
    expect(asked.html).not.toContain("data-seed");
  });

  test("after the end shows the seed, that the seal fits, and each one their draw", async () => {
    const { drop } = await makeDrop();
    await shop.admin(`/drops/${drop.id}/close`, { method: "POST" });
    const booked = await drops.drop(drop.id as never);
    if (booked === null) throw new Error("no drop");
    const seed = await drops.draws.seed(booked.drop);
    const visitor = new Visitor("en");
    let page = await visitor.get(`/drops/${drop.id}/verify`);
    for (let turn = 0; turn < 200 && !page.html.includes(seed); turn++) {
      await scheduler.wait(50);
      page = await visitor.get(`/drops/${drop.id}/verify`);
    }
    expect(words(page)).toContain("The seal fits the number");
    const email = "Me.Too+x@Gmail.com";
    const answer = await visitor.post(`/drops/${drop.id}/verify`, { email });
    const identity = await drops.draws.identity(drop.id as never, email.toLowerCase());
    const draw = await drops.draws.draw(booked.drop, identity);
    expect(words(answer)).toContain(`${draw.toFixed(6)} (0x`);
    const wrong = await visitor.post(`/drops/${drop.id}/verify`, { email: "<nobody>" });
    expect(wrong.status).toBe(422);
  });
});

test("what is no drop of this shop is not found, on every page of it", async () => {
  const other = await openShop();
  const product = await stockedProduct(other, [crypto.randomUUID()]);
  const body = {
    product_id: product.id,
    opens_at: inSeconds(3600),
    closes_at: inSeconds(7200),
    quantity: 1,
  };
  const { json: theirs } = await other.admin("/drops", { body });
  const visitor = new Visitor("en");
  for (const id of [theirs.id, "drop_00000000000000000000", "x", "x".repeat(200)]) {
    for (const page of ["", "/plain", "/place", "/verify"]) {
      expect((await visitor.get(`/drops/${id}${page}`)).status).toBe(404);
    }
  }
});
