import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { SCOPES, type Scope } from "../../src/domain/scopes.ts";
import { eventually } from "../support/worker/eventually.ts";
import { compare, epayFile, TODAY } from "../support/worker/statements.ts";
import {
  admin,
  call,
  cny,
  EPAY,
  epayAccount,
  migrate,
  openShop,
  OPERATOR,
  placeOrder,
  sendNotice,
  stockedProduct,
  type Call,
  type Shop,
} from "../support/worker/shop.ts";

let mine: Shop;
let theirs: Shop;
/** What belongs to `theirs`, and what `mine` must not be able to see or touch. */
let product: { id: string; slug: string };
let order: { id: string; amount: { amount_minor: number } };
let noticeId: string;
let keyId: string;
let tokenId: string;
/** A comparison of theirs, and a finding of it. */
let statement: { id: string; finding: number };

const SECRET_KEYS = ["SECRET-AAAA-BBBB-CCC1", "SECRET-AAAA-BBBB-CCC2", "SECRET-AAAA-BBBB-CCC3"];

beforeAll(async () => {
  await migrate();
  mine = await openShop();
  theirs = await openShop();
  product = await stockedProduct(theirs, SECRET_KEYS);
  order = await placeOrder(theirs, product.id);
  keyId = (await theirs.admin(`/products/${product.id}/keys`)).json.data[0].id;
  tokenId = (await mint(theirs, ["catalog:read"])).id;
  await sendNotice(theirs, { id: "of-nobody", amount: { amount_minor: 500 } });
  noticeId = (await theirs.admin("/payment-notices")).json.data[0].id;
  const file = epayFile([{ tradeNo: "T-of-nobody", orderId: "nobody", money: "1.00" }]);
  const { id } = (await compare(theirs, file)).json;
  const found = (await theirs.admin(`/reconciliations/${id}/findings`)).json.data;
  statement = { id, finding: found[0].number };
});

async function mint(shop: Shop, scopes: readonly Scope[], changes: Record<string, unknown> = {}) {
  return (await shop.admin("/tokens", { body: { name: "test", scopes, ...changes } })).json;
}

interface Route {
  readonly scope: Scope;
  readonly path: string;
  readonly init?: Call;
}

/** Every address of the admin API, with a request that is good but for who sends it. */
function routes(): Route[] {
  const post: Call = { method: "POST" };
  const slug = `made-${crypto.randomUUID()}`;
  const one = `/products/${product.id}`;
  const sale = `/orders/${order.id}`;
  const account = `/payment-accounts/${theirs.accountId}`;
  const comparison = `/reconciliations/${statement.id}`;
  const headers = { "if-match": "1" };
  return [
    { scope: "operator", path: "/merchants", init: { body: { slug, name: "Made" } } },
    { scope: "operator", path: "/merchants" },
    { scope: "catalog:read", path: "/products" },
    {
      scope: "catalog:write",
      path: "/products",
      init: { body: { slug, title: "T", price: cny(1) } },
    },
    { scope: "catalog:read", path: one },
    {
      scope: "catalog:write",
      path: one,
      init: { method: "PATCH", headers, body: { title: "Stolen" } },
    },
    { scope: "catalog:write", path: `${one}/archive`, init: post },
    { scope: "catalog:read", path: `${one}/stock` },
    { scope: "catalog:read", path: `${one}/keys` },
    {
      scope: "keys:import",
      path: `${one}/keys`,
      init: { body: "planted-key", type: "text/plain" },
    },
    { scope: "keys:read", path: `/keys/${keyId}/reveal`, init: post },
    { scope: "orders:read", path: "/orders" },
    { scope: "orders:read", path: sale },
    { scope: "orders:write", path: `${sale}/mark-paid`, init: post },
    { scope: "orders:write", path: `${sale}/ask-gateway`, init: post },
    { scope: "orders:write", path: `${sale}/fulfil`, init: { body: { keys: ["planted-key"] } } },
    { scope: "orders:write", path: `${sale}/cancel`, init: post },
    { scope: "orders:write", path: `${sale}/resend`, init: post },
    { scope: "payments:write", path: "/payment-accounts", init: { body: epayAccount({ slug }) } },
    { scope: "payments:read", path: "/payment-accounts" },
    { scope: "payments:read", path: account },
    { scope: "payments:write", path: account, init: { method: "PATCH", body: { active: false } } },
    { scope: "payments:read", path: "/payment-notices" },
    { scope: "payments:read", path: `/payment-notices/${noticeId}` },
    { scope: "payments:write", path: `/payment-notices/${noticeId}/replay`, init: post },
    {
      scope: "payments:write",
      path: `/reconciliations?account=${theirs.accountId}&day=${TODAY}`,
      init: { body: epayFile([]), type: "text/csv" },
    },
    {
      scope: "payments:write",
      path: "/reconciliations/fetch",
      init: { body: { account_id: theirs.accountId, day: TODAY } },
    },
    { scope: "payments:read", path: "/reconciliations" },
    { scope: "payments:read", path: "/reconciliations/fetches" },
    { scope: "payments:read", path: `/reconciliations/days/${TODAY}` },
    { scope: "payments:read", path: `/reconciliations/days/${TODAY}/summary.txt` },
    { scope: "payments:read", path: comparison },
    { scope: "payments:write", path: comparison, init: { method: "DELETE" } },
    { scope: "payments:write", path: `${comparison}/look-again`, init: post },
    { scope: "payments:read", path: `${comparison}/findings` },
    { scope: "payments:read", path: `${comparison}/findings.csv` },
    {
      scope: "payments:write",
      path: `${comparison}/findings/${statement.finding}/repair`,
      init: { body: { how: "explain", note: "stolen" } },
    },
    {
      scope: "tokens:write",
      path: "/tokens",
      init: { body: { name: "t", scopes: ["tokens:write"] } },
    },
    { scope: "tokens:write", path: "/tokens" },
    { scope: "tokens:write", path: `/tokens/${tokenId}`, init: { method: "DELETE" } },
    { scope: "settings:write", path: "/audit-log" },
  ];
}

