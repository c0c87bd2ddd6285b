import { describe, expect, it } from "vitest";
import {
  MAIL_ATTEMPTS_MAX,
  mailBackoffSeconds,
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
