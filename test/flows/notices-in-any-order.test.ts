import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DisputeTold } from "../../src/domain/payments/dispute.ts";
import type { NoticeEntry } from "../../src/domain/payments/notice-row.ts";
import { acceptPayment } from "../../src/flows/payments/accept-payment.ts";
import type { NoticeReading } from "../../src/flows/payments/payment-ports.ts";
import { nobodysDispute } from "../support/node/nobodys-dispute.ts";
import { memoryShop } from "../support/node/memory-shop.ts";
import {
  ACCOUNT,
  MERCHANT,
  NOW_MS,
  order,
  payment,
  PRICE_MINOR,
  request,
} from "../store/fixtures.ts";

const { tradeNo, money: PAID } = payment(1);
const about = { tradeNo, orderRef: order(1) };
const PAID_NOTICE: NoticeReading = { kind: "paid", ...about, money: PAID };

function refunded(refundNo: string, amountMinor: number): NoticeReading {
  return { kind: "refunded", ...about, refundNo, money: { ...PAID, amountMinor } };
}

type Begin = "held" | "lapsed" | "cancelled";

/** An order that is not paid yet, and a gateway that tells of its money. */
function shopOf(begin: Begin = "held") {
  const shop = memoryShop();
  const entries: NoticeEntry[] = [];
  shop.store.reserve([request(1)], NOW_MS);
  if (begin === "lapsed") {
    shop.clock.at += 3_600_000;
    shop.store.tick(shop.clock.at);
  }
  if (begin === "cancelled") shop.store.cancel({ orderId: order(1), by: "buyer" }, NOW_MS);
  const keep = (entry: NoticeEntry) => void entries.push(entry);
  const ports = {
    stock: shop.stock,
    clock: shop.clock,
    notices: { keep: async (entry: NoticeEntry) => keep(entry), keepLater: keep },
    disputes: {
      tell: async (told: DisputeTold) => nobodysDispute(told),
      heard: () => Promise.resolve(),
    },
    trades: { takenBy: () => Promise.resolve([null]) },
    shopSettings: shop.shopSettings,
    audit: { append: () => Promise.resolve() },
  };
  const account = { id: ACCOUNT, merchantId: MERCHANT, gateway: {} };
  return {
    entries,
    store: shop.store,
    tell: (reading: NoticeReading) => acceptPayment(ports, account, { reading, raw: null }),
    now: () => {
      const found = shop.store.order(order(1));
      if (found === null) throw new Error("no order");
      return found;
    },
  };
}

/** What counts of an order once the gateway has told everything. */
function endOf({ now }: ReturnType<typeof shopOf>) {
  const { state, refunds = [], payments, paidAtMs } = now();
  return {
    state,
    isPaid: paidAtMs !== null,
    paid: payments.map(({ money }) => money.amountMinor),
    back: refunds
      .map(({ refundNo, money, state: is }) => `${refundNo} ${money.amountMinor} ${is}`)
      .toSorted(),
  };
}

describe("refunded before it is paid", () => {
  test("all of it: nothing is delivered, the keys are anyone's, and the order is refunded", async () => {
    const shop = shopOf();
    expect(await shop.tell(refunded("R-1", PRICE_MINOR))).toMatchObject({ kind: "reversed" });
    expect(shop.entries.at(-1)).toMatchObject({ matched: true, attention: true });
    expect(shop.now()).toMatchObject({ state: "pending", refunds: [{ refundNo: "R-1" }] });
    expect(await shop.tell(PAID_NOTICE)).toMatchObject({ verdict: "went_back" });
    expect(await shop.tell(PAID_NOTICE)).toMatchObject({ verdict: "already" });
    expect(shop.now()).toMatchObject({ state: "refunded", keys: [], refunds: [{ state: "done" }] });
    expect(shop.store.stock()).toMatchObject({ free: 5, held: 0, sold: 0 });
    expect(shop.store.checkOrders("", 10, NOW_MS).findings).toEqual([]);
  });

  test("in parts that are all of it: the same", async () => {
    const shop = shopOf();
    await shop.tell(refunded("R-1", 400));
    await shop.tell(refunded("R-2", PRICE_MINOR - 400));
    await shop.tell(PAID_NOTICE);
    expect(shop.now()).toMatchObject({ state: "refunded", keys: [] });
  });

  test("in part: the order is delivered, and the part stands in its books", async () => {
    const shop = shopOf();
    await shop.tell(refunded("R-1", 400));
    expect(await shop.tell(PAID_NOTICE)).toMatchObject({ verdict: "delivered" });
    expect(shop.now()).toMatchObject({ state: "delivered", refunds: [{ refundNo: "R-1" }] });
  });

  test("more than the order costs is nobody's refund of it", async () => {
    const shop = shopOf();
    await shop.tell(refunded("R-1", PRICE_MINOR + 1));
    expect(shop.entries.at(-1)).toMatchObject({ matched: null, attention: true });
    expect(shop.now().refunds).toEqual([]);
  });

  test("of an order that a person was to look at: nobody need", async () => {
    const shop = memoryShop();
    const risk = { outcome: "review", score: 80, reasons: [] } as const;
    shop.store.reserve([request(1, { risk })], NOW_MS);
    const desk = {
      orderId: order(1),
      merchantId: MERCHANT,
      refundId: `rfd_${"0".repeat(20)}` as never,
      payment: { accountId: ACCOUNT, tradeNo },
      amountMinor: PRICE_MINOR,
      keys: "keep",
      method: "desk",
      reason: "at the desk",
      refundNo: "R-1",
    } as const;
    shop.store.beginRefund(desk, NOW_MS);
    shop.store.recordPayment(payment(1), MERCHANT, NOW_MS);
    expect(shop.store.order(order(1))).toMatchObject({ state: "refunded", review: "rejected" });
    expect(shop.store.checkOrders("", 10, NOW_MS).findings).toEqual([]);
  });
});

test("whatever order a gateway's notices come in, and however often, the end is the same", async () => {
  const parts: fc.Arbitrary<readonly number[]> = fc.oneof(
    fc.constant([PRICE_MINOR]),
    fc.integer({ min: 1, max: PRICE_MINOR - 1 }).map((first) => [first, PRICE_MINOR - first]),
    fc.integer({ min: 1, max: PRICE_MINOR - 1 }).map((first) => [first]),
    fc.constant([]),
  );
  const telling = fc
    .record({ parts, begin: fc.constantFrom<Begin>("held", "lapsed", "cancelled") })
    .chain(({ parts: sums, begin }) => {
      const notices = [PAID_NOTICE, ...sums.map((sum, n) => refunded(`R-${n}`, sum))];
      const twice = [...notices, ...notices];
      const orders = fc.shuffledSubarray(twice, { minLength: twice.length });
      return fc.record({
        notices: fc.constant(notices),
        shuffled: orders,
        begin: fc.constant(begin),
      });
    });
  await fc.assert(
    fc.asyncProperty(telling, async ({ notices, shuffled, begin }) => {
      const [inOrder, inAny] = [shopOf(begin), shopOf(begin)];
      for (const notice of notices) await inOrder.tell(notice);
      for (const notice of shuffled) await inAny.tell(notice);
      expect(endOf(inAny)).toEqual(endOf(inOrder));
      expect(inAny.store.checkOrders("", 10, NOW_MS).findings).toEqual([]);
      // Keys are given for money that was here when it was told of, and for no other.
      if (inAny.now().deliveredAtMs === null) expect(inAny.now().keys).toEqual([]);
    }),
  );
});