describe("who is calling", () => {
  it("must be known at every address: nothing, nonsense and another scheme are one 401", async () => {
    const strangers: Call[] = [
      { token: null },
      { token: "kdm_nobody" },
      { token: `${OPERATOR}x` },
      { token: OPERATOR.slice(0, -1) },
      { token: "" },
      { token: null, headers: { authorization: `Basic ${btoa(`x:${OPERATOR}`)}` } },
      { token: null, headers: { authorization: OPERATOR } },
      { token: "x".repeat(10_000) },
    ];
    const bodies = new Set<string>();
    for (const { path, init } of routes()) {
      for (const stranger of strangers) {
        const answer = await admin(path, { ...init, ...stranger });
        expect(answer.status).toBe(401);
        expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer /);
        bodies.add(answer.text.replace(/req_\w+/, ""));
      }
    }
    expect(bodies.size).toBe(1);
  });

  it("is not asked of in the query or in a cookie", async () => {
    const headers = { cookie: `token=${OPERATOR}` };
    const answer = await admin(`/products?token=${OPERATOR}`, { token: null, headers });
    expect(answer.status).toBe(401);
  });

  it("is nobody once the token has expired or is revoked", async () => {
    const expiring = await mint(mine, ["catalog:read"], { expires_at: "2036-01-01T00:00:00Z" });
    const revoked = await mint(mine, ["catalog:read"]);
    const use = async (token: string) => (await admin("/products", { token })).status;
    expect([await use(expiring.token), await use(revoked.token)]).toEqual([200, 200]);
    await env.DB.prepare("UPDATE tokens SET expires_at_ms = 1 WHERE id = ?")
      .bind(expiring.id)
      .run();
    await mine.admin(`/tokens/${revoked.id}`, { method: "DELETE" });
    expect([await use(expiring.token), await use(revoked.token)]).toEqual([401, 401]);
  });
});

describe("a token's scopes", () => {
  it("are asked for at every address: with all but the one, it is refused by name", async () => {
    for (const { scope, path, init } of routes()) {
      const others = SCOPES.filter((each) => each !== scope);
      const { token } = await mint(theirs, others);
      const answer = await admin(path, { ...init, token });
      expect([path, answer.status, answer.json.code]).toEqual([path, 403, "scope_missing"]);
      expect(answer.json.scope).toBe(scope);
    }
  });

  it("cannot be outgrown: a token gives away what it has and no more", async () => {
    const { token } = await mint(mine, ["tokens:write", "catalog:read"]);
    const body = (scopes: Scope[]) => ({ token, body: { name: "child", scopes } });
    expect((await admin("/tokens", body(["catalog:read"]))).status).toBe(201);
    for (const scope of SCOPES) {
      if (scope === "tokens:write" || scope === "catalog:read") continue;
      const answer = await admin("/tokens", body(["catalog:read", scope]));
      expect(answer.json).toMatchObject({ code: "scope_missing", scope });
    }
  });
});

