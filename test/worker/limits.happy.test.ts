import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { isolate, wiredObjects } from "../support/worker/isolate.ts";
import {
  createProduct,
  getOrder,
  migrate,
  openShop,
  postOrder,
  stockedProduct,
  unopenedProduct,
  type Shop,
} from "../support/worker/shop.ts";

beforeAll(migrate);

const from = (address: string) => ({ headers: { "cf-connecting-ip": address } });

async function shopWith(limits: Record<string, number>): Promise<Shop> {
  const shop = await openShop();
  const headers = { "if-match": '"0"' };
  await shop.admin("/settings", { method: "PATCH", body: { limits }, headers });
  return shop;
}

describe("orders within the limits", () => {
  test("say how their network and their e-mail stand", async () => {
    const shop = await openShop();
    const product = await stockedProduct(shop, ["A", "B"]);
    const first = await postOrder(shop, product.id, {}, undefined, from("198.51.100.1"));
    expect(first.status).toBe(201);
    expect(first.headers.get("ratelimit-policy")).toBe(
      '"order-network";q=120;w=60, "order-email";q=20;w=60',
    );
    expect(first.headers.get("ratelimit")).toBe(
      '"order-network";r=119;t=1, "order-email";r=19;t=3',
    );
    const second = await postOrder(shop, product.id, {}, undefined, from("198.51.100.1"));
    expect(second.headers.get("ratelimit")).toMatch(/^"order-network";r=118;.*"order-email";r=18;/);
  });

  test("ask the stock object and no limiter", async () => {
    const shop = await openShop();
    const product = await stockedProduct(shop, ["A"]);
    const asked: string[] = [];
    const { fetch } = isolate({
      // A wire of any object's; the types are those of the stock's.
      RATE_LIMITER: wiredObjects(env.RATE_LIMITER as never, ({ method, ask }) => {
        asked.push(method);
        return ask();
      }) as never,
      PRODUCT_STOCK: wiredObjects(env.PRODUCT_STOCK, ({ method, ask }) => {
        asked.push(method);
        return ask();
      }),
    });
    const order = await postOrder(shop, product.id, {}, undefined, {
      fetch,
      ...from("198.51.100.4"),
    });
    expect(order.status).toBe(201);
    expect(asked).toContain("reserve");
    expect(asked).not.toContain("take");
  });

  test("that are refused for another reason say so too", async () => {
    const shop = await openShop();
    const product = await createProduct(shop);
    const refused = await postOrder(shop, product.id, {}, undefined, from("198.51.100.2"));
    expect([refused.status, refused.json.code]).toEqual([409, "sold_out"]);
    expect(refused.headers.get("ratelimit")).toContain('"order-network";r=119');
  });

  test("have the merchant's limits from the moment these are set", async () => {
    const shop = await shopWith({ orders_per_network: 6, orders_per_email: 3 });
    const product = await stockedProduct(shop, ["A"]);
    const order = await postOrder(shop, product.id, {}, undefined, from("198.51.100.3"));
    expect(order.headers.get("ratelimit-policy")).toBe(
      '"order-network";q=6;w=60, "order-email";q=3;w=60',
    );
  });

  test("of one shop take nothing of another's", async () => {
    const [tight, other] = [await shopWith({ orders_per_email: 3 }), await openShop()];
    const [here, there] = [await unopenedProduct(tight), await unopenedProduct(other)];
    for (let n = 0; n < 5; n++) await postOrder(tight, here.id);
    expect((await postOrder(tight, here.id)).status).toBe(429);
    expect((await postOrder(other, there.id)).status).toBe(409);
  });

  test("a buyer who was refused orders with the same key later, and has one order", async () => {
    const shop = await shopWith({ orders_per_email: 600 });
    const product = await stockedProduct(shop, ["A", "B"]);
    const key = "the-same-key-all-along";
    const order = await postOrder(shop, product.id, {}, key);
    const again = await postOrder(shop, product.id, {}, key);
    expect(again.json.id).toBe(order.json.id);
    expect((await getOrder(order.json)).json.state).toBe("pending");
  });
});
