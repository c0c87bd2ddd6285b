import { describe, expect, it, test } from "vitest";
import {
  DELIVERY_STATES,
  MAIL_ATTEMPTS_MAX,
  MAIL_LEASE_MS,
  mailBackoffSeconds,
  mailDueAtMs,
  purposeOwed,
  type DeliveryPurpose,
} from "../../src/domain/delivery.ts";
import { ORDER_STATES, type OrderState } from "../../src/domain/order.ts";

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
