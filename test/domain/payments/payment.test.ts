import { expect, test } from "vitest";
import { needsAttention, PAYMENT_VERDICTS } from "../../../src/domain/payments/payment.ts";

test("a person looks at money that bought nothing, and at no other", () => {
  expect(PAYMENT_VERDICTS.filter((verdict) => !needsAttention(verdict))).toEqual([
    "delivered",
    "paid",
    "late_delivered",
    "went_back",
    "already",
  ]);
  expect(PAYMENT_VERDICTS.filter(needsAttention)).toEqual([
    "unfilled",
    "too_late",
    "surplus",
    "mismatch",
    "trade_reused",
    "unknown_order",
  ]);
});
