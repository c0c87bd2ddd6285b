import { beforeAll, describe, expect, it } from "vitest";
import exportCsv from "../data/keys/export.csv?raw";
import exportExpected from "../data/keys/export.expected.json";
import messyExpected from "../data/keys/messy.expected.json";
import messy from "../data/keys/messy.txt?raw";
import plain from "../data/keys/plain-10000.txt?raw";
import { eventually } from "../support/worker/eventually.ts";
import {
  admin,
  call,
  cny,
  createProduct,
  EPAY,
  epayAccount,
  getOrder,
  migrate,
  openShop,
  placeOrder,
  postOrder,
  sendNotice,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";

let shop: Shop;
beforeAll(async () => {
  await migrate();
  shop = await openShop();
});

const EVERYTHING = {
  slug: "everything",
  title: "所有 · Everything",
  summary: "All that a product can be",
  description_md: "**bold**\n\nand plain",
  image_url: "/images/everything.png",
  category: "games",
  price: cny(1000),
  price_tiers: [{ min_quantity: 5, unit_price: cny(900) }],
  variants: [
    { id: "30d", title: "30 days", price: cny(1000), price_tiers: [] },
    {
      id: "1y",
      title: "A year",
      price: cny(9000),
      price_tiers: [{ min_quantity: 2, unit_price: cny(8000) }],
    },
  ],
  delivery: "auto",
  key_source: "pool",
  limits: { per_order: 7, per_buyer: 20 },
  hold_seconds: 600,
  sale_window: { opens_at: "2026-01-01T00:00:00.000Z", closes_at: "2036-01-01T00:00:00.000Z" },
  stock_display: "exact",
  fields: [{ id: "account", label: "Account", required: false, max_length: 64 }],
  payment_methods: ["epay"],
  status: "active",
};

describe("merchants", () => {
  it("are made by the operator, and listed a page at a time", async () => {
    await openShop("aaa-first");
    const first = await admin("/merchants?limit=1");
    expect(first.json.data).toMatchObject([{ slug: "aaa-first", name: "Shop aaa-first" }]);
    const rest = await admin(`/merchants?cursor=${first.json.next_cursor}`);
    expect(rest.json).toMatchObject({ data: [{ slug: shop.slug }], next_cursor: null });
  });

  it("may be named by id as well as by slug", async () => {
    const answer = await admin("/products", { merchant: shop.id });
    expect(answer.status).toBe(200);
  });
});

describe("products", () => {
  it("need no more than slug, title and price", async () => {
    const body = { slug: "least", title: "Least", price: cny(1000) };
    const answer = await shop.admin("/products", { body });
    expect(answer.status).toBe(201);
    expect(answer.headers.get("location")).toBe(`/admin/api/v1/products/${answer.json.id}`);
    expect(answer.headers.get("etag")).toBe('"1"');
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.json).toEqual({
      id: expect.stringMatching(/^prd_[0-9a-z]{20}$/),
      ...body,
      summary: "",
      description_md: "",
      image_url: null,
      category: null,
      price_tiers: [],
      variants: [],
      delivery: "auto",
      key_source: "pool",
      limits: {
        per_order: 10,
        per_buyer: null,
        holds: { per_buyer: 20, per_network: expect.anything(), network_percent: 25 },
      },
      hold_seconds: 900,
      money: {
        late: null,
        unfilled: null,
        unfilled_wait_hours: null,
        stop_waiting: null,
        surplus: null,
        mismatch: null,
        wait_list: null,
      },
      sale_window: { opens_at: null, closes_at: null },
      stock_shards: 1,
      stock_display: "level",
      fields: [],
      payment_methods: [],
      status: "active",
      version: 1,
      created_at: expect.any(String),
      updated_at: expect.any(String),
    });
  });

  it("are read in the words in which they were written, by id and by slug", async () => {
    const { json: made } = await shop.admin("/products", { body: EVERYTHING });
    expect(made).toMatchObject(EVERYTHING);
    for (const name of [made.id, "everything"]) {
      const answer = await shop.admin(`/products/${name}`);
      expect(answer.json).toEqual(made);
    }
  });

  it("are listed once each, however many are made between pages", async () => {
    const own = await openShop();
    const made: string[] = [];
    for (let i = 0; i < 3; i++) made.push((await createProduct(own)).id);
    const first = await own.admin("/products?limit=2");
    made.push((await createProduct(own)).id);
    const second = await own.admin(`/products?limit=2&cursor=${first.json.next_cursor}`);
    const ids = [...first.json.data, ...second.json.data].map((each) => each.id);
    expect(ids).toEqual(made);
    expect(second.json.next_cursor).toBeNull();
  });

  it("are changed only where the edit says so, on top of the version that was read", async () => {
    const body = { ...EVERYTHING, slug: "edited" };
    const { json: made } = await shop.admin("/products", { body });
    const changes = {
      title: "Edited",
      price_tiers: [],
      limits: { per_buyer: null },
      sale_window: { closes_at: null },
    };
    const headers = { "if-match": '"1"' };
    const saved = await shop.admin(`/products/${made.id}`, {
      method: "PATCH",
      headers,
      body: changes,
    });
    expect(saved.json).toEqual({
      ...made,
      title: "Edited",
      price_tiers: [],
      limits: { ...made.limits, per_buyer: null },
      sale_window: { opens_at: "2026-01-01T00:00:00.000Z", closes_at: null },
      version: 2,
      updated_at: expect.any(String),
    });
    expect(saved.headers.get("etag")).toBe('"2"');
  });

  it("cost the next buyer what the last edit says", async () => {
    const product = await stockedProduct(shop, ["edit-1", "edit-2"]);
    expect((await placeOrder(shop, product.id)).amount).toEqual(cny(1000));
    await edit(shop, product.id, 1, { price: cny(777) });
    expect((await placeOrder(shop, product.id)).amount).toEqual(cny(777));
  });

  it("once archived are sold to nobody, and their orders live on", async () => {
    const product = await stockedProduct(shop, ["archive-1", "archive-2"]);
    const order = await placeOrder(shop, product.id);
    const archived = await shop.admin(`/products/${product.id}/archive`, { method: "POST" });
    expect(archived.json).toMatchObject({ status: "archived", version: 2 });
    const again = await shop.admin(`/products/${product.id}/archive`, { method: "POST" });
    expect(again.json).toEqual(archived.json);

    const refused = await postOrder(shop, product.id);
    expect(refused.json.code).toBe("not_found");
    await sendNotice(shop, order);
    expect((await getOrder(order)).json).toMatchObject({
      state: "delivered",
      keys: [{ secret: "archive-1" }],
    });
  });
});

