import { beforeAll, describe, expect, test } from "vitest";
import { keysNamed, notify, paidFields, readOrder, shownFor } from "../support/worker/notices.ts";
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

async function pendingOrder() {
  const product = await stockedProduct(shop, keysNamed(crypto.randomUUID(), 1));
  return placeOrder(shop, product.id);
}

async function verdictsFor(orderRef: string) {
  return (await shownFor(shop, orderRef)).map((notice) => notice.verdict);
}

describe("money that is not what the order asks for", () => {
  test.each([
    ["a fen too little", "9.99", 999],
    ["a fen too much", "10.01", 1001],
    ["a hundred times too little", "0.10", 10],
    ["nothing", "0.00", 0],
  ])(
    "%s delivers nothing, is recorded and shown, and the gateway may stop",
    async (_, money, minor) => {
      const order = await pendingOrder();
      const notice = await paidFields(order.id, { money });
      expect(await notify(shop.accountId, notice)).toBe("200 success");
      expect(await notify(shop.accountId, notice)).toBe("200 success");
      expect(await readOrder(order)).toEqual({ state: "pending", secrets: [] });
      const shown = await shownFor(shop, order.id);
      expect(shown).toMatchObject([{ verdict: "mismatch", amount_minor: minor }]);
    },
  );

  test("a wrong sum does not block the right one", async () => {
    const order = await pendingOrder();
    await notify(shop.accountId, await paidFields(order.id, { money: "9.99" }));
    const right = await paidFields(order.id, { trade_no: "the-right-one" });
    expect(await notify(shop.accountId, right)).toBe("200 success");
    expect((await readOrder(order)).state).toBe("delivered");
  });

  test("a sum that cannot be read grants nothing, is not accepted, and is shown", async () => {
    const order = await pendingOrder();
    const notice = await paidFields(order.id, { money: "10.005" });
    expect(await notify(shop.accountId, notice)).toBe("400 fail");
    expect((await readOrder(order)).state).toBe("pending");
    expect(await verdictsFor(order.id)).toEqual(["refused_amount"]);
  });
});

describe("numbers that do not fit together", () => {
  test("one transaction number for two orders delivers one of them and is shown", async () => {
    const product = await stockedProduct(shop, keysNamed("one-trade-two-orders", 2));
    const first = await placeOrder(shop, product.id);
    const second = await placeOrder(shop, product.id, { email: "second@example.com" });
    const trade = { trade_no: "the-same-number" };
    expect(await notify(shop.accountId, await paidFields(first.id, trade))).toBe("200 success");
    expect(await notify(shop.accountId, await paidFields(second.id, trade))).toBe("200 success");
    expect((await readOrder(first)).state).toBe("delivered");
    expect((await readOrder(second)).state).toBe("pending");
    expect(await verdictsFor(second.id)).toEqual(["trade_reused"]);
  });

  test("two transaction numbers for one order deliver once, and the second is shown", async () => {
    const product = await stockedProduct(shop, keysNamed("two-trades-one-order", 2));
    const order = await placeOrder(shop, product.id);
    await notify(shop.accountId, await paidFields(order.id, { trade_no: "number-1" }));
    const again = await paidFields(order.id, { trade_no: "number-2" });
    expect(await notify(shop.accountId, again)).toBe("200 success");
    expect((await readOrder(order)).secrets).toHaveLength(1);
    const stock = await shop.admin(`/products/${product.id}/stock`);
    expect(stock.json).toMatchObject({ sold: 1, free: 1 });
    expect(await verdictsFor(order.id)).toEqual(["surplus"]);
  });
});

describe("money for no order", () => {
  test.each([
    ["an order that nobody placed", "ord_000001zzzzzzzzzzzzzzzzzzzzzz"],
    ["a product that does not exist", "ord_zzzzzzzzzzzzzzzzzzzzzzzzzzzz"],
    ["another shop's number", "20160806151343349"],
    ["SQL", "';DROP/**/TABLE/**/orders;--"],
  ])("%s is kept as unmatched, once, and the gateway may stop", async (_, orderRef) => {
    const notice = await paidFields(orderRef);
    expect(await notify(shop.accountId, notice)).toBe("200 success");
    expect(await notify(shop.accountId, notice)).toBe("200 success");
    expect(await verdictsFor(orderRef)).toEqual(["unmatched"]);
  });
});

describe("requests that are no notices", () => {
  test.each([
    ["GET without parameters", {}, ""],
    ["an empty POST", { method: "POST" }, ""],
    ["JSON", { body: {} }, ""],
    ["bytes", { body: new Uint8Array([0xff, 0xfe, 0x00]) }, ""],
    ["broken percent signs", {}, "?a=%&b=%zz"],
  ])("%s is told fail", async (_, init, query) => {
    const { status, text } = await call(`/payments/${shop.accountId}/notify${query}`, init);
    expect(`${status} ${text}`).toBe("400 fail");
  });

  test("a body of 100 kB is too large", async () => {
    const { status, json } = await call(`/payments/${shop.accountId}/notify`, {
      type: "application/x-www-form-urlencoded",
      body: "x".repeat(100 * 1024),
    });
    expect(status).toBe(413);
    expect(json).toMatchObject({ code: "body_too_large", limit_bytes: 65_536 });
  });

  test.each(["PUT", "DELETE", "PATCH"])("%s does nothing", async (method) => {
    const { status } = await call(`/payments/${shop.accountId}/notify`, { method });
    expect([404, 405]).toContain(status);
  });

  test.each(["acct_00000000000000000000", "nonsense", "acct_", "mer_00000000000000000000"])(
    "the account %s is not found",
    async (id) => {
      const fields = await paidFields("ord_000001zzzzzzzzzzzzzzzzzzzzzz");
      expect(await notify(id, fields)).toMatch(/^404 .*"code":"not_found"/);
    },
  );
});
