import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { HearDispute } from "../../durable-objects/product-stock/dispute-contract.ts";
import { ORDER_DISPUTES_MAX, type DisputeState } from "../../src/domain/payments/dispute.ts";
import { mailsOwed } from "../../src/domain/mail/delivery.ts";
import type { RefundId } from "../../src/domain/ids.ts";
import {
  ACCOUNT,
  batch,
  fulfilment,
  keys,
  MERCHANT,
  order,
  OTHER_MERCHANT,
  payment,
  PRICE_MINOR,
} from "./fixtures.ts";
import { Shop } from "./shop.ts";

const SUM = { amountMinor: PRICE_MINOR, currency: payment(1).money.currency };

function hear(shop: Shop, n: number, state: DisputeState, changes: Partial<HearDispute> = {}) {
  const request: HearDispute = {
    orderId: order(n),
    merchantId: MERCHANT,
    accountId: ACCOUNT,
    tradeNo: payment(n).tradeNo,
    disputeNo: "dp_1",
    state,
    saidAtMs: { opened: 1, won: 3, lost: 2 }[state],
    money: SUM,
    keys: "void",
    ...changes,
  };
  return shop.store.hearDispute(request, shop.nowMs);
}

const refundIdOf = (which: number) => `rfd_${String(which).padStart(20, "0")}` as RefundId;

/** Of all that is left, where no sum is said. */
function refund(
  shop: Shop,
  n: number,
  { despiteDispute = false, which = 0, amountMinor = null as number | null } = {},
) {
  return shop.store.beginRefund(
    {
      orderId: order(n),
      merchantId: MERCHANT,
      refundId: refundIdOf(which),
      payment: null,
      amountMinor,
      keys: "void",
      method: "gateway",
      reason: "asked for",
      refundNo: null,
      despiteDispute,
    },
    shop.nowMs,
  );
}

function refuse(shop: Shop, n: number, which: number) {
  const end = { kind: "refused", reason: "charge_disputed" } as const;
  const refundId = refundIdOf(which);
  return shop.store.settleRefund({ orderId: order(n), refundId, end }, shop.nowMs);
}

/** Order 1 is delivered, order 2 is owed a key. */
function shopThatOwes(): Shop {
  const shop = new Shop({}, 1);
  shop.reserve(2);
  shop.pastDeadline();
  shop.store.tick(shop.nowMs);
  shop.reserve(1);
  shop.pay(1);
  expect(shop.pay(2).verdict).toBe("unfilled");
  return shop;
}

function shopThatReviews(): Shop {
  const shop = new Shop({}, 1);
  shop.reserve(1, { risk: { outcome: "review", score: 80, reasons: [] } });
  shop.pay(1);
  return shop;
}

const restock = (shop: Shop, label: string, count = 1) =>
  shop.store.importKeys(batch(label, keys(count, label)), shop.nowMs);
const stockOf = ({ store }: Shop) => {
  const { free, held, sold, void: voided } = store.stock();
  return { free, held, sold, void: voided };
};
const findings = (shop: Shop) => [
  ...shop.store.checkOrders("", 100, shop.nowMs).findings,
  ...shop.store.checkKeys(null, 7).findings,
];

