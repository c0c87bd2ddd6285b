import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { parseOrderId } from "../../src/domain/ids.ts";
import { encoded } from "../support/worker/epay-merchant.ts";
import {
  keysNamed,
  notify,
  notifyByPost,
  openAccount,
  paidFields,
  readOrder,
  shownFor,
} from "../support/worker/notices.ts";
import {
  call,
  migrate,
  openShop,
  placeOrder,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";

let shop: Shop;
beforeAll(async () => {
  await migrate();
  shop = await openShop();
});

async function pendingOrder(keyPrefix: string, keys = 1) {
  const product = await stockedProduct(shop, keysNamed(keyPrefix, keys));
  return { product, order: await placeOrder(shop, product.id) };
}

async function stockOf(product: { id: string }) {
  return (await shop.admin(`/products/${product.id}/stock`)).json;
}

describe("a genuine notice", () => {
  test("delivers the key at once, and the gateway hears success", async () => {
    const { order } = await pendingOrder("plain", 3);
    expect(order.state).toBe("pending");
    expect(await notify(shop.accountId, await paidFields(order.id))).toBe("200 success");
    const { state, secrets } = await readOrder(order);
    expect(state).toBe("delivered");
    expect(secrets).toEqual([expect.stringMatching(/^plain-[012]$/)]);
  });

  test("may come by POST as a form", async () => {
    const { order } = await pendingOrder("by-post");
    expect(await notifyByPost(shop.accountId, await paidFields(order.id))).toBe("200 success");
    expect(await readOrder(order)).toEqual({ state: "delivered", secrets: ["by-post-0"] });
  });

  test("may name the product in Chinese and carry a parameter of the merchant's", async () => {
    const { order } = await pendingOrder("chinese");
    const fields = await paidFields(order.id, { name: "会员卡 100% & 更多", param: "渠道=甲" });
    expect(await notify(shop.accountId, fields)).toBe("200 success");
    expect((await readOrder(order)).state).toBe("delivered");
  });

  test.each(["10", "10.0", "10.000"])("may write ten yuan as %s", async (money) => {
    const { order } = await pendingOrder(`zeros-${money}`);
    await notify(shop.accountId, await paidFields(order.id, { money }));
    expect((await readOrder(order)).state).toBe("delivered");
  });

  test("may come through another account of the same merchant", async () => {
    const second = await openAccount(shop, "epay-two", "second-key");
    const { order } = await pendingOrder("two-accounts");
    const fields = await paidFields(order.id, {}, "second-key");
    expect(await notify(second, fields)).toBe("200 success");
    expect((await readOrder(order)).state).toBe("delivered");
  });

  test("is answered in plain text that nobody keeps", async () => {
    const { order } = await pendingOrder("headers");
    const query = encoded(await paidFields(order.id));
    const { headers, text } = await call(`/payments/${shop.accountId}/notify?${query}`);
    expect(headers.get("content-type")).toMatch(/^text\/plain/);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-request-id")).toMatch(/^req_/);
    expect(text).toBe("success");
  });
});

describe("the same money again", () => {
  test("forty times in parallel delivers one key, and each time the gateway hears success", async () => {
    const { product, order } = await pendingOrder("forty", 50);
    const fields = await paidFields(order.id);
    const forty = Array.from({ length: 40 }, () => notify(shop.accountId, fields));
    expect(new Set(await Promise.all(forty))).toEqual(new Set(["200 success"]));
    expect((await readOrder(order)).secrets).toHaveLength(1);
    expect(await stockOf(product)).toMatchObject({ sold: 1, held: 0, free: 49 });
  });

  test("twice at once for each of forty orders gives forty buyers forty distinct keys", async () => {
    const product = await stockedProduct(shop, keysNamed("forty-orders", 40));
    const orders = await Promise.all(
      keysNamed("buyer", 40).map((name) =>
        placeOrder(shop, product.id, { email: `${name}@example.com` }),
      ),
    );
    const notices = orders.flatMap((order) => [order.id, order.id]);
    await Promise.all(notices.map(async (id) => notify(shop.accountId, await paidFields(id))));
    const after = await Promise.all(orders.map(readOrder));
    expect(new Set(after.flatMap(({ secrets }) => secrets)).size).toBe(40);
  });

  test("after a notice that says not paid delivers", async () => {
    const { order } = await pendingOrder("not-paid-first");
    const waiting = await paidFields(order.id, { trade_status: "WAIT_BUYER_PAY" });
    expect(await notify(shop.accountId, waiting)).toBe("200 success");
    expect((await readOrder(order)).state).toBe("pending");
    expect(await notify(shop.accountId, await paidFields(order.id))).toBe("200 success");
    expect((await readOrder(order)).state).toBe("delivered");
  });

  test("stays delivered when a notice that says not paid comes after it", async () => {
    const { order } = await pendingOrder("not-paid-last");
    await notify(shop.accountId, await paidFields(order.id));
    const closed = await paidFields(order.id, { trade_status: "TRADE_CLOSED" });
    expect(await notify(shop.accountId, closed)).toBe("200 success");
    expect((await readOrder(order)).state).toBe("delivered");
  });
});

describe("money after the hold has lapsed", () => {
  const HOLD_SECONDS = 5;

  async function briefOrder(keyPrefix: string) {
    const changes = { hold_seconds: HOLD_SECONDS };
    const product = await stockedProduct(shop, keysNamed(keyPrefix, 1), changes);
    return { product, order: await placeOrder(shop, product.id) };
  }

  /** The alarm as the platform would ring it. */
  async function ring(order: { id: string }) {
    const number = parseOrderId(order.id)?.stockNumber;
    await runDurableObjectAlarm(env.PRODUCT_STOCK.getByName(`product-${number}`));
    return order;
  }

  test("delivers while keys are left; where none are, is unfilled and shown to the merchant", async () => {
    const [stocked, emptied] = [await briefOrder("late"), await briefOrder("late-empty")];
    await new Promise((resolve) => setTimeout(resolve, HOLD_SECONDS * 1_000 + 200));
    await Promise.all([stocked.order, emptied.order].map(ring));
    expect((await readOrder(stocked.order)).state).toBe("expired");
    expect((await readOrder(emptied.order)).state).toBe("expired");

    expect(await notify(shop.accountId, await paidFields(stocked.order.id))).toBe("200 success");
    expect(await readOrder(stocked.order)).toEqual({ state: "delivered", secrets: ["late-0"] });

    const quick = await placeOrder(shop, emptied.product.id, { email: "quick@example.com" });
    await notify(shop.accountId, await paidFields(quick.id));
    expect(await notify(shop.accountId, await paidFields(emptied.order.id))).toBe("200 success");
    expect(await readOrder(emptied.order)).toEqual({ state: "unfilled", secrets: [] });
    expect((await readOrder(quick)).secrets).toEqual(["late-empty-0"]);
    const shown = await shownFor(shop, emptied.order.id);
    expect(shown).toMatchObject([{ verdict: "unfilled", amount_minor: 1000 }]);
  });
});
