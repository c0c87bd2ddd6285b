import { describe, expect, test } from "vitest";
import type { ReserveRequest } from "../../durable-objects/product-stock/contract.ts";
import { Ledger } from "../../durable-objects/product-stock/ledger.ts";
import { changeOrder, findOrder } from "../../durable-objects/product-stock/orders.ts";
import type { RiskDecision } from "../../src/domain/risk/risk.ts";
import { riskSettings } from "../../src/domain/settings/risk.ts";
import { sqliteSql } from "../support/node/sqlite-sql.ts";
import { batch, fulfilment, key, keys, order } from "./fixtures.ts";
import { Shop } from "./shop.ts";

const RISK: RiskDecision = {
  outcome: "review",
  score: 80,
  reasons: [{ code: "disposable_mail", weight: 80, evidence: { domain: "example.com" } }],
};
const doubted: Partial<ReserveRequest> = { risk: RISK };
const AN_YEAR_MS = 365 * 24 * 3_600_000;

function word(shop: Shop, n: number, said: "approve" | "reject") {
  return shop.store.review({ orderId: order(n), word: said }, shop.nowMs);
}

const stockOf = ({ store }: Shop) => {
  const { free, held, sold } = store.stock();
  return { free, held, sold };
};

/** Order 1 is doubted and paid. */
function waitingShop(keyCount = 3): Shop {
  const shop = new Shop({}, keyCount);
  shop.reserve(1, doubted);
  expect(shop.pay(1)).toMatchObject({ verdict: "paid", order: { state: "paid", keys: [] } });
  return shop;
}

