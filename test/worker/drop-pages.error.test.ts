import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { createHash } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { LINE_MAX_MIN } from "../../src/domain/drop/drop-record.ts";
import { addTo, emptySketch, type Sketch } from "../../src/domain/memory/hyperloglog.ts";
import { eventually } from "../support/worker/eventually.ts";
import { announce } from "../support/worker/drops.ts";
import { isolate } from "../support/worker/isolate.ts";
import { formOf, inputValue, Visitor, words, type Page } from "../support/worker/pages.ts";
import { call, migrate, openShop, type Shop } from "../support/worker/shop.ts";

/** What the pages of a drop say to those who may not, or not yet. */
let shop: Shop;
beforeAll(async () => {
  await migrate();
  shop = await openShop("demo");
});

const TICKET = "__Host-kamidrop_ticket";
const slugOf = async (drop: { productId: string }) =>
  (await shop.admin(`/products/${drop.productId}`)).json.slug as string;

async function joined(drop: { id: string }, email = "waits@example.com") {
  const visitor = new Visitor("en");
  const page = await visitor.post(`/drops/${drop.id}/join`, { email });
  expect(page).toMatchObject({ status: 303, location: `/drops/${drop.id}` });
  return visitor;
}

function crowd(people: number): Sketch {
  const sketch = emptySketch();
  for (let person = 0; person < people; person++) {
    addTo(sketch, createHash("sha256").update(String(person)).digest());
  }
  return sketch;
}

const place = async (visitor: Visitor, drop: { id: string }) =>
  JSON.parse((await visitor.get(`/drops/${drop.id}/place?lang=en`)).html);

