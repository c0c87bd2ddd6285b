import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { gatedDatabase } from "../support/worker/gated-database.ts";
import { isolate } from "../support/worker/isolate.ts";
import { setRisk } from "../support/worker/risk.ts";
import {
  call,
  migrate,
  openShop,
  postOrder,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";

let shop: Shop;
let product: { id: string; slug: string };

beforeAll(async () => {
  await migrate();
  shop = await openShop();
  const keys = Array.from({ length: 20 }, (_, n) => `KEY-${n}`);
  product = await stockedProduct(shop, keys);
});

describe("rules that are none are refused, and those that hold stay", () => {
  it.each([
    [{ challenge_at: -1 }, "risk.challenge_at"],
    [{ challenge_at: "sometimes" }, "risk.challenge_at"],
    [{ deny_at: 1.5 }, "risk.deny_at"],
    [{ review_at: 10_001 }, "risk.review_at"],
    [{ email_velocity: { over: 1 } }, "risk.email_velocity"],
    [{ email_velocity: { over: -1, each: 1, most: 1 } }, "risk.email_velocity"],
    [{ email_velocity: { over: 1, each: 1, most: 1, extra: 1 } }, "risk.email_velocity"],
    [{ expected_countries: ["China"] }, "risk.expected_countries"],
    [{ expected_countries: "CN" }, "risk.expected_countries"],
    [{ disposable_domains: ["no dots"] }, "risk.disposable_domains"],
    [{ disposable_domains: Array.from({ length: 501 }, () => "a.example") }, "risk.disposable"],
    [{ weights: 1 }, "risk"],
  ])("%j", async (risk, path) => {
    const before = (await shop.admin("/settings")).json;
    const answer = await shop.admin("/settings", {
      method: "PATCH",
      headers: { "if-match": `"${before.version}"` },
      body: { risk },
    });
    expect([answer.status, answer.json.code]).toEqual([400, "invalid_body"]);
    expect(answer.json.errors[0].path.startsWith(path)).toBe(true);
    expect((await shop.admin("/settings")).json).toEqual(before);
  });
});

it("rules of a newer version that this one cannot read are the defaults, and orders go on", async () => {
  const other = await openShop();
  const theirs = await stockedProduct(other, ["A"]);
  await env.DB.prepare(
    "INSERT INTO merchant_settings (merchant_id, version, settings, updated_at_ms) VALUES (?1, 1, ?2, 0)",
  )
    .bind(other.id, JSON.stringify({ risk: { challengeAt: { by: "moon" }, newer: true } }))
    .run();
  expect((await postOrder(other, theirs.id)).status).toBe(201);
});

describe("what clients send of themselves", () => {
  it.each([
    ["a huge cookie", { cookie: `__Host-kamidrop_device=${"x".repeat(8_000)}` }],
    [
      "many cookies of one name",
      { cookie: Array(50).fill("__Host-kamidrop_device=a.b.c").join("; ") },
    ],
    ["a cookie of bytes", { cookie: "__Host-kamidrop_device=%00%ff%fe" }],
    ["an address that is none", { "cf-connecting-ip": "not an address" }],
    ["an address with a port", { "cf-connecting-ip": "198.51.100.1:80" }],
    ["an address of letters", { "cf-connecting-ip": "::zzzz" }],
  ])("%s breaks nothing", async (_title, headers) => {
    const email = "careful@example.com";
    const answer = await postOrder(shop, product.id, { email }, undefined, { headers });
    expect(answer.status).toBe(201);
  });

  it("ten thousand networks of one mailbox are one mailbox", async () => {
    await setRisk(shop, { email_velocity: { over: 3, each: 100, most: 100 }, deny_at: 100 });
    const statuses: number[] = [];
    for (let n = 0; n < 6; n++) {
      const headers = { "cf-connecting-ip": `2001:db8:${n}:${n}::1` };
      const email = `one+${n}@example.net`;
      statuses.push((await postOrder(shop, product.id, { email }, undefined, { headers })).status);
    }
    expect(statuses).toEqual([201, 201, 201, 403, 403, 403]);
    await setRisk(shop, null);
  });
});

it("a challenge is no field of a checkout link: nothing that is sent there is shown again", async () => {
  const page = await call("/checkout/x?challenge=%3Cscript%3Ealert(1)%3C%2Fscript%3E");
  expect(page.text).not.toContain("alert(1)");
});

it("with D1 down the lists and rules that an isolate remembers hold, and orders go on", async () => {
  await shop.admin("/risk-lists", { body: { list: "deny", kind: "domain", value: "bad.example" } });
  let isDown = false;
  const gate = () => (isDown ? Promise.reject(new Error("D1_ERROR: down")) : Promise.resolve());
  const through = isolate({ DB: gatedDatabase(env.DB, gate) });
  const ask = async (email: string, key: string) =>
    (await postOrder(shop, product.id, { email }, key, through)).status;
  expect(await ask("a@bad.example", "d1-up-and-denied-0001")).toBe(403);
  expect(await ask("a@good.example", "d1-up-and-taken-00001")).toBe(201);
  isDown = true;
  await scheduler.wait(3_200);

  expect(await ask("b@bad.example", "d1-down-and-denied-001")).toBe(403);
  expect(await ask("b@good.example", "d1-down-and-taken-0001")).toBe(201);
  vi.restoreAllMocks();
}, 30_000);
