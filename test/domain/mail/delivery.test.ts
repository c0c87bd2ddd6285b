import { describe, expect, it, test } from "vitest";
import {
  DELIVERY_STATES,
  isOwed,
  MAIL_ATTEMPTS_MAX,
  MAIL_LEASE_MS,
  mailBackoffSeconds,
  mailDueAtMs,
  mailsOwed,
  purposeOwed,
  type DeliveryPurpose,
} from "../../../src/domain/mail/delivery.ts";
import type { AccountId } from "../../../src/domain/ids.ts";
import type { RefundState } from "../../../src/domain/payments/refund.ts";
import { ORDER_STATES, type OrderState } from "../../../src/domain/order/order.ts";

describe("what an order owes by mail", () => {
  const owed: Partial<Record<OrderState, DeliveryPurpose>> = {
    delivered: "keys",
    unfilled: "unfilled",
  };
  it.each(ORDER_STATES)("%s", (state) => {
    expect(purposeOwed({ state, keys: ["key"] })).toBe(owed[state] ?? null);
  });

  it.each([
    [["done"], "refunded"],
    [["done", "refused"], "refunded"],
    [["asked"], null],
    [["done", "asked"], null],
    [["refused"], null],
  ] as const)("refunded with refunds that are %j", (states, purpose) => {
    const refunds = states.map((state) => ({ state }));
    expect(purposeOwed({ state: "refunded", keys: ["key"], refunds })).toBe(purpose);
  });

  const paid = { accountId: "acct_1" as AccountId, tradeNo: "T-1" };
  const bought = { ...paid, verdict: "delivered" } as const;
  const money = { amountMinor: 1, currency: "CNY" } as const;
  const back = (state: RefundState, tradeNo = "T-1") => ({ ...paid, tradeNo, state, money });
  const owedBy = (state: OrderState, ...refunds: ReturnType<typeof back>[]) =>
    mailsOwed({ state, keys: ["key"], payments: [bought], refunds });

  it("a part that has gone back is told in a round of its own, and the keys as ever", () => {
    const keys = { purpose: "keys", round: 0 };
    const part = (round: number) => ({ purpose: "part_refunded", round });
    expect(owedBy("delivered", back("asked"), back("refused"))).toEqual([keys]);
    expect(owedBy("delivered", back("done"))).toEqual([keys, part(0)]);
    expect(owedBy("delivered", back("done"), back("done"))).toEqual([keys, part(1)]);
    expect(owedBy("expired", back("done"))).toEqual([part(0)]);
    // Told before its payment: nothing of the buyer's that we know of.
    expect(owedBy("pending", back("done", "unknown"))).toEqual([]);
    expect(owedBy("refunded", back("done"), back("done"))).toEqual([
      { purpose: "refunded", round: 0 },
    ]);
  });

  it("a part's mail is not sent once the next has gone back; keys are sent as often as asked for", () => {
    const order = { state: "delivered" as const, keys: ["key"], payments: [bought] };
    const two = { ...order, refunds: [back("done"), back("done")] };
    expect(isOwed(two, { purpose: "part_refunded", round: 0 })).toBe(false);
    expect(isOwed(two, { purpose: "part_refunded", round: 1 })).toBe(true);
    expect(isOwed(two, { purpose: "keys", round: 7 })).toBe(true);
    expect(isOwed(order, { purpose: "part_refunded", round: 0 })).toBe(false);
  });

  it("delivered without keys owes none", () => {
    expect(purposeOwed({ state: "delivered", keys: [] })).toBeNull();
  });
});

describe("back-off", () => {
  it("trebles from half a minute and stops at six hours", () => {
    const delays = Array.from({ length: 12 }, (_, attempts) => mailBackoffSeconds(attempts + 1));
    expect(delays.slice(0, 4)).toEqual([30, 90, 270, 810]);
    expect(delays.at(-1)).toBe(6 * 3600);
  });

  it("uses up the tries before the queue does: the row says failed, not a dead letter", () => {
    // wrangler.toml: delivery-emails has max_retries = 10.
    expect(MAIL_ATTEMPTS_MAX).toBeLessThan(10);
  });
});

test("keys leave at once; that there are none waits a minute, for a hold may lapse meanwhile", () => {
  expect(mailDueAtMs("keys", 1_000)).toBe(1_000);
  expect(mailDueAtMs("unfilled", 1_000)).toBe(61_000);
});

test("all tries together take nine hours", () => {
  const waits = Array.from({ length: MAIL_ATTEMPTS_MAX - 1 }, (_, n) => mailBackoffSeconds(n + 1));
  const hours = waits.reduce((sum, seconds) => sum + seconds, 0) / 3600;
  expect(Math.round(hours)).toBe(9);
});

test("an attempt owns its row for four minutes, and before the first one it has a first wait", () => {
  expect(MAIL_LEASE_MS).toBe(240_000);
  expect(mailBackoffSeconds(0)).toBe(mailBackoffSeconds(1));
});

test("a delivery is in one of six states, each with a name of its own", () => {
  expect(new Set(DELIVERY_STATES.map((state) => state.length > 0 && state)).size).toBe(6);
});