describe("keys", () => {
  it("of the messy file are taken as its expectation says", async () => {
    const product = await createProduct(shop);
    const answer = await upload(product.id, messy, "text/plain; charset=utf-8");
    const { accepted, duplicates, rejected, blank } = messyExpected;
    expect(answer.json).toEqual({
      batch_id: expect.stringMatching(/^kb_/),
      accepted,
      duplicates,
      rejected,
      blank,
      available: accepted,
    });
  });

  it("of the export are taken as its expectation says, each for its variant", async () => {
    const variants = EVERYTHING.variants;
    const product = await createProduct(shop, { variants });
    const { json } = await upload(product.id, exportCsv, "text/csv");
    expect(json.accepted).toBe(exportExpected.accepted);
    expect(json.duplicates).toHaveLength(exportExpected.duplicates);
    const rejected = json.rejected.map(({ record, reason }: Rejected) => ({ record, reason }));
    expect(rejected).toEqual(exportExpected.rejected);

    const { json: stock } = await shop.admin(`/products/${product.id}/stock`);
    expect(stock).toMatchObject({ free: exportExpected.accepted, held: 0, sold: 0, void: 0 });
    expect(Object.keys(stock.free_by_variant).toSorted()).toEqual(["", "1y", "30d"]);
  });

  it("may come ten thousand at once, and the same file again adds none", async () => {
    const product = await createProduct(shop);
    const first = await upload(product.id, plain, "text/plain");
    expect(first.json).toMatchObject({ accepted: 10_000, available: 10_000, duplicates: [] });
    const again = await upload(product.id, plain, "text/plain");
    expect(again.json).toMatchObject({ accepted: 0, available: 10_000, rejected: [] });
    expect(again.json.duplicates).toHaveLength(10_000);
    expect(again.json.duplicates[0]).toEqual({ line: 1 });
  });

  it("under one Idempotency-Key are one batch: the same answer, nothing added", async () => {
    const product = await createProduct(shop);
    const path = `/products/${product.id}/keys?batch=spring`;
    const request = {
      body: "once-1\nonce-2\nonce-1",
      type: "text/plain",
      idempotencyKey: "spring-1",
    };
    const first = await shop.admin(path, request);
    expect(first.json).toMatchObject({
      accepted: 2,
      duplicates: [{ line: 3, first_line: 1 }],
      available: 2,
    });
    expect((await shop.admin(path, request)).json).toEqual(first.json);
    const other = await shop.admin(path, { ...request, body: "once-3" });
    expect(other.json.code).toBe("idempotency_key_reused");
    expect((await shop.admin(`/products/${product.id}/stock`)).json.free).toBe(2);
  });

  it("in a dry run are promised and not added", async () => {
    const product = await createProduct(shop);
    const path = `/products/${product.id}/keys`;
    const body = { keys: ["dry-1", { key: "dry-2", note: "n", cost_minor: 3 }, ""] };
    const dry = await shop.admin(`${path}?dry_run=1`, { body });
    expect(dry.json).toMatchObject({
      accepted: 2,
      available: 2,
      rejected: [{ line: 3, record: 3, reason: "empty_key" }],
    });
    expect((await shop.admin(`/products/${product.id}/stock`)).json.free).toBe(0);
    expect((await shop.admin(path, { body })).json).toMatchObject({ accepted: 2, available: 2 });
  });

  it("are listed masked by state and page, and shown one by one for the record", async () => {
    const keys = ["LIST-AAAA-BBBB-CCC1", "LIST-AAAA-BBBB-CCC2", "short"];
    const product = await stockedProduct(shop, keys);
    await placeOrder(shop, product.id);
    const path = `/products/${product.id}/keys`;
    const first = await shop.admin(`${path}?limit=2`);
    const rest = await shop.admin(`${path}?limit=2&cursor=${first.json.next_cursor}`);
    const listed = [...first.json.data, ...rest.json.data];
    expect(listed.map((key) => key.secret_masked)).toEqual(["••••CCC1", "••••CCC2", "••••"]);
    expect(listed.map((key) => key.state)).toEqual(["held", "free", "free"]);
    expect(rest.json.next_cursor).toBeNull();
    expect((await shop.admin(`${path}?state=held`)).json.data).toEqual([listed[0]]);

    const { id } = listed[1];
    const shown = await shop.admin(`/keys/${id}/reveal`, { method: "POST" });
    expect(shown.json).toEqual({ id, product_id: product.id, secret: keys[1], note: null });
    const [entry] = (await shop.admin("/audit-log?limit=1")).json.data;
    expect(entry).toMatchObject({ actor: "operator", action: "key.reveal", subject: id });
  });
});

