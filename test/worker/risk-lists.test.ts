import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { keysNamed } from "../support/worker/notices.ts";
import {
  admin,
  migrate,
  openShop,
  postOrder,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";
import { from, setRisk } from "../support/worker/risk.ts";

let shop: Shop;
let product: { id: string };

beforeAll(async () => {
  await migrate();
});

beforeEach(async () => {
  shop = await openShop();
  product = await stockedProduct(shop, keysNamed("listed", 20));
});

const put = (entry: Record<string, unknown>) => shop.admin("/risk-lists", { body: entry });
const list = async (query = "") => (await shop.admin(`/risk-lists${query}`)).json.data;
const order = async (email: string, place: Parameters<typeof from>[0] = {}) =>
  (await postOrder(shop, product.id, { email }, undefined, from(place))).status;

describe("a merchant keeps out", () => {
  it.each([
    ["email", "Bad.Buyer+x@gmail.com", "badbuyer@gmail.com", {}],
    ["domain", "@bad.example", "bad.example", {}],
    ["network", "198.51.100.77/24", "198.51.100.0/24", { address: "198.51.100.9" }],
    ["network", "2001:db8:9::/48", "2001:db8:9:0:0:0:0:0/48", { address: "2001:db8:9:1::7" }],
    ["country", "kp", "KP", { country: "KP" }],
    ["asn", "AS64496", "64496", { asn: 64_496 }],
  ])("a %s, %s", async (kind, value, form, place) => {
    const email = kind === "email" ? "badbuyer@gmail.com" : "me@sub.bad.example";
    expect(await order(email, place)).toBe(201);
    const added = await put({ list: "deny", kind, value, note: "resold" });
    expect(added.json).toMatchObject({ list: "deny", kind, value: form, note: "resold" });
    expect(await order(email, place)).toBe(403);
    expect(await order("someone@else.example", { address: "192.0.2.1", country: "CN" })).toBe(201);
    const removed = await shop.admin(`/risk-lists/${added.json.id}`, { method: "DELETE" });
    expect(removed.status).toBe(204);
    expect(await order(email, place)).toBe(201);
  });

  it("nobody of another shop", async () => {
    await put({ list: "deny", kind: "domain", value: "example.com" });
    expect(await order("a@example.com")).toBe(403);
    const other = await openShop();
    const theirs = await stockedProduct(other, ["X"]);
    expect((await postOrder(other, theirs.id, { email: "a@example.com" })).status).toBe(201);
  });
});

it("whom a merchant lets in is let in, whatever else is known of them", async () => {
  await setRisk(shop, { disposable_mail: 500 });
  await put({ list: "deny", kind: "country", value: "US" });
  expect(await order("friend@mailinator.com", { country: "US" })).toBe(403);
  await put({ list: "allow", kind: "email", value: "friend@mailinator.com" });
  expect(await order("friend@mailinator.com", { country: "US" })).toBe(201);
});

it("a value stands on one list: sent again, it moves, under the same id", async () => {
  const first = await put({ list: "deny", kind: "country", value: "FR" });
  const expires_at = "2031-01-01T00:00:00Z";
  const second = await put({
    list: "allow",
    kind: "country",
    value: "fr",
    note: "why",
    expires_at,
  });
  expect(second.json.id).toBe(first.json.id);
  expect(await list()).toEqual([second.json]);
  expect(second.json).toMatchObject({ list: "allow", note: "why" });
});

it("an entry that has expired keeps nobody out", async () => {
  const soon = new Date(Date.now() + 1_000).toISOString();
  await put({ list: "deny", kind: "country", value: "FR", expires_at: soon });
  expect(await order("a@example.com", { country: "FR" })).toBe(403);
  await expect.poll(() => order("a@example.com", { country: "FR" }), { timeout: 5_000 }).toBe(201);
});

it("lists are read in pages, of one list or kind, and every change is in the audit log", async () => {
  for (const value of ["FR", "DE", "IT"]) await put({ list: "deny", kind: "country", value });
  await put({ list: "allow", kind: "asn", value: "1" });
  expect(await list("?list=allow")).toHaveLength(1);
  expect(await list("?kind=country")).toHaveLength(3);
  const page = (await shop.admin("/risk-lists?limit=3")).json;
  const rest = (await shop.admin(`/risk-lists?limit=3&cursor=${page.next_cursor}`)).json;
  const values = [...page.data, ...rest.data].map(({ value }: { value: string }) => value);
  expect(values.toSorted()).toEqual(["1", "DE", "FR", "IT"]);
  const { data } = (await shop.admin("/audit-log")).json;
  expect(data[0]).toMatchObject({
    action: "risk_list.put",
    subject: "asn 1",
    detail: { list: "allow" },
  });
});

it("a shop's lists are bounded; what stands on them can still be moved", async () => {
  await env.DB.prepare(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
     INSERT INTO risk_list_entries SELECT 'rle_' || i || ?1, ?1, 'deny', 'asn', i, '', NULL, 0 FROM n`,
  )
    .bind(shop.id)
    .run();
  const full = await put({ list: "deny", kind: "asn", value: "5001" });
  expect([full.status, full.json.code, full.json.limit]).toEqual([409, "list_full", 5_000]);
  expect((await put({ list: "allow", kind: "asn", value: "5000" })).status).toBe(201);
  expect(await order("a@example.com", { asn: 4_999 })).toBe(403);
  expect(await order("a@example.com", { asn: 5_000 })).toBe(201);
});

describe("what is no entry is refused", () => {
  it.each([
    [{ list: "block", kind: "country", value: "FR" }, "list"],
    [{ list: "deny", kind: "phone", value: "1" }, "kind"],
    [{ list: "deny", kind: "country", value: "France" }, "value"],
    [{ list: "deny", kind: "network", value: "10.0.0.0/33" }, "value"],
    [{ list: "deny", kind: "email", value: "nobody" }, "value"],
    [{ list: "deny", kind: "asn", value: "AS0" }, "value"],
    [
      { list: "deny", kind: "country", value: "FR", expires_at: "2001-01-01T00:00:00Z" },
      "expires_at",
    ],
    [{ list: "deny", kind: "country", value: "FR", note: "a\u0000b" }, "note"],
    [{ list: "deny", kind: "country", value: "FR", extra: 1 }, ""],
  ])("%j", async (body, path) => {
    const { status, json } = await put(body);
    expect([status, json.code]).toEqual([400, "invalid_body"]);
    expect(json.errors.map((error: { path: string }) => error.path)).toContain(path);
    expect(await list()).toEqual([]);
  });

  it("an id that is none, or another shop's", async () => {
    const mine = (await put({ list: "deny", kind: "country", value: "FR" })).json.id;
    const other = await openShop();
    for (const id of ["rle_1", mine]) {
      const answer = await other.admin(`/risk-lists/${id}`, { method: "DELETE" });
      expect(answer.status).toBe(404);
    }
    expect(await list()).toHaveLength(1);
  });

  it("a token without the scope", async () => {
    const body = { name: "reader", scopes: ["orders:read"] };
    const { token } = (await shop.admin("/tokens", { body })).json;
    expect((await admin("/risk-lists", { token })).status).toBe(403);
  });
});