describe("the form that joins", () => {
  test("of a line that is full turns newcomers away, at both doors, and says that it was chance", async () => {
    const policy = { challenge: "never", line_max: LINE_MAX_MIN };
    const drop = await announce(shop, { policy });
    // The first edge that looks tells the controller of its drop.
    await call(`/api/v1/drops/${drop.id}/state`, isolate());
    const controller = env.DROP_CONTROLLER.getByName(drop.id);
    await controller.report({
      edgeNowMs: Date.now(),
      early: crowd(2 * LINE_MAX_MIN),
      late: emptySketch(),
      lateTickets: [],
    });
    await runDurableObjectAlarm(controller);
    // What this Worker has heard of the line is a second old at most.
    const visitor = new Visitor("en");
    const page = await eventually(async () => {
      const email = `${crypto.randomUUID()}@example.com`;
      const answer = await visitor.post(`/drops/${drop.id}/join`, { email });
      return answer.status === 403 ? answer : null;
    });
    expect(words(page)).toContain("newcomers are turned away at random");
    const email = "late-comer@example.com";
    const told = await call(`/api/v1/drops/${drop.id}/tickets`, { body: { email } });
    expect([told.status, told.json.code]).toEqual([403, "line_full"]);
  });

  test("gives a place that the waiting page knows, and the same one again", async () => {
    const drop = await announce(shop);
    const visitor = await joined(drop);
    expect(await place(visitor, drop)).toMatchObject({ phase: "upcoming" });
    const held = visitor.cookie(TICKET);
    await visitor.post(`/drops/${drop.id}/join`, { email: "Waits+again@example.com" });
    const [ticket] = (held ?? "").split("~");
    expect(visitor.cookie(TICKET)?.split("~")[0]).toBe(ticket);
  });

  test("hands the ticket to this browser alone: no script, no other site, no other host", async () => {
    const drop = await announce(shop);
    const page = await new Visitor("en").post(`/drops/${drop.id}/join`, { email: "a@example.com" });
    const cookie = page.headers.getSetCookie().find((one) => one.startsWith(`${TICKET}=`)) ?? "";
    for (const part of ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"]) {
      expect(cookie.split("; ")).toContain(part);
    }
    expect(cookie).not.toContain("Domain=");
    expect(page.html + (page.location ?? "")).not.toContain("kt1.");
    const room = await new Visitor("en").get(`/drops/${drop.id}`);
    expect(room.html).not.toContain("kt1.");
  });

  test("says what is wrong beside its field, and keeps what was typed", async () => {
    const drop = await announce(shop, {
      policy: { challenge: "never", qualification: "email_code" },
    });
    const visitor = new Visitor("en");
    const post = (fields: Record<string, string>) => visitor.post(`/drops/${drop.id}/join`, fields);
    const nobody = await post({ email: `"><i>nobody` });
    expect(nobody.status).toBe(422);
    expect(nobody.html).not.toContain("<i>");
    expect(inputValue(nobody, "email")).toContain("nobody");

    const without = await post({ email: "a@example.com" });
    expect(without.status).toBe(422);
    expect(words(without)).toContain("Type in the six digits");
    const wrong = await post({ email: "a@example.com", code: "000000" });
    expect(words(wrong)).toContain("That is not the code");
    expect(inputValue(wrong, "email")).toBe("a@example.com");
    expect(inputValue(wrong, "code")).toBe("");
    expect(visitor.cookie(TICKET)).toBeUndefined();
  });

  test("takes five guesses at a code in ten minutes and no more, at either door", async () => {
    const drop = await announce(shop, {
      policy: { challenge: "never", qualification: "email_code" },
    });
    const visitor = new Visitor("en");
    const fields = { email: "guessed@example.com", code: "123456" };
    const statuses = [];
    for (let guess = 0; guess < 6; guess++) {
      statuses.push((await visitor.post(`/drops/${drop.id}/join`, fields)).status);
    }
    expect(statuses).toEqual([422, 422, 422, 422, 422, 429]);
    const last = await visitor.post(`/drops/${drop.id}/join`, fields);
    expect(last.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(words(last)).toMatch(/Too many tries\. You may try again in \d+ (s|min)/);
  });

  test("of another site does nothing", async () => {
    const drop = await announce(shop);
    const visitor = new Visitor("en");
    const from = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
    const page = await visitor.post(`/drops/${drop.id}/join`, { email: "a@example.com" }, from);
    expect(page.status).toBe(403);
    expect(visitor.cookie(TICKET)).toBeUndefined();
  });

  test("of a drop that is over leads to its product", async () => {
    const drop = await announce(shop);
    await shop.admin(`/drops/${drop.id}/close`, { method: "POST" });
    const slug = await slugOf(drop);
    let page: Page | null = null;
    for (let turn = 0; turn < 200 && page?.location !== `/p/${slug}`; turn++) {
      page = await new Visitor("en").post(`/drops/${drop.id}/join`, { email: "a@example.com" });
      await scheduler.wait(50);
    }
    expect(page).toMatchObject({ status: 303, location: `/p/${slug}` });
  });
});

test("a drop that its merchant has paused says so, and takes nobody in by its page", async () => {
  const drop = await announce(shop);
  const path = `/products/${drop.productId}`;
  const { json: product } = await shop.admin(path);
  await shop.admin(path, {
    method: "PATCH",
    body: { status: "closed" },
    headers: { "if-match": `"${product.version}"` },
  });
  const page = await eventually(async () => {
    const found = await new Visitor("en").get(`/p/${product.slug}`);
    return words(found).includes("has paused this drop") ? found : null;
  });
  expect(page.html).not.toContain(`/drops/${drop.id}/join`);
});

describe("the checkout of a product that is sold in a drop", () => {
  test("leads whoever is not in line to it, and whoever waits back to their place", async () => {
    const drop = await announce(shop);
    const slug = await slugOf(drop);
    const stranger = await new Visitor("en").get(`/checkout/${slug}`);
    expect(stranger).toMatchObject({ status: 303, location: `/p/${slug}` });
    const visitor = await joined(drop);
    const waits = await visitor.get(`/checkout/${slug}`);
    expect(waits).toMatchObject({ status: 303, location: `/drops/${drop.id}` });
  });

  test("takes no order by a form that was filled in elsewhere", async () => {
    const drop = await announce(shop);
    const slug = await slugOf(drop);
    const other = await new Visitor("en").get("/lookup");
    const fields = {
      ...formOf(other),
      idempotency_key: "a-key-that-was-made-up-by-hand",
      quantity: "1",
      email: "waits@example.com",
      payment_method: "epay",
    };
    const stranger = await new Visitor("en").post(`/checkout/${slug}`, fields);
    expect(stranger).toMatchObject({ status: 303, location: `/p/${slug}` });

    const visitor = await joined(drop);
    const another = { ...fields, email: "somebody.else@example.com" };
    const page = await visitor.post(`/checkout/${slug}`, another);
    expect(page.status).toBe(403);
    expect(words(page)).toContain("belongs to another address");
  });
});
