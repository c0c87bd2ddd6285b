import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { seededRandom } from "../../scripts/rehearse/random.ts";
import { keysNamed, notify, paidFields, readOrder, shownFor } from "../support/worker/notices.ts";
import {
  EPAY,
  epayAccount,
  migrate,
  openShop,
  placeOrder,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";

/** What a gateway may do to a shop. The lines that other tests hold are in docs/chaos.md. */
/** A bound and no measure: two cores may have other things to do. */
vi.setConfig({ testTimeout: 120_000 });
let shop: Shop;

beforeAll(async () => {
  await migrate();
  shop = await openShop();
});

beforeEach(() => vi.spyOn(console, "warn").mockReturnValue());
afterEach(() => vi.restoreAllMocks());

async function pendingOrder(changes: Record<string, unknown> = {}, quantity = 1) {
  const product = await stockedProduct(shop, keysNamed(crypto.randomUUID(), 5), changes);
  return placeOrder(shop, product.id, { quantity });
}

test("a refund that is told before the payment blocks nothing: the payment that follows delivers", async () => {
  const order = await pendingOrder();
  const trade = { trade_no: "refunded-first" };
  for (const status of ["TRADE_REFUND", "TRADE_CLOSED"]) {
    const refund = await paidFields(order.id, { ...trade, trade_status: status });
    expect(await notify(shop.accountId, refund)).toBe("200 success");
    expect((await readOrder(order)).state).toBe("pending");
  }
  expect(await notify(shop.accountId, await paidFields(order.id, trade))).toBe("200 success");
  expect((await readOrder(order)).state).toBe("delivered");
  // Whoever asks sees what was told, in the inbox.
  await vi.waitFor(async () => {
    const { json } = await shop.admin(`/payment-notices?order_id=${order.id}`);
    const verdicts = json.data.map(({ verdict }: { verdict: string }) => verdict);
    expect(verdicts.toSorted()).toEqual(["delivered", "not_paid", "not_paid"]);
  });
});

test("the same number in another currency is a mismatch, and does not block the true one", async () => {
  const credentials = { ...EPAY, gateway_url: "https://pay.example.com/" };
  const body = epayAccount({ slug: "dollars", currency: "USD", credentials });
  const dollars = (await shop.admin("/payment-accounts", { body })).json;
  const order = await pendingOrder();
  expect(await notify(dollars.id, await paidFields(order.id))).toBe("200 success");
  expect(await readOrder(order)).toEqual({ state: "pending", secrets: [] });
  expect(await shownFor(shop, order.id)).toMatchObject([{ verdict: "mismatch" }]);
  expect(await notify(shop.accountId, await paidFields(order.id))).toBe("200 success");
  expect((await readOrder(order)).state).toBe("delivered");
});

test("another order's sum pays neither: each order takes its own", async () => {
  const [one, three] = [await pendingOrder(), await pendingOrder({}, 3)];
  await notify(shop.accountId, await paidFields(one.id, { money: "30.00", trade_no: "a" }));
  await notify(shop.accountId, await paidFields(three.id, { money: "10.00", trade_no: "b" }));
  expect((await readOrder(one)).state).toBe("pending");
  expect((await readOrder(three)).state).toBe("pending");
  await notify(shop.accountId, await paidFields(one.id, { money: "10.00", trade_no: "c" }));
  await notify(shop.accountId, await paidFields(three.id, { money: "30.00", trade_no: "d" }));
  expect((await readOrder(one)).secrets).toHaveLength(1);
  expect((await readOrder(three)).secrets).toHaveLength(3);
});

test.each([1, 2, 3, 4, 5])(
  "everything that a gateway may say of ten orders, twice and in any order, delivers each once (seed %i)",
  async (seed) => {
    const random = seededRandom(seed);
    const product = await stockedProduct(shop, keysNamed(`out-of-order-${seed}`, 12));
    const buyers = keysNamed("buyer", 10).map((name) => ({ email: `${name}@example.com` }));
    const orders = await Promise.all(buyers.map((buyer) => placeOrder(shop, product.id, buyer)));
    const notices = (
      await Promise.all(
        orders.flatMap(({ id }, n) => {
          const trade = { trade_no: `seed-${seed}-${n}` };
          return [
            paidFields(id, trade),
            paidFields(id, { ...trade, trade_status: "WAIT_BUYER_PAY" }),
            paidFields(id, { ...trade, trade_status: "TRADE_CLOSED" }),
            paidFields(id, { money: "9.99", trade_no: `seed-${seed}-${n}-short` }),
            paidFields(id, { trade_no: `seed-${seed}-${(n + 1) % 10}` }, "another account's key"),
          ];
        }),
      )
    ).flatMap((fields) => [fields, fields]);
    const shuffled = notices
      .map((fields) => ({ fields, at: random() }))
      .toSorted((a, b) => a.at - b.at);
    await Promise.all(shuffled.map(({ fields }) => notify(shop.accountId, fields)));

    const after = await Promise.all(orders.map(readOrder));
    expect(after.filter(({ state }) => state !== "delivered")).toEqual([]);
    expect(new Set(after.flatMap(({ secrets }) => secrets)).size).toBe(10);
    const stock = await shop.admin(`/products/${product.id}/stock`);
    expect(stock.json).toMatchObject({ free: 2, held: 0, sold: 10 });
  },
);