describe("an order that a person must look at", () => {
  test("is taken and paid like any other, and its keys are held for it without an end", () => {
    const shop = waitingShop(1);
    shop.nowMs += AN_YEAR_MS;
    shop.store.tick(shop.nowMs);
    expect(shop.order(1)).toMatchObject({ state: "paid", review: "asked", expiresAtMs: null });
    expect(stockOf(shop)).toEqual({ free: 0, held: 1, sold: 0 });
    expect(shop.reserve(2)).toEqual({ kind: "sold_out", available: 0 });
    expect(shop.store.checkOrders("", 10, shop.nowMs).findings).toEqual([]);
  });

  test("keeps what spoke against it, and says nothing of it where nothing did", () => {
    const shop = waitingShop();
    expect(shop.order(1).risk).toEqual(RISK);
    shop.reserve(2, { risk: { ...RISK, outcome: "allow" } });
    expect(shop.order(2)).toMatchObject({ review: null, risk: { outcome: "allow" } });
    shop.reserve(3);
    expect(shop.order(3)).toMatchObject({ review: null, risk: null });
  });

  test("is delivered by approval, with the very keys that were held", () => {
    const shop = waitingShop();
    const [held] = shop.store.keys({ state: "held", afterRow: 0, limit: 10 }).keys;
    const approved = word(shop, 1, "approve");
    expect(approved).toMatchObject({
      kind: "changed",
      order: { state: "delivered", review: "approved", deliveredAtMs: shop.nowMs },
    });
    expect(shop.order(1).keys.map(({ id }) => id)).toEqual([held?.id]);
    expect(shop.order(1).history.at(-1)).toMatchObject({ event: "approve", by: "merchant" });
    expect(stockOf(shop)).toEqual({ free: 2, held: 0, sold: 1 });
  });

  test("gives its keys back by rejection, to whoever is owed keys first, and stays owed a refund", () => {
    const shop = waitingShop(2);
    shop.reserve(2);
    shop.pastDeadline();
    shop.store.tick(shop.nowMs);
    shop.reserve(3);
    expect(shop.pay(2).verdict).toBe("unfilled");
    const rejected = word(shop, 1, "reject");
    expect(rejected).toMatchObject({ order: { state: "paid", review: "rejected", keys: [] } });
    expect(shop.order(2).state).toBe("delivered");
    // Keys that come later are not for it.
    shop.store.importKeys(batch("later", keys(3, "later")), shop.nowMs);
    expect(shop.order(1)).toMatchObject({ state: "paid", keys: [] });
    expect(shop.store.checkOrders("", 10, shop.nowMs).findings).toEqual([]);
  });

  test("hears the first word only, however often it is said", () => {
    for (const [first, second] of [
      ["approve", "reject"],
      ["reject", "approve"],
    ] as const) {
      const shop = waitingShop();
      expect(word(shop, 1, first).kind).toBe("changed");
      const after = shop.dump();
      expect(word(shop, 1, first).kind).toBe("unchanged");
      expect(word(shop, 1, second).kind).toBe("refused");
      expect(shop.dump()).toEqual(after);
    }
  });

  test("may be approved before it is paid: then the payment delivers", () => {
    const shop = new Shop({}, 3);
    shop.reserve(1, { ...doubted, network: "a-network" });
    expect(word(shop, 1, "approve")).toMatchObject({
      kind: "changed",
      order: { state: "pending", review: "approved", version: 2 },
    });
    expect(shop.order(1).expiresAtMs).not.toBeNull();
    expect(shop.pay(1).verdict).toBe("delivered");
  });

  test("is not rejected before it is paid: it is cancelled", () => {
    const shop = new Shop({}, 3);
    shop.reserve(1, doubted);
    expect(word(shop, 1, "reject")).toMatchObject({ kind: "refused", state: "pending" });
    expect(stockOf(shop)).toEqual({ free: 2, held: 1, sold: 0 });
  });

  test("and lapsed waits all the same when its money comes late, with other keys", () => {
    const shop = new Shop({}, 1);
    shop.reserve(1, doubted);
    shop.pastDeadline();
    shop.store.tick(shop.nowMs);
    expect(shop.pay(1)).toMatchObject({ verdict: "paid", order: { state: "paid", keys: [] } });
    expect(stockOf(shop)).toEqual({ free: 0, held: 1, sold: 0 });
    expect(word(shop, 1, "approve")).toMatchObject({ order: { state: "delivered" } });
  });

  test("and owed keys is not delivered when some come, but waits", () => {
    const shop = new Shop({}, 1);
    shop.reserve(1, doubted);
    shop.pastDeadline();
    shop.reserve(2);
    shop.pay(2);
    expect(shop.pay(1).verdict).toBe("unfilled");
    shop.store.importKeys(batch("later", keys(1, "later")), shop.nowMs);
    expect(shop.order(1)).toMatchObject({ state: "paid", review: "asked", keys: [] });
    expect(stockOf(shop)).toEqual({ free: 0, held: 1, sold: 1 });
  });

  test("and owed keys may be rejected: nothing is held for it any more", () => {
    const shop = new Shop({}, 1);
    shop.reserve(1, doubted);
    shop.pastDeadline();
    shop.reserve(2);
    shop.pay(2);
    shop.pay(1);
    expect(word(shop, 1, "reject")).toMatchObject({ order: { state: "paid" } });
    shop.store.importKeys(batch("later", keys(1, "later")), shop.nowMs);
    expect(stockOf(shop)).toEqual({ free: 1, held: 0, sold: 1 });
  });

  test("that costs nothing waits too", () => {
    const shop = new Shop({ priceMinor: 0 }, 2);
    const free = { ...doubted, amountMinor: 0, paymentAccountId: null, paymentMethod: null };
    expect(shop.reserve(1, free)).toMatchObject({ order: { state: "paid", keys: [] } });
    expect(stockOf(shop)).toEqual({ free: 1, held: 1, sold: 0 });
    expect(word(shop, 1, "approve")).toMatchObject({ order: { state: "delivered" } });
  });

  test("of a product whose keys are made waits with the keys that were made", () => {
    const shop = new Shop({ keySource: "generated" });
    shop.reserve(1, { ...doubted, minted: [key("made")] });
    shop.pay(1);
    expect(stockOf(shop)).toEqual({ free: 0, held: 1, sold: 0 });
    word(shop, 1, "approve");
    expect(shop.order(1).keys.map(({ fingerprint }) => fingerprint)).toEqual(["print-made"]);
  });

  test("of a product that a person delivers is not doubted twice", () => {
    const shop = new Shop({ delivery: "manual" });
    shop.reserve(1, doubted);
    expect(shop.order(1)).toMatchObject({ review: null, risk: { outcome: "review" } });
    shop.pay(1);
    expect(shop.store.fulfil(fulfilment(1, [key("hand")]), shop.nowMs).kind).toBe("changed");
  });

  test("is not fulfilled by hand while it waits; once rejected it may be, after all", () => {
    const shop = waitingShop();
    const act = fulfilment(1, [key("hand")]);
    expect(shop.store.fulfil(act, shop.nowMs).kind).toBe("refused");
    word(shop, 1, "reject");
    expect(shop.store.fulfil(act, shop.nowMs)).toMatchObject({ order: { state: "delivered" } });
    expect(stockOf(shop)).toEqual({ free: 3, held: 0, sold: 1 });
  });

  test("takes no second payment, cancels no more, and stays out of the archive", () => {
    const shop = waitingShop();
    expect(shop.pay(1, { tradeNo: "another" }).verdict).toBe("surplus");
    const asked = { orderId: order(1), by: "buyer" } as const;
    expect(shop.store.cancel(asked, shop.nowMs).kind).toBe("refused");
    shop.store.acknowledge([shop.order(1)]);
    expect(shop.store.readForArchive([order(1)]).orders).toEqual([]);
  });

  test("leaves for the archive once it was delivered, and comes back as it left", () => {
    const shop = waitingShop();
    word(shop, 1, "approve");
    const before = shop.order(1);
    const record = shop.archive(1);
    expect(word(shop, 1, "reject")).toEqual({ kind: "unknown", archived: true });
    expect(shop.store.restore(record)).toEqual({ kind: "restored" });
    expect(shop.order(1)).toEqual(before);
    expect(word(shop, 1, "approve").kind).toBe("unchanged");
  });
});