describe("orders", () => {
  it("are found by state, buyer, product and time, newest first, a page at a time", async () => {
    const own = await openShop();
    const product = await stockedProduct(own, ["f-1", "f-2", "f-3"]);
    const email = "Finder@Example.com";
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) ids.push((await placeOrder(own, product.id, { email })).id);
    const whole = await eventually(async () => {
      const { json } = await own.admin("/orders");
      return json.data.length === 3 ? json.data : null;
    });
    expect(whole.map((order: { id: string }) => order.id).toSorted()).toEqual(ids.toSorted());
    expect(whole[0]).toMatchObject({ email: "finder@example.com", amount: cny(1000) });
    expect(whole[0]).not.toHaveProperty("keys");

    const first = await own.admin("/orders?limit=2");
    const rest = await own.admin(`/orders?limit=2&cursor=${first.json.next_cursor}`);
    expect([...first.json.data, ...rest.json.data]).toEqual(whole);
    const count = async (query: string) => (await own.admin(`/orders?${query}`)).json.data.length;
    expect(await count(`state=pending&email=FINDER@example.com&product_id=${product.id}`)).toBe(3);
    expect(await count("state=delivered")).toBe(0);
    expect(await count("email=other@example.com")).toBe(0);
    expect(await count(`from=${whole[0].placed_at}`)).toBeGreaterThan(0);
    expect(await count(`to=${whole[2].placed_at}`)).toBe(0);
  });

  it("show all that happened to them, but not their keys", async () => {
    const product = await stockedProduct(shop, ["history-secret-key"]);
    const order = await placeOrder(shop, product.id);
    await sendNotice(shop, order);
    const shown = await eventually(async () => {
      const { json } = await shop.admin(`/orders/${order.id}`);
      return json.deliveries.length > 0 ? json : null;
    });
    expect(shown).toMatchObject({
      state: "delivered",
      keys: [{ id: expect.stringMatching(/^key_/), note: null }],
      history: [
        { event: "place", by: "buyer" },
        { event: "pay", by: "gateway" },
      ],
      payments: [{ verdict: "delivered", source: "notice", amount: cny(1000) }],
      deliveries: [{ purpose: "keys", round: 0 }],
    });
    expect(JSON.stringify(shown)).not.toContain("history-secret-key");
  });

  it("that the merchant marks as paid are delivered, once", async () => {
    const product = await stockedProduct(shop, ["by-hand"]);
    const order = await placeOrder(shop, product.id);
    const path = `/orders/${order.id}/mark-paid`;
    const marked = await shop.admin(path, { body: { note: "bank transfer" } });
    expect(marked.json).toMatchObject({
      state: "delivered",
      payments: [{ source: "merchant", trade_no: `manual:${order.id}` }],
    });
    // Without a body; over HTTP that is an empty one, by many clients with a type.
    const none = new Uint8Array(0);
    for (const init of [
      { method: "POST" },
      { body: none },
      { body: none, type: "application/json" },
    ]) {
      const again = await shop.admin(path, init);
      expect([again.status, again.json.version]).toEqual([200, marked.json.version]);
    }
    expect((await getOrder(order)).json.keys).toMatchObject([{ secret: "by-hand" }]);
  });

  it("of a manual product are delivered by the keys that a person sends", async () => {
    const product = await createProduct(shop, { delivery: "manual" });
    const order = await placeOrder(shop, product.id, { quantity: 2 });
    await sendNotice(shop, order);
    expect((await shop.admin(`/orders/${order.id}`)).json.state).toBe("paid");

    const path = `/orders/${order.id}/fulfil`;
    const short = await shop.admin(path, { body: { keys: ["made-1"] }, idempotencyKey: "f-short" });
    expect(short.json).toMatchObject({ code: "quantity_invalid", quantity: 2 });
    const body = { keys: ["made-1", { key: "made-2", note: "for you" }] };
    const request = { body, idempotencyKey: "fulfilment-1" };
    const done = await shop.admin(path, request);
    expect(done.json.state).toBe("delivered");
    expect((await shop.admin(path, request)).json).toEqual(done.json);
    expect((await getOrder(order)).json.keys).toMatchObject([
      { secret: "made-1", note: null },
      { secret: "made-2", note: "for you" },
    ]);
  });

  it("that are cancelled give their keys back", async () => {
    const product = await stockedProduct(shop, ["given-back"]);
    const order = await placeOrder(shop, product.id);
    const cancelled = await shop.admin(`/orders/${order.id}/cancel`, { method: "POST" });
    expect(cancelled.json).toMatchObject({
      state: "cancelled",
      history: [{ event: "place" }, { event: "cancel", by: "merchant" }],
    });
    expect((await shop.admin(`/products/${product.id}/stock`)).json).toMatchObject({
      free: 1,
      held: 0,
    });
  });

  it("that were delivered can be mailed once more", async () => {
    const product = await stockedProduct(shop, ["mailed-twice"]);
    const order = await placeOrder(shop, product.id);
    await sendNotice(shop, order);
    await eventually(async () => {
      const { json } = await shop.admin(`/orders/${order.id}`);
      // One that has not left yet would itself be sent, and no second one made.
      return json.deliveries[0]?.state === "sent" ? true : null;
    });
    const path = `/orders/${order.id}/resend`;
    const resent = await shop.admin(path, { method: "POST", idempotencyKey: "resend-1" });
    expect(resent.json).toEqual({
      order_id: order.id,
      delivery_id: expect.stringMatching(/_keys_1$/),
    });
    const again = await shop.admin(path, { method: "POST", idempotencyKey: "resend-1" });
    expect(again.json).toEqual(resent.json);
  });
});

