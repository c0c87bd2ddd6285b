import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { REROUTES_MAX } from "../../durable-objects/product-stock/reroute-contract.ts";
import type { AccountId } from "../../src/domain/ids.ts";
import { ACCOUNT, NOW_MS, order } from "./fixtures.ts";
import { Shop } from "./shop.ts";

const [X, Y, Z] = [ACCOUNT, "acct_y" as AccountId, "acct_z" as AccountId];
const movable = { reroutable: true };

function shopWith(changes: object = movable): Shop {
  const shop = new Shop({}, 2);
  shop.reserve(1, changes);
  return shop;
}
const bind = (shop: Shop, accountId: AccountId) =>
  shop.store.bindAccount({ orderId: order(1), accountId });
const move = (shop: Shop, from: AccountId, to: AccountId) =>
  shop.store.reroute({ orderId: order(1), from, to }, NOW_MS);

describe("an order whose buyer was not sent to pay yet", () => {
  test("moves to another account for the same sum, says so, and the order book is told", () => {
    const shop = shopWith();
    const before = shop.order(1);
    const outcome = move(shop, X, Y);
    expect(outcome).toMatchObject({
      kind: "rerouted",
      order: {
        paymentAccountId: Y,
        amountMinor: before?.amountMinor,
        version: 2,
        state: "pending",
      },
    });
    const history = outcome.kind === "rerouted" ? outcome.order.history.at(-1) : null;
    expect(history).toEqual({
      atMs: NOW_MS,
      event: "reroute",
      state: "pending",
      by: "clock",
      accountId: Y,
    });
    expect(shop.store.claimDueMessages(NOW_MS)).toMatchObject([{ version: 2 }]);
    expect(shop.order(1)).toEqual(outcome.kind === "rerouted" ? outcome.order : null);
  });

  test("moves once, however often it is asked to", () => {
    const shop = shopWith();
    move(shop, X, Y);
    const after = shop.dump();
    expect(move(shop, X, Y)).toMatchObject({ kind: "rerouted", order: { version: 2 } });
    expect(move(shop, X, Z)).toMatchObject({ kind: "refused", order: { paymentAccountId: Y } });
    expect(shop.dump()).toEqual(after);
  });

  test("moves so often and no more", () => {
    const shop = shopWith();
    const accounts = [X, Y];
    for (let n = 0; n < REROUTES_MAX; n++) {
      const [from = X, to = Y] = n % 2 === 0 ? accounts : accounts.toReversed();
      expect(move(shop, from, to).kind).toBe("rerouted");
    }
    expect(move(shop, X, Y).kind).toBe("refused");
  });
});

describe("an order whose buyer is sent to pay", () => {
  test("stays with that account from then on, and the same word again is the same answer", () => {
    const shop = shopWith();
    const bound = bind(shop, X);
    expect(bound).toMatchObject({ kind: "bound", order: { reroutable: false, version: 1 } });
    expect(bind(shop, X)).toEqual(bound);
    expect(move(shop, X, Y)).toMatchObject({ kind: "refused", order: { paymentAccountId: X } });
  });

  test("is not sent to an account that it has left", () => {
    const shop = shopWith();
    move(shop, X, Y);
    expect(bind(shop, X)).toMatchObject({ kind: "refused", order: { paymentAccountId: Y } });
  });

  test.each(["pay", "cancel"] as const)("is not sent at all once somebody has done: %s", (act) => {
    const shop = shopWith();
    if (act === "pay") shop.pay(1);
    else shop.store.cancel({ orderId: order(1), by: "buyer" }, NOW_MS);
    expect(bind(shop, X)).toMatchObject({ kind: "refused" });
    expect(move(shop, X, Y)).toMatchObject({ kind: "refused" });
  });
});

test("an order that was placed without others to move to never moves, and binds all the same", () => {
  const shop = shopWith({});
  expect(shop.order(1)?.reroutable).toBe(false);
  expect(move(shop, X, Y).kind).toBe("refused");
  expect(bind(shop, X).kind).toBe("bound");
});

test("money by an account that the order has left pays it, once", () => {
  const shop = shopWith();
  move(shop, X, Y);
  expect(shop.pay(1, { accountId: X })).toMatchObject({ verdict: "delivered" });
  expect(shop.pay(1, { accountId: Y, tradeNo: "other" })).toMatchObject({ verdict: "surplus" });
});

test("whatever is asked in whatever order, at most one account is ever bound, and it has the order", () => {
  const account = fc.constantFrom(X, Y, Z);
  const act = fc.oneof(fc.record({ bind: account }), fc.record({ from: account, to: account }));
  fc.assert(
    fc.property(fc.array(act, { maxLength: 20 }), (acts) => {
      const shop = shopWith();
      const bound = new Set<AccountId>();
      for (const each of acts) {
        if ("bind" in each) {
          if (bind(shop, each.bind).kind === "bound") bound.add(each.bind);
        } else move(shop, each.from, each.to);
        if (bound.size > 0) expect([shop.order(1)?.paymentAccountId]).toEqual([...bound]);
      }
    }),
  );
});
