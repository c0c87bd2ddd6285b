import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SimulatedShop, type Order } from "../support/node/simulated-shop.ts";

/** What the shop asks of the simulated gateways, and what becomes of it when they answer badly. */
let shop: SimulatedShop;
beforeAll(async () => {
  shop = await SimulatedShop.open();
});
afterAll(() => shop.close());

const MANNERS = ["drop", "html", "error_500", "redirect", "too_large", "other_order"];

/** These name no order in what they answer to an opening … */
const UNNAMED_OPENING: ReadonlySet<string> = new Set(["epay", "epay-v2", "wechat"]);
/** … and these none in what they answer to a refund. */
const UNNAMED_REFUND: ReadonlySet<string> = new Set(["epay"]);
/** These have no field for a number of ours, so only the whole sum can go back. */
const WHOLE_ONLY: ReadonlySet<string> = new Set(["epay"]);
/** How an account is set up so that the gateway is called to open. */
const OPENED_BY_CALL: Readonly<Record<string, object>> = {
  epay: { open_by: "api" },
  alipay: { scene: "precreate" },
};

interface WithRefunds {
  readonly state: string;
  readonly refunds: readonly {
    state: string;
    refund_no: string | null;
    amount: { amount_minor: number };
  }[];
}

let acts = 0;

async function refund(orderId: string, body: object) {
  return shop.mortal.client.admin<WithRefunds>(
    "POST",
    `/orders/${orderId}/refunds`,
    { reason: "as the test wants it", ...body },
    { "idempotency-key": `a-refund-of-tests-${++acts}` },
  );
}

describe.each(["epay", "epay-v2", "alipay", "wechat", "stripe", "paypal"])(
  "%s asked to refund",
  (gateway) => {
    let productId: string;
    beforeAll(async () => {
      productId = await shop.productPaidBy(gateway, `${gateway}-refunds`);
    });

    async function paid(): Promise<Order> {
      const placed = await shop.order(productId, `${gateway}-refunds`);
      await shop.goToPay(placed);
      await shop.play(gateway, placed.id, { mode: "pay" });
      expect((await shop.look(placed)).state).toBe("delivered");
      return placed;
    }

    test.skipIf(!WHOLE_ONLY.has(gateway))(
      "gives all of it back once, and a part is never asked of it",
      async () => {
        const { id } = await paid();
        await expect(refund(id, { amount_minor: 300 })).rejects.toThrow("whole_only");
        const whole = await refund(id, {});
        expect(whole).toMatchObject({
          state: "refunded",
          refunds: [{ state: "done", amount: { amount_minor: 1000 } }],
        });
        await expect(refund(id, {})).rejects.toThrow("409");
      },
    );

    test.skipIf(WHOLE_ONLY.has(gateway))(
      "gives a part back, then the rest, and not a cent more",
      async () => {
        const { id } = await paid();
        const part = await refund(id, { amount_minor: 300 });
        expect(part).toMatchObject({ state: "delivered", refunds: [{ state: "done" }] });
        const whole = await refund(id, {});
        expect(whole.refunds.map(({ state, amount }) => [state, amount.amount_minor])).toEqual([
          ["done", 300],
          ["done", 700],
        ]);
        expect(whole.state).toBe("refunded");
        await expect(refund(id, { amount_minor: 1 })).rejects.toThrow(/40|422/);
      },
    );

    test("says what it refused, and the order is what it was", async () => {
      const placed = await paid();
      const { id } = placed;
      await shop.behave(gateway, "refund", "refuse");
      await expect(refund(id, {})).rejects.toThrow("refund_refused");
      await shop.behave(gateway, "refund", "none");
      expect((await shop.look(placed)).state).toBe("delivered");
    });

    test.each(MANNERS.filter((manner) => manner !== "other_order" || !UNNAMED_REFUND.has(gateway)))(
      "answers with %s: the refund stays asked, to be asked for again under the same id",
      async (manner) => {
        const { id } = await paid();
        await shop.behave(gateway, "refund", manner);
        const asked = await refund(id, {});
        await shop.behave(gateway, "refund", "none");
        expect(asked.refunds).toMatchObject([{ state: "asked" }]);
      },
    );
  },
);

describe.each([
  "epay",
  "epay-v2",
  "alipay",
  "wechat",
  "stripe",
  "paypal",
  "bepusdt",
  "epusdt",
  "tokenpay",
])("%s asked to open", (gateway) => {
  test.each(
    ["refuse", ...MANNERS].filter(
      (manner) => manner !== "other_order" || !UNNAMED_OPENING.has(gateway),
    ),
  )("answers with %s: the order is held, and nothing is shown to pay by", async (manner) => {
    const slug = `${gateway}-${manner.replaceAll("_", "-")}`;
    const changes = OPENED_BY_CALL[gateway] ?? {};
    const productId = await shop.productPaidBy(gateway, slug, changes);
    await shop.behave(gateway, "open", manner);
    const placed = await shop.order(productId, slug);
    await shop.behave(gateway, "open", "none");
    expect(placed).toMatchObject({ state: "pending", payment: { action: "none" } });
  });
});
