import fc from "fast-check";
import { expect, test } from "vitest";
import {
  decideMoney,
  TASK_REASONS,
  taskReasonOf,
  type MoneyPlace,
} from "../../../src/domain/payments/money-policy.ts";
import { ORDER_STATES } from "../../../src/domain/order/order.ts";
import { REFUND_STATES } from "../../../src/domain/payments/refund.ts";
import { moneyPolicyOf, moneySettings } from "../../../src/domain/settings/money.ts";

const HOUR_MS = 3_600_000;
const PAID_MS = 1_000;
const anyRules = {
  late: fc.constantFrom("deliver" as const, "refund" as const),
  unfilled: fc.constantFrom("wait" as const, "refund" as const),
  unfilledWaitHours: fc.oneof(fc.integer({ min: 1, max: 2_160 }), fc.constant("forever" as const)),
  surplus: fc.constantFrom("task" as const, "refund" as const),
  mismatch: fc.constantFrom("task" as const, "refund" as const),
};
const policy = fc.record(anyRules).map((merchant) => moneySettings.parse(merchant));
const place: fc.Arbitrary<MoneyPlace> = fc.record({
  reason: fc.constantFrom(...TASK_REASONS),
  orderState: fc.constantFrom(...ORDER_STATES),
  paidAtMs: fc.constant(PAID_MS),
  leftMinor: fc.integer({ min: 0, max: 10_000 }),
  refund: fc.option(fc.constantFrom(...REFUND_STATES)),
  othersAsked: fc.boolean(),
});
const nowMs = fc.integer({ min: PAID_MS, max: 3_000 * HOUR_MS });
const owed = {
  reason: "unfilled",
  orderState: "unfilled",
  paidAtMs: PAID_MS,
  leftMinor: 100,
  refund: null,
  othersAsked: false,
} as const;

test("a refund is asked for only where money is left, none was asked for before, and the policy says so", () => {
  fc.assert(
    fc.property(place, policy, nowMs, (at, merchant, now) => {
      if (decideMoney(at, merchant, now).kind !== "refund") return;
      expect(at).toMatchObject({ refund: null, othersAsked: false });
      expect(at.leftMinor).toBeGreaterThan(0);
      expect(at.reason).not.toBe("trade_reused");
      if (at.reason === "unfilled") expect(at.orderState).toBe("unfilled");
      if (at.reason === "surplus" || at.reason === "mismatch") {
        expect(merchant[at.reason]).toBe("refund");
      }
    }),
  );
});

test("whatever is looked at again is looked at later, and within an hour", () => {
  fc.assert(
    fc.property(place, policy, nowMs, (at, merchant, now) => {
      const act = decideMoney(at, merchant, now);
      if (act.kind !== "look_again") return;
      expect(act.atMs).toBeGreaterThan(now);
      expect(act.atMs).toBeLessThanOrEqual(now + HOUR_MS);
    }),
  );
});

test("an order that is owed keys waits its hours and not longer; a policy that changed holds at the next look", () => {
  const waits = moneySettings.parse({ unfilledWaitHours: 2 });
  const until = PAID_MS + 2 * HOUR_MS;
  expect(decideMoney(owed, waits, until - 1)).toEqual({ kind: "look_again", atMs: until });
  expect(decideMoney(owed, waits, until)).toEqual({ kind: "refund" });
  const forever = moneySettings.parse({});
  expect(decideMoney(owed, forever, 1_000 * until).kind).toBe("look_again");
  expect(decideMoney(owed, moneySettings.parse({ unfilled: "refund" }), PAID_MS).kind).toBe(
    "refund",
  );
});

test("what a gateway refused becomes a person's; what was filled or has gone back is settled", () => {
  const rules = moneySettings.parse({ unfilled: "refund" });
  expect(decideMoney({ ...owed, refund: "refused" }, rules, PAID_MS).kind).toBe("task");
  expect(decideMoney({ ...owed, orderState: "delivered" }, rules, PAID_MS).kind).toBe("settled");
  expect(decideMoney({ ...owed, leftMinor: 0 }, rules, PAID_MS).kind).toBe("settled");
});

test("an order that was declined is owed its money, whether or not keys were there when it was paid", () => {
  const declined = { state: "paid", review: "rejected" } as const;
  expect(taskReasonOf({ verdict: "paid" }, declined)).toBe("rejected");
  expect(taskReasonOf({ verdict: "unfilled" }, declined)).toBe("rejected");
  expect(taskReasonOf({ verdict: "surplus" }, declined)).toBe("surplus");
  expect(taskReasonOf({ verdict: "unfilled" }, { ...declined, review: "asked" })).toBe("unfilled");
});

test("a product's own rules go before its shop's, one by one", () => {
  fc.assert(
    fc.property(policy, fc.record(anyRules, { requiredKeys: [] }), (shop, product) => {
      expect(moneyPolicyOf(shop, product)).toEqual({ ...shop, ...product });
      expect(moneyPolicyOf(shop, undefined)).toEqual(shop);
    }),
  );
});
