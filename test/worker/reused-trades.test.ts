import { beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../support/worker/eventually.ts";
import {
  getOrder,
  migrate,
  openShop,
  placeOrder,
  sendNotice,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";
import { booked } from "../support/worker/statements.ts";

beforeAll(migrate);

// oxlint-disable-next-line typescript/no-explicit-any -- what came over the wire has no type
type Wire = any;

let number = 0;
async function twoOrders(shop: Shop): Promise<{ first: Wire; second: Wire; trade_no: string }> {
  const n = ++number;
  const products = [await stockedProduct(shop, [`A-${n}`]), await stockedProduct(shop, [`B-${n}`])];
  const [first, second] = [
    await placeOrder(shop, products[0].id),
    await placeOrder(shop, products[1].id),
  ];
  return { first, second, trade_no: `T-twice-${n}` };
}

async function reused(shop: Shop): Promise<Wire[]> {
  const { json } = await shop.admin("/payment-notices");
  return json.data.filter(({ verdict }: Wire) => verdict === "trade_reused");
}

describe("one transaction number for orders of two products", () => {
  test("buys once: the order that comes second gets nothing, and a person is shown it", async () => {
    const shop = await openShop();
    const { first, second, trade_no } = await twoOrders(shop);
    await sendNotice(shop, first, { trade_no });
    await booked(trade_no, first.id);
    expect(await reused(shop)).toEqual([]);

    await sendNotice(shop, second, { trade_no });
    const [row] = await eventually(async () => {
      const rows = await reused(shop);
      return rows.length > 0 ? rows : null;
    });
    expect(row).toMatchObject({ trade_no, order_ref: second.id });
    expect((await getOrder(second)).json).toMatchObject({ state: "pending" });
    expect((await getOrder(first)).json).toMatchObject({ state: "delivered" });

    // A number of its own pays it all the same, and what was told already is told for nothing.
    await sendNotice(shop, second, { trade_no: `${trade_no}-own` });
    expect((await getOrder(second)).json).toMatchObject({ state: "delivered" });
    for (let time = 0; time < 3; time++) {
      await sendNotice(shop, first, { trade_no });
      await sendNotice(shop, second, { trade_no });
    }
    expect(await reused(shop)).toHaveLength(1);
  });

  test("that come before the book has heard of the first are found by it, once however often they are told", async () => {
    const shop = await openShop();
    const { first, second, trade_no } = await twoOrders(shop);
    await Promise.all([first, second].map((order) => sendNotice(shop, order, { trade_no })));
    // Each object delivered in good faith; what to do about it is a person's to say.
    const states = await Promise.all(
      [first, second].map(async (o) => (await getOrder(o)).json.state),
    );
    expect(states).toEqual(["delivered", "delivered"]);
    await eventually(async () => ((await reused(shop)).length > 0 ? true : null));

    for (let time = 0; time < 3; time++) {
      await sendNotice(shop, first, { trade_no });
      await sendNotice(shop, second, { trade_no });
      await shop.admin(`/orders/${second.id}/resend`, { method: "POST" });
    }
    expect(await reused(shop)).toHaveLength(1);
  });

  test("of two accounts is two payments", async () => {
    const [shop, other] = [await openShop(), await openShop()];
    const { first, trade_no } = await twoOrders(shop);
    const theirs = await twoOrders(other);
    await sendNotice(shop, first, { trade_no });
    await sendNotice(other, theirs.second, { trade_no });
    await booked(trade_no, first.id);
    await booked(trade_no, theirs.second.id);
    expect([await reused(shop), await reused(other)]).toEqual([[], []]);
  });
});
