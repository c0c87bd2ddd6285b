import { describe, expect, test } from "vitest";
import type { BeginRefund } from "../../durable-objects/product-stock/refund-contract.ts";
import type { RefundId } from "../../src/domain/ids.ts";
import type { AuditEntry } from "../../src/domain/audit.ts";
import { settingsOf } from "../../src/domain/settings/shop-settings.ts";
import type { PaymentGateway } from "../../src/flows/payments/payment-ports.ts";
import { hearRefund } from "../../src/flows/refunds/hear-refund.ts";
import { memoryShop } from "../support/node/memory-shop.ts";
import { ACCOUNT, MERCHANT, NOW_MS, order, payment, request } from "../store/fixtures.ts";

const NOBODY_ANSWERS = { kind: "unavailable", reason: "timeout", retryAfterSeconds: null } as const;
const REFUND = `rfd_${"0".repeat(20)}` as RefundId;
const { tradeNo, money: PAID } = payment(1);

/** The gateway's own list, where its notices do not tell which refund it was. */
type Listed = Awaited<ReturnType<NonNullable<PaymentGateway["refundsOf"]>>>;

function world(money = {}) {
  const listed: Listed[] = [];
  const shop = memoryShop();
  const audited: AuditEntry[] = [];
  shop.store.reserve([request(1)], NOW_MS);
  shop.store.recordPayment(payment(1), MERCHANT, NOW_MS);
  const begin = (wish: Pick<BeginRefund, "amountMinor" | "refundId" | "method" | "refundNo">) =>
    shop.store.beginRefund(
      {
        orderId: order(1),
        merchantId: MERCHANT,
        payment: { accountId: ACCOUNT, tradeNo },
        keys: "void",
        reason: "asked for",
        ...wish,
      },
      NOW_MS,
    );
  return {
    shop,
    listed,
    audited,
    present: () => shop.store.order(order(1)),
    begin: (amountMinor: number, refundId = REFUND) =>
      begin({ amountMinor, refundId, method: "gateway", refundNo: null }),
    byHand: (amountMinor: number, refundNo: string | null, refundId: RefundId) =>
      begin({ amountMinor, refundId, method: "hand", refundNo }),
    tell: (changes: Partial<Parameters<typeof hearRefund>[2]> = {}, merchantId = MERCHANT) =>
      hearRefund(
        {
          stock: shop.stock,
          clock: { nowMs: () => NOW_MS },
          shopSettings: async () => settingsOf({ money }),
          audit: { append: async (entry) => void audited.push(entry) },
          trades: {
            takenBy: async ([number]) => [number?.tradeNo === tradeNo ? order(1) : null],
          },
        },
        {
          accountId: ACCOUNT,
          merchantId,
          gateway: { refundsOf: async () => listed.shift() ?? NOBODY_ANSWERS },
        },
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
    expect(await tell({ refundNo: "R-2", money: { ...part, amountMinor: 701 } })).toBe("misfit");
    expect(await tell({ refundNo: "R-3", money: { ...part, amountMinor: 700 } })).toBe("desk");
    expect(present()).toMatchObject({ state: "refunded" });
    expect(present()?.keys).toHaveLength(1);
  });

  test("under a number of the notice's own is one of those that the gateway lists: ours by our number, desk's by its own", async () => {
    const { begin, tell, present, listed } = world();
    begin(300);
    const money = { amountMinor: 300, currency: PAID.currency };
    const vague = { refundNo: "evt_1", numberedByNotice: true, money } as const;
    // Of the same sum, made at the desk: it is not taken for ours.
    const desk = { refundNo: "re_desk", refundId: null, money };
    listed.push({ kind: "refunds", refunds: [desk] });
    expect(await tell(vague)).toBe("desk");
    expect(present()?.refunds).toMatchObject([
      { id: REFUND, state: "asked" },
      { method: "desk", refundNo: "re_desk" },
    ]);
    const ours = { refundNo: "re_ours", refundId: REFUND, money };
    listed.push({ kind: "refunds", refunds: [ours, desk] });
    expect(await tell({ ...vague, refundNo: "evt_2" })).toBe("desk");
    expect(present()?.refunds).toMatchObject([
      { id: REFUND, state: "done", refundNo: "re_ours" },
      { method: "desk", refundNo: "re_desk" },
    ]);
  });

  test("whose gateway cannot be asked which it was is heard later; all of a payment is believed at once, and known again", async () => {
    const { tell, present, listed } = world();
    const part = { amountMinor: 300, currency: PAID.currency };
    const vague = { refundNo: "evt_1", numberedByNotice: true } as const;
    expect(await tell({ ...vague, money: part })).toBe("later");
    expect(present()?.refunds).toEqual([]);
    expect(await tell(vague)).toBe("desk");
    listed.push({
      kind: "refunds",
      refunds: [{ refundNo: "re_1", refundId: null, money: PAID }],
    });
    expect(await tell({ ...vague, refundNo: "evt_2" })).toBe("desk");
    expect(present()?.refunds).toHaveLength(1);

    const other = world();
    other.begin(PAID.amountMinor);
    expect(await other.tell(vague)).toBe("later");
  });

  test("that tells the sum of all so far is of the sum that the gateway says when it is asked", async () => {
    const { tell, present, listed } = world();
    const part = (amountMinor: number) => ({ amountMinor, currency: PAID.currency });
    const list = (refundNo: string, amountMinor: number) =>
      listed.push({
        kind: "refunds",
        refunds: [{ refundNo, refundId: null, money: part(amountMinor) }],
      });
    // The later one is told first.
    list("B", 600);
    expect(await tell({ sumOfAll: true, refundNo: "B", money: PAID })).toBe("desk");
    list("A", 400);
    expect(await tell({ sumOfAll: true, refundNo: "A", money: part(400) })).toBe("desk");
    expect(present()).toMatchObject({
      state: "refunded",
      refunds: [{ refundNo: "A" }, { refundNo: "B" }],
    });
  });

  test("which a person wrote down before is that one, by its number or, once and told, by its sum", async () => {
    const { byHand, tell, present } = world();
    const money = { amountMinor: 300, currency: PAID.currency };
    byHand(300, "DESK-1", `rfd_${"1".repeat(20)}` as RefundId);
    byHand(300, null, `rfd_${"2".repeat(20)}` as RefundId);
    expect(await tell({ refundNo: "DESK-1", money })).toBe("ours");
    expect(await tell({ refundNo: "DESK-2", money })).toBe("assumed");
    // That one has its number now.
    expect(await tell({ refundNo: "DESK-2", money })).toBe("ours");
    expect(await tell({ refundNo: "DESK-3", money })).toBe("desk");
    expect(present()?.refunds?.map(({ method, refundNo }) => [method, refundNo])).toEqual(
      expect.arrayContaining([
        ["hand", "DESK-1"],
        ["hand", "DESK-2"],
        ["desk", "DESK-3"],
      ]),
    );
    expect(present()?.refunds).toHaveLength(3);
  });

  test("that tells that all is back by now gives up the order, though the notice of another part was lost", async () => {
    const { tell, present, listed } = world();
    const part = (amountMinor: number) => ({ amountMinor, currency: PAID.currency });
    const list = (refundNo: string, amountMinor: number) =>
      listed.push({
        kind: "refunds",
        refunds: [{ refundNo, refundId: null, money: part(amountMinor) }],
      });
    list("B", 600);
    expect(await tell({ sumOfAll: true, refundNo: "B", money: PAID })).toBe("desk");
    expect(present()).toMatchObject({ state: "refunded" });
    // The one that was lost is told after all: it is in the books, and has its number now.
    list("A", 400);
    expect(await tell({ sumOfAll: true, refundNo: "A", money: part(400) })).toBe("desk");
    const rows = present()?.refunds?.map(
      ({ refundNo, money }) => `${refundNo} ${money.amountMinor}`,
    );
    expect(rows?.toSorted()).toEqual(["A 400", "B 600"]);
  });

  test("without any number is taken for ours of that sum, which a person is told; no other is written down", async () => {
    const { begin, tell, present } = world();
    const part = { amountMinor: 300, currency: PAID.currency };
    expect(await tell({ refundNo: null, money: part })).toBe("misfit");
    begin(300);
    expect(await tell({ refundNo: null, money: part })).toBe("assumed");
    expect(await tell({ refundNo: null, money: part })).toBe("assumed");
    expect(present()?.refunds).toMatchObject([{ id: REFUND, state: "done" }]);
  });

  test("that names our number beside the gateway's own is ours", async () => {
    const { begin, tell, present } = world();
    begin(300);
    const part = { amountMinor: 300, currency: PAID.currency };
    expect(await tell({ refundNo: "1JU", refundId: REFUND, money: part })).toBe("ours");
    expect(await tell({ refundNo: "1JV", money: part })).toBe("desk");
    expect(present()?.refunds).toMatchObject([{ state: "done" }, { refundNo: "1JV" }]);
  });

  test("which names only its payment finds the order by that", async () => {
    const { tell } = world();
    expect(await tell({ orderRef: null })).toBe("desk");
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
    // Ours may still be refused: then this one fits.
    expect(await tell()).toBe("later");
    expect(present()).toMatchObject({ state: "delivered", refunds: [{ state: "asked" }] });
  });

  test.each([
    ["all so far", "later", { sumOfAll: true as const, money: { ...PAID, amountMinor: 1 } }],
    ["more than was paid", "misfit", { money: { ...PAID, amountMinor: PAID.amountMinor + 1 } }],
    ["no sum", "misfit", { money: null }],
    ["another currency", "misfit", { money: { ...PAID, currency: "USD" as const } }],
    ["no number", "misfit", { refundNo: null }],
    ["no order that is known", "later", { orderRef: null, tradeNo: "another" }],
    ["an order that is none", "later", { orderRef: "ord_nonsense", tradeNo: "another" }],
  ])("of %s is for a person (%s), and changes nothing", async (_, heard, changes) => {
    const { tell, present } = world();
    const before = present();
    expect(await tell(changes)).toBe(heard);
    expect(present()).toEqual(before);
  });

  test("by another merchant's gateway changes nothing", async () => {
    const { tell, present } = world();
    expect(await tell({}, "mer_other" as typeof MERCHANT)).toBe("later");
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