describe("another merchant's things", () => {
  it("do not exist, whatever the token may do and whomever the header names", async () => {
    const scopes = SCOPES.filter((scope) => scope !== "operator");
    const { token } = await mint(mine, scopes);
    const before = await everything();
    for (const { path, init } of routes()) {
      if (path.startsWith("/merchants")) continue;
      const named = await admin(path, { ...init, token, merchant: theirs.slug });
      expect([path, named.status]).toEqual([path, 404]);
      if (!path.includes("_")) continue;
      const answer = await admin(path, { ...init, token });
      expect([path, answer.status, answer.json.code]).toEqual([path, 404, "not_found"]);
    }
    expect(await everything()).toEqual(before);
  });

  it("are in no list", async () => {
    const fetches = "/reconciliations/fetches";
    for (const path of ["/products", "/orders", "/payment-notices", "/reconciliations", fetches]) {
      expect((await mine.admin(path)).json.data).toEqual([]);
    }
    for (const path of ["/payment-accounts", "/tokens", "/audit-log"]) {
      const { text } = await mine.admin(path);
      for (const id of [theirs.accountId, tokenId, product.id]) expect(text).not.toContain(id);
    }
  });

  it("cannot be bought or paid through this one", async () => {
    const answer = await call(`/api/v1/products/${product.id}?merchant=${mine.slug}`);
    expect(answer.status).toBe(404);
    await sendNotice(mine, order);
    expect((await theirs.admin(`/orders/${order.id}`)).json).toMatchObject({
      state: "pending",
      payments: [],
    });
  });

  /** All that `theirs` has, as it would show a change. */
  async function everything() {
    const paths = [
      `/products/${product.id}`,
      `/products/${product.id}/stock`,
      `/orders/${order.id}`,
    ];
    const found = `/reconciliations/${statement.id}/findings`;
    const more = [
      found,
      `/payment-accounts/${theirs.accountId}`,
      "/audit-log",
      "/products",
      "/tokens",
    ];
    const answers = await Promise.all([...paths, ...more].map((path) => theirs.admin(path)));
    return answers.map((answer) => ({ ...answer.json, request_id: null }));
  }
});

describe("secrets", () => {
  it("of a buyer, of a gateway and of the API are in no table of D1 in the clear", async () => {
    const { token } = await mint(theirs, ["catalog:read"]);
    const sold = await placeOrder(theirs, product.id);
    await sendNotice(theirs, sold);
    await theirs.admin(`/keys/${keyId}/reveal`, { method: "POST" });
    const again = { body: SECRET_KEYS.join("\n"), type: "text/plain", idempotencyKey: "sealed-1" };
    await theirs.admin(`/products/${product.id}/keys`, again);
    await theirs.admin("/tokens", {
      body: { name: "kept", scopes: ["catalog:read"] },
      idempotencyKey: "sealed-2",
    });
    await theirs.admin("/payment-accounts", {
      body: epayAccount({ slug: "kept" }),
      idempotencyKey: "sealed-3",
    });
    await eventually(async () => {
      const { json } = await theirs.admin("/orders?state=delivered");
      return json.data.length > 0 ? true : null;
    });
    const dump = await wholeDatabase();
    // Yes or no, and not the dump, is what a failure should print.
    expect(dump.includes(sold.id)).toBe(true);
    for (const secret of [...SECRET_KEYS, token, OPERATOR, EPAY.key, "kdm_"]) {
      expect([secret, dump.includes(secret), dump.includes(btoa(secret))]).toEqual([
        secret,
        false,
        false,
      ]);
    }
  });

  it("are in no answer but the one that is for them", async () => {
    const paths = [
      `/products/${product.id}/keys`,
      `/products/${product.id}`,
      `/orders/${order.id}`,
    ];
    for (const path of [...paths, "/payment-accounts", "/tokens", "/audit-log", "/orders"]) {
      const { text } = await theirs.admin(path);
      for (const secret of [...SECRET_KEYS, EPAY.key, "kdm_"]) expect(text).not.toContain(secret);
    }
  });

  it("that were sent are not repeated by a refusal", async () => {
    const body = { ...epayAccount(), credentials: { pid: "!", key: EPAY.key, gateway_url: "x" } };
    const answers = [
      await theirs.admin("/payment-accounts", { body }),
      await theirs.admin(`/products/${product.id}/keys`, {
        body: "key\nA,SECRET-IN-A-ROW",
        type: "text/csv",
      }),
      await theirs.admin(`/products/${product.id}/keys`, {
        body: { keys: [{ key: "SECRET-IN-A-LIST", x: 1 }] },
      }),
    ];
    for (const { text } of answers) {
      expect(text).not.toContain(EPAY.key);
      expect(text).not.toContain("SECRET-IN");
    }
  });

  /** The development inbox as well: it seals what it caught. */
  async function wholeDatabase(): Promise<string> {
    const { results } = await env.DB.prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('_cf_KV', '_cf_METADATA')",
    ).all<{ name: string }>();
    const tables = await Promise.all(
      results.map(({ name }) => env.DB.prepare(`SELECT * FROM "${name}"`).all()),
    );
    return JSON.stringify(tables.map((table) => table.results));
  }
});

describe("text", () => {
  it("that looks like SQL, markup or a formula is text", async () => {
    const title = `'); DROP TABLE products;-- <script>alert(1)</script> =HYPERLINK("x")`;
    const odd = await stockedProduct(mine, [`'; DROP TABLE keys;-- <b>`], { title });
    expect((await mine.admin(`/products/${odd.id}`)).json.title).toBe(title);
    const answer = await mine.admin(`/products/${encodeURIComponent("' OR 1=1 --")}`);
    expect(answer.status).toBe(404);
    expect((await mine.admin("/products")).json.data).toHaveLength(1);
  });
});
