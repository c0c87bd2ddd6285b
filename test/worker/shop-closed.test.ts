import { beforeAll, expect, test } from "vitest";
import { announce, join } from "../support/worker/drops.ts";
import { eventually } from "../support/worker/eventually.ts";
import { Visitor } from "../support/worker/pages.ts";
import {
  call,
  getOrder,
  migrate,
  openShop,
  postOrder,
  sendNotice,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";

/** A shop that its merchant closes for a while, with the switch of the settings. */
let shop: Shop;
beforeAll(async () => {
  await migrate();
  shop = await openShop("demo");
});

async function turn(on: boolean) {
  const { json: settings } = await shop.admin("/settings");
  const answer = await shop.admin("/settings", {
    method: "PATCH",
    body: { switches: { shop: on } },
    headers: { "if-match": `"${settings.version}"` },
  });
  expect(answer.status).toBe(200);
  // Isolates remember settings for about a second.
  await eventually(async () => {
    const { status } = await new Visitor("en").get("/");
    return (status === 200) === on ? true : null;
  });
}

test("sells nothing and says so at every door, while what was ordered goes on; then it is open again", async () => {
  const product = await stockedProduct(shop, ["KEY-A", "KEY-B"], { slug: "closable" });
  const drop = await announce(shop);
  const { json: order } = await postOrder(shop, product.id, {}, "placed-before-it-closed");
  await turn(false);

  const visitor = new Visitor("en");
  for (const path of ["/", "/p/closable", "/checkout/closable", `/drops/${drop.id}`]) {
    const page = await visitor.get(path);
    expect(page.status).toBe(503);
    expect(Number(page.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(page.headers.get("cache-control")).toBe("no-store");
  }
  expect((await visitor.get(`/drops/${drop.id}/place`)).status).toBe(503);
  for (const path of ["/products", "/products/closable", `/drops/${drop.id}/state`]) {
    const told = await call(`/api/v1${path}`);
    expect([told.status, told.json.code]).toEqual([503, "shop_closed"]);
  }
  const refused = await postOrder(shop, product.id);
  expect(refused).toMatchObject({ status: 503, json: { code: "shop_closed" } });
  expect(await join(drop, "a@example.com")).toMatchObject({ json: { code: "shop_closed" } });
  expect((await visitor.post(`/drops/${drop.id}/join`, { email: "a@example.com" })).status).toBe(
    503,
  );

  const again = await postOrder(shop, product.id, {}, "placed-before-it-closed");
  expect(again).toMatchObject({ status: 201, json: { id: order.id } });
  expect((await sendNotice(shop, order)).text).toBe("success");
  expect((await getOrder(order)).json.state).toBe("delivered");
  expect((await visitor.get("/lookup")).status).toBe(200);
  expect((await visitor.get(`/drops/${drop.id}/verify`)).status).toBe(200);

  await turn(true);
  expect((await visitor.get("/p/closable")).status).toBe(200);
  expect((await postOrder(shop, product.id)).status).toBe(201);
});
