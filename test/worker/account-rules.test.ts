import { beforeAll, describe, expect, it } from "vitest";
import {
  call,
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

beforeAll(migrate);

const IN_WECHAT = { "user-agent": "Mozilla/5.0 (iPhone) Mobile MicroMessenger/8.0.50" };
const FEE = { fixed_minor: 30, basis_points: 60, borne_by: "buyer" };

async function shopWith(changes: Record<string, unknown>): Promise<Shop> {
  const shop = await openShop();
  const path = `/payment-accounts/${shop.accountId}`;
  const edited = await shop.admin(path, { method: "PATCH", body: changes });
  expect(edited.status).toBe(200);
  return shop;
}

const pageOf = (shop: Shop, id: string) => call(`/api/v1/products/${id}?merchant=${shop.slug}`);

describe("an account's fee", () => {
  it("that the buyer bears is told before, asked for, shown with the order, and only the whole sum pays", async () => {
    const shop = await shopWith({ fee: FEE });
    const product = await stockedProduct(shop, ["fee-1"]);
    const { json: page } = await pageOf(shop, product.id);
    expect(page.payment_options).toMatchObject([
      { method: "epay", title: "Alipay", fee: { fixed_minor: 30, basis_points: 60 } },
    ]);

    const unasked = await postOrder(shop, product.id, { expected_amount_minor: 1000 });
    const amount = { amount_minor: 1036, currency: "CNY" };
    expect([unasked.status, unasked.json.amount]).toEqual([409, amount]);
    const order = await placeOrder(shop, product.id, { expected_amount_minor: 1036 });
    expect(order).toMatchObject({ amount, fee: { amount_minor: 36, currency: "CNY" } });
    expect(new URL(order.payment.url).searchParams.get("money")).toBe("10.36");

    await sendNotice(shop, order, { money: "10.00", trade_no: "the-price-alone" });
    expect((await getOrder(order)).json.state).toBe("pending");
    await sendNotice(shop, order);
    expect((await getOrder(order)).json.state).toBe("delivered");
    const { json: seen } = await shop.admin(`/orders/${order.id}`);
    expect(seen).toMatchObject({ amount, fee: { amount_minor: 36 } });
  });

  it("is nobody's choice but the merchant's: a client that names one is refused", async () => {
    const shop = await shopWith({ fee: FEE });
    const product = await stockedProduct(shop, ["fee-2"]);
    for (const named of [{ fee: { amount_minor: 0 } }, { fee_minor: 0 }, { amount: 1000 }]) {
      const refused = await postOrder(shop, product.id, named);
      expect([refused.status, refused.json.code]).toEqual([400, "invalid_body"]);
    }
  });
});

describe("an account's limits and places", () => {
  it("leave it out of what it cannot take, in lists and orders alike", async () => {
    const shop = await shopWith({ limits: { max_minor: 1_500 } });
    const other = epayAccount({ slug: "large", limits: { min_minor: 1_500 } });
    await shop.admin("/payment-accounts", { body: other });
    const product = await stockedProduct(shop, ["lim-1", "lim-2", "lim-3"]);
    const single = await stockedProduct(shop, ["lim-4"], { limits: { per_order: 1 } });
    expect((await pageOf(shop, product.id)).json.payment_methods).toEqual(["epay", "large"]);
    expect((await pageOf(shop, single.id)).json.payment_methods).toEqual(["epay"]);
    const refused = await postOrder(shop, product.id, { quantity: 2 });
    expect([refused.status, refused.json.payment_methods]).toEqual([422, ["large"]]);
    const two = { quantity: 2, payment_method: "large" };
    expect((await postOrder(shop, product.id, two)).status).toBe(201);
  });

  it("inside WeChat there is no Alipay", async () => {
    const shop = await openShop();
    const product = await stockedProduct(shop, ["wx-1"]);
    const refused = await postOrder(shop, product.id, {}, undefined, { headers: IN_WECHAT });
    expect([refused.status, refused.json.code, refused.json.payment_methods]).toEqual([
      422,
      "payment_method_unavailable",
      [],
    ]);
    expect((await postOrder(shop, product.id)).status).toBe(201);
  });
});

describe("accounts of one method", () => {
  it("are offered once, share the orders, and each honours the notices that come to it", async () => {
    const shop = await openShop();
    const twin = await shop.admin("/payment-accounts", {
      body: epayAccount({ slug: "twin", method: "epay", weight: 3 }),
    });
    const names = Array.from({ length: 12 }, (_, n) => `twin-${n}`);
    const product = await stockedProduct(shop, names);
    expect((await pageOf(shop, product.id)).json.payment_methods).toEqual(["epay"]);
    const used = new Set<string>();
    for (const name of names) {
      // One after the other: which account each gets hangs on its id alone.
      const order = await placeOrder(shop, product.id, { email: `${name}@example.com` });
      const { json } = await shop.admin(`/orders/${order.id}`);
      used.add(json.payment_account_id);
      expect(json.payment_method).toBe("epay");
    }
    const accounts = new Set([shop.accountId, twin.json.id]);
    expect([...used].filter((id) => !accounts.has(id))).toEqual([]);
  });
});

describe("an edit of an account", () => {
  const path = (shop: Shop) => `/payment-accounts/${shop.accountId}`;

  it("by a version that is past changes nothing, and says which it has", async () => {
    const shop = await openShop();
    const credentials = {
      pid: "1001",
      key: "the-next-key",
      gateway_url: "https://pay.example.com/",
    };
    const by = (version: number, body: object) =>
      shop.admin(path(shop), { method: "PATCH", headers: { "if-match": `"${version}"` }, body });
    const before = (await shop.admin(path(shop))).json;
    const rotated = await by(1, { credentials });
    expect([rotated.status, rotated.json.version, rotated.headers.get("etag")]).toEqual([
      200,
      2,
      '"2"',
    ]);
    expect(rotated.text).not.toContain("the-next-key");
    expect(Date.parse(rotated.json.credentials_set_at)).toBeGreaterThanOrEqual(
      Date.parse(before.credentials_set_at),
    );
    const late = await by(1, { title: "Late" });
    expect([late.status, late.json.code, late.json.version]).toEqual([409, "version_conflict", 2]);
    expect((await shop.admin(path(shop))).json.title).toBe("Alipay");
    const log = await shop.admin("/audit-log");
    expect(log.text).not.toContain("the-next-key");
  });

  it.each([
    [{ limits: { min_minor: 2, max_minor: 1 } }, "limits.max_minor"],
    [{ fee: { basis_points: 10_001, borne_by: "buyer" } }, "fee.basis_points"],
    [{ fee: { fixed_minor: 0.5, borne_by: "buyer" } }, "fee.fixed_minor"],
    [{ fee: { fixed_minor: 1 } }, "fee.borne_by"],
    [{ devices: ["television"] }, "devices.0"],
    [{ devices: [] }, "devices"],
    [{ devices: ["phone", "phone"] }, "devices"],
    [{ title: "half \ud800" }, "title"],
    [{ weight: -1 }, "weight"],
    [{ position: 1_001 }, "position"],
    [{ queries_per_minute: 5 }, "queries_per_minute"],
    [{ queries_per_minute: 6_001 }, "queries_per_minute"],
    [{ method: "Not A Slug" }, "method"],
  ])("that cannot be is refused and says where: %j", async (body, at) => {
    const shop = await openShop();
    const refused = await shop.admin(path(shop), { method: "PATCH", body });
    expect([refused.status, refused.json.code]).toEqual([400, "invalid_body"]);
    expect(refused.json.errors.map((error: { path: string }) => error.path)).toContain(at);
  });
});

describe("a gateway that is switched off", () => {
  it("is in no list of products either", async () => {
    const shop = await openShop();
    await stockedProduct(shop, ["off-1"]);
    const off = { switches: { payment_methods_off: ["epay"] } };
    const headers = { "if-match": '"0"' };
    const edited = await shop.admin("/settings", { method: "PATCH", headers, body: off });
    expect(edited.status).toBe(200);
    const { json } = await call(`/api/v1/products?merchant=${shop.slug}`);
    expect(json.data.map((each: { payment_methods: string[] }) => each.payment_methods)).toEqual([
      [],
    ]);
  });
});