describe("payment accounts", () => {
  it("are shown without their credentials, and are offered to buyers while active", async () => {
    const own = await openShop();
    const product = await stockedProduct(own, ["pay-1", "pay-2"]);
    const shown = await own.admin(`/payment-accounts/${own.accountId}`);
    const { health: _, ...account } = shown.json;
    expect(account).toEqual({
      id: own.accountId,
      slug: "epay",
      title: "Alipay",
      gateway: "epay",
      currency: "CNY",
      active: true,
      version: 1,
      method: "epay",
      fee: { fixed_minor: 0, basis_points: 0, borne_by: "merchant" },
      limits: { min_minor: null, max_minor: null },
      // By its channel it leads to Alipay, which WeChat does not let in.
      devices: ["desktop", "phone", "alipay", "qq"],
      position: 0,
      weight: 1,
      queries_per_minute: null,
      credentials_set_at: expect.any(String),
      notify_url: `https://shop.test/payments/${own.accountId}/notify`,
      created_at: expect.any(String),
      updated_at: expect.any(String),
    });
    expect((await own.admin("/payment-accounts")).json.data).toEqual([account]);

    await placeOrder(own, product.id);
    const patch = { method: "PATCH", body: { active: false, title: "Closed" } };
    const edited = await own.admin(`/payment-accounts/${own.accountId}`, patch);
    expect(edited.json).toMatchObject({ active: false, title: "Closed" });
    const refused = await postOrder(own, product.id);
    expect(refused.json).toMatchObject({ code: "payment_method_unavailable", payment_methods: [] });
  });

  it("are offered only for products of their currency, in the product's order", async () => {
    const own = await openShop();
    await own.admin("/payment-accounts", { body: epayAccount({ slug: "usd", currency: "USD" }) });
    await own.admin("/payment-accounts", { body: epayAccount({ slug: "second" }) });
    const both = await createProduct(own, { payment_methods: ["second", "usd", "epay"] });
    const all = await createProduct(own);
    const methods = async (id: string) =>
      (await call(`/api/v1/products/${id}?merchant=${own.slug}`)).json.payment_methods;
    expect(await methods(both.id)).toEqual(["second", "epay"]);
    expect(await methods(all.id)).toEqual(["epay", "second"]);
  });

  it("keep notices that no order could take", async () => {
    const own = await openShop();
    const stray = { id: "not-one-of-ours", amount: { amount_minor: 500 } };
    expect((await sendNotice(own, stray)).text).toBe("success");
    expect((await own.admin("/payment-notices")).json).toMatchObject({
      data: [{ account_id: own.accountId, order_ref: stray.id, amount_minor: 500 }],
      next_cursor: null,
    });
  });
});