describe("an open dispute", () => {
  test("holds back what is owed: keys that come are others', until it is won, and then it is filled by itself", () => {
    const shop = shopThatOwes();
    expect(hear(shop, 2, "opened")).toMatchObject({ kind: "heard", isNew: true });
    // Nobody writes to the buyer that keys will come.
    expect(mailsOwed(shop.order(2))).toEqual([]);
    restock(shop, "later");
    expect(shop.order(2)).toMatchObject({ state: "unfilled", keys: [] });
    expect(stockOf(shop)).toEqual({ free: 1, held: 0, sold: 1, void: 0 });
    expect(shop.store.owedSinceMs()).toBeNull();
    hear(shop, 2, "won");
    expect(shop.order(2).state).toBe("delivered");
    expect(stockOf(shop)).toEqual({ free: 0, held: 0, sold: 2, void: 0 });
    expect(findings(shop)).toEqual([]);
  });

  test("lets its buyer not stop waiting for money that the bank decides about", () => {
    const shop = shopThatOwes();
    hear(shop, 2, "opened");
    const stop = () => shop.store.stopWaiting({ orderId: order(2) }, shop.nowMs);
    expect(stop()).toMatchObject({ kind: "refused", disputed: true });
    expect(shop.order(2).stoppedAtMs).toBeNull();
    hear(shop, 2, "won");
    expect(stop()).toMatchObject({ kind: "changed" });
  });

  test("leaves the keys that the buyer has seen", () => {
    const shop = shopThatOwes();
    const { keys: seen } = shop.order(1);
    hear(shop, 1, "opened");
    expect(shop.order(1)).toMatchObject({ state: "delivered", keys: seen });
  });

  test("lets nobody deliver by hand, nor approve, and the keys of a look stay set aside", () => {
    const shop = shopThatOwes();
    hear(shop, 2, "opened");
    const handed = () => shop.store.fulfil(fulfilment(2, keys(1, "by-hand")), shop.nowMs);
    expect(handed()).toMatchObject({ kind: "refused", disputed: true });
    hear(shop, 2, "won");
    expect(handed()).toMatchObject({ kind: "changed", order: { state: "delivered" } });

    const looked = shopThatReviews();
    hear(looked, 1, "opened");
    const approve = () => looked.store.review({ orderId: order(1), word: "approve" }, looked.nowMs);
    expect(approve()).toMatchObject({ kind: "refused", disputed: true });
    expect(stockOf(looked)).toMatchObject({ held: 1, sold: 0 });
    hear(looked, 1, "won");
    expect(approve()).toMatchObject({ kind: "changed", order: { state: "delivered" } });
    expect([...findings(shop), ...findings(looked)]).toEqual([]);
  });

  test("that is told before its payment delivers nothing for it, and gives the held keys to others", () => {
    const shop = new Shop({}, 1);
    shop.reserve(1);
    hear(shop, 1, "opened");
    expect(shop.pay(1)).toMatchObject({ verdict: "unfilled", order: { keys: [] } });
    expect(stockOf(shop)).toEqual({ free: 1, held: 0, sold: 0, void: 0 });
    hear(shop, 1, "won");
    expect(shop.order(1).state).toBe("delivered");
    expect(findings(shop)).toEqual([]);
  });

  test("of a second payment holds back nothing", () => {
    const shop = shopThatOwes();
    shop.pay(2, { tradeNo: "twice" });
    hear(shop, 2, "opened", { tradeNo: "twice" });
    restock(shop, "later");
    expect(shop.order(2).state).toBe("delivered");
  });

  test("or a lost one refuses a refund that does not say that it knows; a won one frees it", () => {
    const shop = shopThatOwes();
    hear(shop, 1, "opened");
    const before = shop.dump();
    expect(refund(shop, 1)).toEqual({ kind: "disputed", disputeNo: "dp_1", state: "opened" });
    expect(shop.dump()).toEqual(before);
    hear(shop, 1, "lost");
    expect(refund(shop, 1)).toMatchObject({ kind: "disputed", state: "lost" });
    hear(shop, 1, "won");
    expect(refund(shop, 1)).toMatchObject({ kind: "refund", order: { state: "refunded" } });

    const knowing = shopThatOwes();
    hear(knowing, 1, "opened");
    expect(refund(knowing, 1, { despiteDispute: true })).toMatchObject({ kind: "refund" });
  });
});

describe("a lost dispute", () => {
  test("gives the order up and takes the keys or leaves them, by the rule that was said", () => {
    const shop = shopThatOwes();
    hear(shop, 1, "lost");
    expect(shop.order(1)).toMatchObject({ state: "refunded", keys: [] });
    expect(stockOf(shop)).toEqual({ free: 0, held: 0, sold: 0, void: 1 });
    const keeping = shopThatOwes();
    hear(keeping, 1, "lost", { keys: "keep" });
    expect(keeping.order(1).state).toBe("refunded");
    expect(keeping.order(1).keys).toHaveLength(1);
    expect([...findings(shop), ...findings(keeping)]).toEqual([]);
  });

  test("that is won after all gives the order back what it had", () => {
    const shop = shopThatOwes();
    const { keys: mine } = shop.order(1);
    hear(shop, 1, "lost");
    hear(shop, 1, "won");
    expect(shop.order(1)).toMatchObject({ state: "delivered", keys: mine });
    expect(findings(shop)).toEqual([]);
  });

  test("of an order that is owed keys delivers none, however many come", () => {
    const shop = shopThatOwes();
    hear(shop, 2, "opened");
    hear(shop, 2, "lost");
    restock(shop, "later", 3);
    expect(shop.order(2)).toMatchObject({ state: "refunded", keys: [] });
    expect(stockOf(shop)).toMatchObject({ free: 3 });
  });

  test("of an order that waits for a look frees its keys; won after all, it waits for a look again", () => {
    const shop = shopThatReviews();
    hear(shop, 1, "lost");
    expect(stockOf(shop)).toMatchObject({ free: 1, held: 0 });
    hear(shop, 1, "won");
    expect(shop.order(1)).toMatchObject({ state: "paid", review: "asked" });
    expect(stockOf(shop)).toMatchObject({ free: 0, held: 1 });
    expect(findings(shop)).toEqual([]);
  });

  test("of a part leaves the order to a person, and delivers nothing more", () => {
    const shop = shopThatOwes();
    const part = { money: { ...SUM, amountMinor: 1 } };
    hear(shop, 1, "lost", part);
    hear(shop, 2, "lost", part);
    restock(shop, "later");
    expect([shop.order(1).state, shop.order(2).state]).toEqual(["delivered", "unfilled"]);
    expect(shop.order(1).keys).toHaveLength(1);
  });

  test("gives the order up even where a refund of it was refused", () => {
    const shop = shopThatOwes();
    refund(shop, 1);
    hear(shop, 1, "lost");
    expect(shop.order(1).state).toBe("refunded");
    refuse(shop, 1, 0);
    expect(shop.order(1)).toMatchObject({ state: "refunded", keys: [] });
    hear(shop, 1, "won");
    expect(shop.order(1).state).toBe("delivered");
    expect(findings(shop)).toEqual([]);
  });
});

