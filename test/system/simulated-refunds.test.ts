import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SimulatedShop } from "../support/node/simulated-shop.ts";

/** Refunds at the desks of simulated gateways, as their notices tell of them. */
let shop: SimulatedShop;
beforeAll(async () => {
  shop = await SimulatedShop.open();
});
afterAll(() => shop.close());

interface AdminOrder {
  readonly state: string;
  readonly keys: readonly unknown[];
  readonly payments: readonly { readonly verdict: string }[];
  readonly refunds: readonly {
    readonly state: string;
    readonly method: string;
    readonly refund_no: string | null;
    readonly amount: { readonly amount_minor: number };
  }[];
}

describe.each(["alipay", "wechat", "stripe", "paypal"])("%s", (gateway) => {
  let productId: string;
  beforeAll(async () => {
    productId = await shop.productPaidBy(gateway, `${gateway}-desk`);
  });

  async function placed() {
    const order = await shop.order(productId, `${gateway}-desk`);
    await shop.goToPay(order);
    return order;
  }
  const look = (id: string) => shop.mortal.client.admin<AdminOrder>("GET", `/orders/${id}`);

  test("tells of a refund before the payment: nothing is delivered for it", async () => {
    const { id } = await placed();
    await shop.play(gateway, id, { mode: "refunded_first" });
    expect(await look(id)).toMatchObject({
      state: "refunded",
      keys: [],
      payments: [{ verdict: "went_back" }],
      refunds: [{ method: "desk", state: "done", amount: { amount_minor: 1_000 } }],
    });
  });

  test.skipIf(gateway === "wechat" || gateway === "paypal")(
    "tells of all at its desk after a part of ours: each is in the books once, with its number",
    async () => {
      const { id } = await placed();
      await shop.play(gateway, id, { mode: "pay" });
      const part = { reason: "as the test wants it", amount_minor: 300 };
      await shop.mortal.client.admin("POST", `/orders/${id}/refunds`, part, {
        "idempotency-key": `a-part-of-${id}`,
      });
      await shop.play(gateway, id, { mode: "refunded" });
      await shop.play(gateway, id, { mode: "refunded" });
      const order = await look(id);
      expect(order.state).toBe("refunded");
      expect(
        order.refunds.map(({ method, amount }) => `${method} ${amount.amount_minor}`).toSorted(),
      ).toEqual(["desk 700", "gateway 300"]);
      expect(new Set(order.refunds.map(({ refund_no }) => refund_no)).size).toBe(2);
    },
  );
});