describe("tokens", () => {
  it("act within their scopes until they are revoked, and are listed without their secret", async () => {
    const body = {
      name: "catalogue",
      scopes: ["catalog:read"],
      expires_at: "2036-01-01T00:00:00Z",
    };
    const minted = await shop.admin("/tokens", { body });
    expect(minted.status).toBe(201);
    const { token, ...shown } = minted.json;
    expect(token).toMatch(/^kdm_[\w-]{43}$/);
    expect(shown).toMatchObject({ name: "catalogue", scopes: ["catalog:read"], revoked_at: null });

    expect((await admin("/products", { token })).status).toBe(200);
    const listed = await eventually(async () => {
      const { json } = await shop.admin("/tokens");
      return json.data.find((each: Token) => each.id === shown.id && each.last_used_at !== null);
    });
    expect(listed).toEqual({ ...shown, last_used_at: expect.any(String) });

    const revoked = await shop.admin(`/tokens/${shown.id}`, { method: "DELETE" });
    expect(revoked.status).toBe(204);
    expect((await admin("/products", { token })).status).toBe(401);
    expect((await shop.admin(`/tokens/${shown.id}`, { method: "DELETE" })).status).toBe(204);
  });

  it("under one Idempotency-Key are one token, shown again to whoever repeats the request", async () => {
    const request = {
      body: { name: "once", scopes: ["catalog:read"] },
      idempotencyKey: "token-once",
    };
    const first = await shop.admin("/tokens", request);
    expect((await shop.admin("/tokens", request)).json).toEqual(first.json);
  });
});