test("what waits is not refunded while its keys are held: it is rejected first", () => {
  const shop = waitingShop();
  const ledger = new Ledger(sqliteSql(shop.database));
  const refund = () => {
    const row = findOrder(ledger, order(1));
    if (row === null) throw new Error("no such order");
    return changeOrder(ledger, row, "refund", { by: "merchant", nowMs: shop.nowMs });
  };
  expect(refund).toThrow(/waits/);
  word(shop, 1, "reject");
  expect(refund().state).toBe("refunded");
});

test("nobody's word is taken on an order that was never doubted, nor on one that never was", () => {
  const shop = new Shop({}, 2);
  shop.reserve(1);
  shop.pay(1);
  for (const said of ["approve", "reject"] as const) {
    expect(word(shop, 1, said)).toMatchObject({ kind: "refused", state: "delivered" });
    expect(word(shop, 2, said)).toEqual({ kind: "unknown" });
  }
});

describe("what a buyer holds unpaid", () => {
  const holdRules = { ...riskSettings.parse({}), reviewAt: 20 };
  const one = { email: "one@example.com", holdRules };

  test("is counted where the order is placed, and may be what makes it doubtful", () => {
    const shop = new Shop({}, 20);
    shop.reserve(1, { ...one, quantity: 3 });
    expect(shop.order(1)).toMatchObject({ review: null, risk: null });
    shop.reserve(2, one);
    expect(shop.order(2)).toMatchObject({ review: null, risk: { outcome: "allow", score: 10 } });
    shop.reserve(3, one);
    expect(shop.order(3)).toMatchObject({
      review: "asked",
      risk: { outcome: "review", reasons: [{ code: "open_holds", evidence: { count: 4 } }] },
    });
    shop.reserve(4, { ...one, email: "two@example.com" });
    expect(shop.order(4).risk).toBeNull();
  });
});
