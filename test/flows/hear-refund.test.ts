import { describe, expect, test } from "vitest";
import type { RefundId } from "../../src/domain/ids.ts";
import type { AuditEntry } from "../../src/domain/audit.ts";
import { settingsOf } from "../../src/domain/shop-settings.ts";
import { hearRefund } from "../../src/flows/hear-refund.ts";
import { memoryShop } from "../support/node/memory-shop.ts";
import { ACCOUNT, MERCHANT, NOW_MS, order, payment, request } from "../store/fixtures.ts";

const REFUND = `rfd_${"0".repeat(20)}` as RefundId;
const { tradeNo, money: PAID } = payment(1);

function world(money = {}) {
  const shop = memoryShop();
  const audited: AuditEntry[] = [];
  shop.store.reserve([request(1)], NOW_MS);
  shop.store.recordPayment(payment(1), MERCHANT, NOW_MS);
  return {
    shop,
    audited,
    present: () => shop.store.order(order(1)),
    begin: (amountMinor: number, refundId = REFUND) =>
      shop.store.beginRefund(
        {
          orderId: order(1),
          merchantId: MERCHANT,
          refundId,
          payment: null,
          amountMinor,
          keys: "void",
          method: "gateway",
          reason: "asked for",
          refundNo: null,
        },
        NOW_MS,
      ),
    tell: (changes: Partial<Parameters<typeof hearRefund>[2]> = {}, merchantId = MERCHANT) =>
      hearRefund(
        {
          stock: shop.stock,
          clock: { nowMs: () => NOW_MS },
          shopSettings: async () => settingsOf({ money }),
          audit: { append: async (entry) => void audited.push(entry) },
        },
        { accountId: ACCOUNT, merchantId },
        {
          kind: "refunded",
          tradeNo,
          orderRef: order(1),
          refundNo: "R-1",
          money: PAID,
          ...changes,
        },
      ),
  };
}

describe("a refund that a gateway tells of", () => {
  test("is ours by our number: what was asked for is done, once", async () => {
    const { begin, tell, present } = world();
    begin(300);
    // Some gateways tell the sum of all refunds: the number decides.
    const sum = { amountMinor: 900, currency: PAID.currency };
    expect(await tell({ refundNo: REFUND, money: sum })).toBe("ours");
    expect(await tell({ refundNo: REFUND, money: sum })).toBe("ours");
    expect(present()?.refunds).toMatchObject([{ id: REFUND, state: "done", method: "gateway" }]);
  });

  test("of a part of what was made at the desk is written down once by its number: the order and its keys stay", async () => {
    const { tell, present } = world();
    const part = { amountMinor: 300, currency: PAID.currency };
    expect(await tell({ money: part })).toBe("desk");
    expect(await tell({ money: part })).toBe("desk");
    expect(present()).toMatchObject({
      state: "delivered",
      refunds: [{ state: "done", method: "desk", refundNo: "R-1", money: part }],
    });
    expect(await tell({ refundNo: "R-2", money: { ...part, amountMinor: 701 } })).toBe("unheard");
    expect(await tell({ refundNo: "R-3", money: { ...part, amountMinor: 700 } })).toBe("desk");
    expect(present()).toMatchObject({ state: "refunded" });
    expect(present()?.keys).toHaveLength(1);
  });

  test("under a number of the notice's own is ours by payment and sum, however often it is told", async () => {
    const { begin, tell, present } = world();
    begin(300);
    const part = { amountMinor: 300, currency: PAID.currency };
    expect(await tell({ refundNo: "evt_1", numberedByNotice: true, money: part })).toBe("ours");
    expect(await tell({ refundNo: "evt_1", numberedByNotice: true, money: part })).toBe("ours");
    expect(present()?.refunds).toHaveLength(1);
    // A refund that says its number is another one, though its sum be the same.
    expect(await tell({ refundNo: "R-of-the-desk", money: part })).toBe("desk");
    expect(present()?.refunds?.map(({ method }) => method)).toEqual(["gateway", "desk"]);
  });

  test("that is all of the payment and none of ours was made at the desk: one row, keys stay", async () => {
    const { tell, present } = world();
    expect(await tell()).toBe("desk");
    const keys = present()?.keys;
    expect(await tell()).toBe("desk");
    expect(present()).toMatchObject({
      state: "refunded",
      refunds: [{ state: "done", method: "desk", refundNo: "R-1", money: PAID }],
    });
    expect(keys).toHaveLength(1);
  });

  test("at the desk takes the keys where the shop's rule says so, and the audit log has it once", async () => {
    const { tell, present, audited, shop } = world({ deskRefundKeys: "void" });
    const { free } = shop.store.stock();
    expect(await tell()).toBe("desk");
    expect(await tell()).toBe("desk");
    expect(present()).toMatchObject({ state: "refunded", keys: [], refunds: [{ keys: "void" }] });
    expect(shop.store.stock()).toMatchObject({ void: 1, sold: 0, free });
    expect(audited).toMatchObject([
      { action: "order.void_keys", actor: "gateway", subject: order(1) },
    ]);
  });

  test("forty times at once is one refund", async () => {
    const { tell, present } = world();
    await Promise.all(Array.from({ length: 40 }, () => tell()));
    expect(present()?.refunds).toHaveLength(1);
  });

  test("never makes more go back than was paid", async () => {
    const { begin, tell, present } = world();
    begin(1, `rfd_${"1".repeat(20)}` as RefundId);
    expect(await tell()).toBe("unheard");
    expect(present()).toMatchObject({ state: "delivered", refunds: [{ state: "asked" }] });
  });

  test.each([
    ["all so far", { sumOfAll: true as const, money: { amountMinor: 1, currency: PAID.currency } }],
    ["more than was paid", { money: { ...PAID, amountMinor: PAID.amountMinor + 1 } }],
    ["no sum", { money: null }],
    ["another currency", { money: { ...PAID, currency: "USD" as const } }],
    ["no number", { refundNo: null }],
    ["no order", { orderRef: null }],
    ["an order that is none", { orderRef: "ord_nonsense" }],
  ])("of %s is for a person, and changes nothing", async (_, changes) => {
    const { tell, present } = world();
    const before = present();
    expect(await tell(changes)).toBe("unheard");
    expect(present()).toEqual(before);
  });

  test("by another merchant's gateway changes nothing", async () => {
    const { tell, present } = world();
    expect(await tell({}, "mer_other" as typeof MERCHANT)).toBe("unheard");
    expect(present()?.refunds).toEqual([]);
  });

  test("is heard at its repeat where the object could not be asked", async () => {
    const { shop, tell, present } = world();
    shop.wire.failAfter = 1;
    await expect(tell()).rejects.toThrow("the wire broke");
    await tell();
    expect(present()?.refunds).toHaveLength(1);
  });
});