describe("a repeated POST", () => {
  it("under the same Idempotency-Key answers the same and makes nothing new", async () => {
    const own = await openShop();
    const request = { body: { ...EVERYTHING, slug: "once" }, idempotencyKey: "product-once" };
    const both = await Promise.all([
      own.admin("/products", request),
      own.admin("/products", request),
    ]);
    const later = await own.admin("/products", request);
    expect(new Set([...both, later].map((answer) => answer.text)).size).toBe(1);
    expect(later.headers.get("location")).toBe(both[0].headers.get("location"));
    expect(later.status).toBe(201);
    expect((await own.admin("/products")).json.data).toHaveLength(1);
  });

  it("may be mended under its key after a refusal: nothing was done", async () => {
    const own = await openShop();
    await createProduct(own, { slug: "taken" });
    const body = { slug: "taken", title: "T", price: cny(1) };
    const refused = await own.admin("/products", { body, idempotencyKey: "mended-1" });
    expect(refused.json.code).toBe("slug_taken");
    const mended = { body: { ...body, slug: "free" }, idempotencyKey: "mended-1" };
    expect((await own.admin("/products", mended)).status).toBe(201);
  });
});

describe("the audit log", () => {
  it("says of every write who did what, newest first, and no secret", async () => {
    const own = await openShop();
    const product = await stockedProduct(own, ["audited-key"]);
    await edit(own, product.id, 1, { title: "Audited" });
    const order = await placeOrder(own, product.id);
    await own.admin(`/orders/${order.id}/mark-paid`, { body: { note: "cash" } });
    const { json: token } = await own.admin("/tokens", {
      body: { name: "writer", scopes: ["catalog:write"] },
    });
    await own.admin(`/products/${product.id}/archive`, { method: "POST", token: token.token });

    const first = await own.admin("/audit-log?limit=4");
    const rest = await own.admin(`/audit-log?limit=100&cursor=${first.json.next_cursor}`);
    const entries = [...first.json.data, ...rest.json.data];
    expect(entries.map((entry) => [entry.actor, entry.action, entry.subject])).toEqual([
      [token.id, "product.archive", product.id],
      ["operator", "token.create", token.id],
      ["operator", "order.mark_paid", order.id],
      ["operator", "product.edit", product.id],
      ["operator", "keys.import", product.id],
      ["operator", "product.create", product.id],
      ["operator", "payment_account.create", own.accountId],
      ["operator", "merchant.create", own.id],
    ]);
    const text = JSON.stringify(entries);
    for (const secret of ["audited-key", token.token, EPAY.key]) expect(text).not.toContain(secret);
  });
});

interface Rejected {
  readonly record: number;
  readonly reason: string;
}

interface Token {
  readonly id: string;
  readonly last_used_at: string | null;
}

function upload(productId: string, body: string, type: string) {
  return shop.admin(`/products/${productId}/keys`, { body, type });
}

function edit(of: Shop, productId: string, version: number, body: object) {
  const headers = { "if-match": String(version) };
  return of.admin(`/products/${productId}`, { method: "PATCH", headers, body });
}
