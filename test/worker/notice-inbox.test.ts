import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { encoded } from "../support/worker/epay-merchant.ts";
import { keysNamed, notify, paidFields } from "../support/worker/notices.ts";
import {
  migrate,
  openShop,
  placeOrder,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";

let shop: Shop;
let product: { id: string };
beforeAll(async () => {
  await migrate();
  shop = await openShop();
  product = await stockedProduct(shop, keysNamed("inbox-key", 60));
});

async function found(query: string) {
  const { json, text, status } = await shop.admin(`/payment-notices?${query}`);
  if (status !== 200) throw new Error(text);
  return json.data;
}

/** Copies are written some moments after the answer. */
async function settled(query: string, rows = 1) {
  return vi.waitFor(async () => {
    const data = await found(query);
    expect(data).toHaveLength(rows);
    return data;
  });
}

describe("the inbox", () => {
  test("has a genuine notice once, however often it comes, with what became of it", async () => {
    const order = await placeOrder(shop, product.id);
    const fields = await paidFields(order.id);
    for (let i = 0; i < 3; i++) expect(await notify(shop.accountId, fields)).toBe("200 success");
    const notice = await vi.waitFor(async () => {
      const [row] = await found(`order_id=${order.id}`);
      expect(row).toMatchObject({ times: 3 });
      return row;
    });
    expect(notice).toMatchObject({
      account_id: shop.accountId,
      trade_no: `trade-of-${order.id}`,
      amount_minor: 1000,
      currency: "CNY",
      verdict: "delivered",
      failed: null,
      matched: true,
      genuine: true,
      attention: false,
    });
  });

  test("has no word of the notice in the clear", async () => {
    const order = await placeOrder(shop, product.id);
    await notify(shop.accountId, await paidFields(order.id, { param: "a-private-word" }));
    await settled(`order_id=${order.id}`);
    const { results } = await env.DB.prepare("SELECT * FROM payment_notices").all();
    expect(JSON.stringify(results)).not.toContain("a-private-word");
  });

  test("has a bounded sample of a flood of forged notices, and the genuine one among them", async () => {
    const own = await openShop();
    const sold = await stockedProduct(own, keysNamed("flood-key", 1));
    const order = await placeOrder(own, sold.id);
    const flood = Array.from({ length: 100 }, (_, i) => notify(own.accountId, `sign=${i}`));
    const genuine = notify(own.accountId, await paidFields(order.id));
    expect(new Set(await Promise.all(flood))).toEqual(new Set(["400 fail"]));
    expect(await genuine).toBe("200 success");
    await vi.waitFor(async () => {
      const { json } = await own.admin("/payment-notices?limit=100");
      expect(json.data).toHaveLength(31);
      expect(json.data.filter((row: { genuine: boolean }) => row.genuine)).toMatchObject([
        { verdict: "delivered", order_ref: order.id },
      ]);
    });
  });
});

describe("the inbox is searched", () => {
  test("by order, trade number, verdict, failed check, account, gateway and time", async () => {
    const own = await openShop();
    const sold = await stockedProduct(own, keysNamed("searched-key", 3));
    const order = await placeOrder(own, sold.id);
    await notify(own.accountId, await paidFields(order.id, { money: "9.99" }));
    await notify(own.accountId, await paidFields(order.id, { trade_no: "right-one" }));
    await notify(own.accountId, await paidFields("no-order-of-ours", { trade_no: "astray" }));
    await notify(own.accountId, encoded(await paidFields(order.id, { pid: "1002" })));
    const count = async (query: string) =>
      (await own.admin(`/payment-notices?${query}`)).json.data.length;
    await vi.waitFor(async () => expect(await count("limit=100")).toBe(4));
    const now = encodeURIComponent(new Date().toISOString());
    for (const [query, rows] of [
      [`order_id=${order.id}`, 3],
      ["trade_no=right-one", 1],
      ["verdict=mismatch", 1],
      ["failed=amount", 1],
      ["failed=account", 1],
      ["failed=order", 1],
      ["failed=status", 0],
      ["matched=true", 2],
      ["matched=false", 2],
      ["attention=true", 3],
      [`account_id=${own.accountId}`, 4],
      ["account_id=acct_none", 0],
      ["gateway=epay", 4],
      ["gateway=stripe", 0],
      [`from=${now}`, 0],
      [`to=${now}`, 4],
    ] as const) {
      expect([query, await count(query)]).toEqual([query, rows]);
    }
    expect(await found("trade_no=right-one")).toEqual([]);
  });

  test.each([
    ["verdict=deliverd", "verdict", "delivered"],
    ["verdict=unknown_order", "verdict", "unmatched"],
    ["failed=signatures", "failed", "signature"],
    ["gateway=epays", "gateway", "epay-v2"],
    ["account_id=ord_1", "account_id", "acct_"],
    ["matched=yes", "matched", "true"],
    ["attention=1", "attention", "false"],
    ["genuine=", "genuine", "true"],
  ])("by no value that there is not: %s", async (query, path, valid) => {
    const { status, json } = await shop.admin(`/payment-notices?${query}`);
    expect([status, json.code, json.errors[0].path]).toEqual([400, "invalid_query", path]);
    expect(json.errors[0].message).toContain(valid);
  });

  test("page by page, without a row twice", async () => {
    const own = await openShop();
    for (let i = 0; i < 5; i++) {
      await notify(own.accountId, await paidFields("astray", { trade_no: `page-${i}` }));
    }
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const after: string = cursor === null ? "" : `&cursor=${cursor}`;
      const { json } = await own.admin(`/payment-notices?limit=2${after}`);
      seen.push(...json.data.map((row: { trade_no: string }) => row.trade_no));
      cursor = json.next_cursor;
    } while (cursor !== null);
    expect(seen.toSorted()).toEqual(["page-0", "page-1", "page-2", "page-3", "page-4"]);
  });
});
