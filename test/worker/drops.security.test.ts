import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { canonicalEmail } from "../../src/domain/email.ts";
import { isolate, wiredObjects } from "../support/worker/isolate.ts";
import { announce, at, join, letIn, ticketOf } from "../support/worker/drops.ts";
import { call, migrate, openShop, postOrder, type Shop } from "../support/worker/shop.ts";

/** Who would buy without a turn, with another's, or twice; and what nobody may learn. */
let shop: Shop;
beforeAll(async () => {
  await migrate();
  shop = await openShop();
});
afterEach(() => vi.restoreAllMocks());

let orders = 0;
const key = () => `order-of-a-stranger-${++orders}`.padEnd(24, "-");

describe("a ticket", () => {
  test("that is forged, copied, of another drop or of another mailbox buys nothing, and asks no object", async () => {
    const [drop, other] = [await announce(shop), await announce(shop)];
    const email = "victim@example.com";
    const ticket = await ticketOf(drop, email);
    const foreign = await ticketOf(other, email);
    const parts = ticket.split(".");
    const [, , , identity = "", joined = "", expires = ""] = parts;
    const altered = (place: number, text: string) =>
      parts.map((part, n) => (n === place ? text : part)).join(".");
    const otherEnd = (text: string) => text.slice(0, -1) + (text.endsWith("0") ? "1" : "0");
    const attacker = "attacker@example.com";
    const own = await ticketOf(drop, attacker);
    const attempts: [string, string, string][] = [
      [email, altered(4, otherEnd(joined)), "ticket_forged"],
      [email, altered(5, otherEnd(expires)), "ticket_forged"],
      [email, altered(1, "9"), "ticket_forged"],
      [email, altered(6, "A".repeat(32)), "ticket_forged"],
      [attacker, altered(3, own.split(".")[3] ?? ""), "ticket_forged"],
      [attacker, ticket, "ticket_of_other_identity"],
      [email, own, "ticket_of_other_identity"],
      [email, foreign, "ticket_of_other_drop"],
      [email, foreign.replace(/\.[0-9a-z]{20}\./, `.${drop.id.slice(5)}.`), "ticket_forged"],
      [email, `${ticket} `, "ticket_malformed"],
      [email, ticket.toUpperCase(), "ticket_malformed"],
      [email, identity, "ticket_malformed"],
      [email, "'; DROP TABLE drops; --", "ticket_malformed"],
    ];
    await letIn(drop);
    let asked = 0;
    const counted = isolate({
      PRODUCT_STOCK: wiredObjects(env.PRODUCT_STOCK, async ({ method, ask }) => {
        if (method === "reserve") asked++;
        return ask();
      }),
    });
    for (const [by, text, because] of attempts) {
      const body = { email: by, ticket: text };
      const answer = await postOrder(shop, drop.productId, body, key(), counted);
      expect([answer.status, answer.json.code, answer.json.because]).toEqual([
        403,
        "ticket_required",
        because,
      ]);
    }
    const without = await postOrder(shop, drop.productId, { email }, key(), counted);
    expect(without.json).toMatchObject({ code: "ticket_required", because: null });
    expect(asked).toBe(0);
  });

  test("shown to thirty edges at once buys once", async () => {
    const drop = await announce(shop, { keys: 10 });
    const email = "everywhere@example.com";
    const ticket = await ticketOf(drop, email);
    await letIn(drop);
    const answers = await Promise.all(
      Array.from({ length: 30 }, () =>
        postOrder(shop, drop.productId, { email, ticket }, key(), { fetch: isolate().fetch }),
      ),
    );
    const codes = answers.map(({ status, json }) => (status === 201 ? "placed" : json.code));
    expect(codes.filter((code) => code === "placed")).toHaveLength(1);
    expect(new Set(codes)).toEqual(new Set(["placed", "ticket_used"]));
  });

  test("of the same mailbox, written otherwise and joined anew, buys nothing more", async () => {
    const drop = await announce(shop, { keys: 10 });
    const names = ["o.ne+a@gmail.com", "one@gmail.com", "one+b@googlemail.com"];
    expect(new Set(names.map(canonicalEmail)).size).toBe(1);
    const tickets = new Map<string, string>();
    for (const email of names) tickets.set(email, await ticketOf(drop, email));
    const open = await letIn(drop);
    const statuses: number[] = [];
    for (const [email, ticket] of tickets) {
      const answer = await postOrder(shop, drop.productId, { email, ticket }, key(), open);
      statuses.push(answer.status);
    }
    expect(statuses).toEqual([201, 403, 403]);
  });
});

describe("the order of the line", () => {
  test("is nobody's to know before the opening: no answer tells the seed, nor any draw", async () => {
    const drop = await announce(shop);
    const joined = await join(drop, "curious@example.com");
    const looks = [
      joined,
      await call(`/api/v1/drops/${drop.id}`),
      await call(`/api/v1/drops/${drop.id}/state`),
      await call(`/api/v1/drops/${drop.id}/verify?email=curious@example.com`),
      await shop.admin(`/drops/${drop.id}`),
      await shop.admin("/drops"),
      await shop.admin("/audit-log"),
    ];
    const over = await at(drop, drop.closesAtMs);
    const { json } = await call(`/api/v1/drops/${drop.id}`, over);
    const proof = await call(`/api/v1/drops/${drop.id}/verify?email=curious@example.com`, over);
    expect(json.seed).toMatch(/^[\w-]{43}$/);
    for (const { text } of looks) {
      expect(text).not.toContain(json.seed);
      expect(text).not.toContain(String(proof.json.draw));
    }
  });

  test("is not told while people are still let in, by verify or anything else", async () => {
    const drop = await announce(shop);
    const open = await letIn(drop);
    for (const path of ["", "/state"]) {
      expect((await call(`/api/v1/drops/${drop.id}${path}`, open)).json.seed).toBeNull();
    }
    const verify = await call(`/api/v1/drops/${drop.id}/verify?email=a@example.com`, open);
    expect(verify.json.code).toBe("drop_not_over");
  });
});

describe("a cookie", () => {
  test("of nonsense, of another drop, or of a dozen tickets is no ticket and no error", async () => {
    const drop = await announce(shop);
    const email = "cookie@example.com";
    const other = await ticketOf(await announce(shop), email);
    const values = [
      "nonsense",
      "kt1.~",
      `${other}~Y29va2llQGV4YW1wbGUuY29t`,
      Array.from({ length: 12 }, () => `${other}~Y29va2llQGV4YW1wbGUuY29t`).join("|"),
      "%00%ff",
    ];
    for (const value of values) {
      const headers = { cookie: `__Host-kamidrop_ticket=${value}` };
      const joined = await join(drop, email, {}, { headers });
      expect(joined.status).toBe(201);
      const set = joined.headers.get("set-cookie") ?? "";
      // Four lines at most, however many came.
      expect(set.length).toBeLessThan(1_500);
      expect(set).toContain(joined.json.ticket);
    }
  });
});

test("joining is limited, of one network and of one mailbox", async () => {
  const drop = await announce(shop);
  const headers = { "cf-connecting-ip": "203.0.113.77" };
  const answers = new Set<number>();
  for (let n = 0; n < 20; n++) {
    answers.add((await join(drop, "again-and-again@example.com", {}, { headers })).status);
  }
  expect(answers).toEqual(new Set([201, 429]));
});