test("an order that a dispute has given up stays so, whichever of its refunds the gateway refuses afterwards", () => {
  const shop = shopThatOwes();
  refund(shop, 1, { which: 1, amountMinor: PRICE_MINOR / 2 });
  refund(shop, 1, { which: 2 });
  refuse(shop, 1, 1);
  expect(shop.order(1).state).toBe("delivered");
  hear(shop, 1, "lost");
  refuse(shop, 1, 2);
  expect(shop.order(1)).toMatchObject({ state: "refunded", keys: [] });
  hear(shop, 1, "won");
  expect(shop.order(1).state).toBe("delivered");
  expect(shop.order(1).keys).toHaveLength(1);
  expect(findings(shop)).toEqual([]);
});

test("another merchant's dispute, and more of one order than are kept, change nothing", () => {
  const shop = shopThatOwes();
  const before = shop.dump();
  expect(hear(shop, 1, "lost", { merchantId: OTHER_MERCHANT })).toEqual({ kind: "unknown" });
  expect(hear(shop, 9, "lost")).toMatchObject({ kind: "unknown" });
  expect(shop.dump()).toEqual(before);
  const tell = (n: number) => hear(shop, 1, "opened", { disputeNo: `dp_${n}` });
  for (let n = 0; n < ORDER_DISPUTES_MAX; n++) expect(tell(n).kind).toBe("heard");
  expect(tell(ORDER_DISPUTES_MAX)).toEqual({ kind: "too_many" });
});

test("an order takes its dispute to the archive and back", () => {
  const shop = shopThatOwes();
  hear(shop, 1, "opened");
  const archived = shop.archive(1);
  expect(hear(shop, 1, "lost")).toEqual({ kind: "unknown", archived: true });
  expect(shop.store.restore(archived)).toEqual({ kind: "restored" });
  expect(shop.order(1)).toEqual(archived.order);
  hear(shop, 1, "lost");
  expect(shop.order(1)).toMatchObject({ state: "refunded", keys: [] });
});

/** All that is left of an order but the story of how it came to be so. */
function endOf(shop: Shop, n: number) {
  const { state, review, disputes, keys: held } = shop.order(n);
  return { state, review, disputes, keys: held.length, stock: stockOf(shop) };
}

test("disputes told in any order, twice, and around payment and import, end the same", () => {
  const word = fc.record({
    state: fc.constantFrom<DisputeState>("opened", "won", "lost"),
    saidAtMs: fc.integer({ min: 0, max: 3 }),
    disputeNo: fc.constantFrom("dp_1", "dp_2"),
  });
  const place = fc.constantFrom("delivered", "owed", "reviewed");
  fc.assert(
    fc.property(
      fc.array(word, { minLength: 1, maxLength: 6 }),
      fc.array(fc.nat({ max: 20 }), { minLength: 8, maxLength: 8 }),
      place,
      fc.constantFrom("void" as const, "keep" as const),
      (words, shuffle, where, fate) => {
        const world = () => (where === "reviewed" ? shopThatReviews() : shopThatOwes());
        const n = where === "owed" ? 2 : 1;
        const tell = (shop: Shop, told: typeof words) => {
          for (const { state, saidAtMs, disputeNo: own } of told) {
            // Of two, one may be open while the other gives back what a look had held: it takes keys later.
            const disputeNo = where === "reviewed" ? "dp_1" : own;
            hear(shop, n, state, { saidAtMs, disputeNo, keys: fate });
          }
        };
        const first = world();
        tell(first, words);
        restock(first, "later", 2);
        const second = world();
        const mixed = words
          .map((each, at) => ({ each, by: shuffle[at] ?? 0 }))
          .toSorted((a, b) => a.by - b.by)
          .map(({ each }) => each);
        tell(second, [...mixed, ...words]);
        restock(second, "later", 2);
        expect(endOf(second, n)).toEqual(endOf(first, n));
        expect([...findings(first), ...findings(second)]).toEqual([]);
        const before = second.dump();
        tell(second, mixed);
        expect(second.dump()).toEqual(before);
      },
    ),
  );
});
