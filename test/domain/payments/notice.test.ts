import { describe, expect, test } from "vitest";
import {
  checksOf,
  failedCheck,
  failureOf,
  noticeExpiryMs,
  withSignature,
} from "../../../src/domain/payments/notice.ts";
import { PAYMENT_VERDICTS, needsAttention } from "../../../src/domain/payments/payment.ts";

describe("the verdicts of a notice's checks", () => {
  test("what stands before the failure has passed, what comes after it was not reached", () => {
    const checks = checksOf({ failed: "account", said: "1002" });
    expect(checks.map(({ check, result }) => `${check} ${result}`)).toEqual([
      "signature passed",
      "form passed",
      "account failed",
      "order not_reached",
      "amount not_reached",
      "currency not_reached",
      "status not_reached",
      "object not_reached",
    ]);
    expect(failedCheck(checks)).toBe("account");
    expect(checks[2]).toHaveProperty("said", "1002");
  });

  test("where nothing failed the object's word is the last", () => {
    const checks = checksOf({ failed: null, said: "delivered" });
    expect(checks.every(({ result }) => result === "passed")).toBe(true);
    expect(checks.at(-1)).toEqual({ check: "object", result: "passed", said: "delivered" });
    expect(failedCheck(checks)).toBeNull();
  });

  test("what was not looked at is not said to have passed", () => {
    const checks = checksOf({ failed: "status", notReached: ["amount", "currency"] });
    expect(checks.slice(4, 6).map(({ result }) => result)).toEqual(["not_reached", "not_reached"]);
    expect(failedCheck(checks)).toBe("status");
  });

  test("an answer that nobody signed is not said to have a signature that passed", () => {
    const checks = checksOf({ failed: "amount", unsigned: true });
    expect(checks.slice(0, 2)).toEqual([
      { check: "signature", result: "unsigned" },
      { check: "form", result: "passed" },
    ]);
    expect(failedCheck(checks)).toBe("amount");
  });

  test("a signature that was verified once stands; one that never was is not made up", () => {
    const unsigned = checksOf({ failed: null, unsigned: true });
    const signed = checksOf({ failed: null });
    expect(withSignature(unsigned, signed)).toEqual(signed);
    expect(withSignature(unsigned, unsigned)).toEqual(unsigned);
    expect(withSignature(signed, unsigned)).toEqual(signed);
  });

  test.each(PAYMENT_VERDICTS)("%s fails a check exactly where a person must look", (verdict) => {
    expect(failureOf(verdict) !== null).toBe(needsAttention(verdict));
  });

  test("a mismatch says of what", () => {
    expect(failureOf("mismatch", "currency")).toBe("currency");
    expect(failureOf("mismatch")).toBe("amount");
  });
});

describe("how long a notice stays", () => {
  const day = 24 * 3_600_000;
  const kept = { genuine: true, attention: false, verdict: "delivered" };

  test.each([
    ["what went as it should: a quarter of a year", kept, 90],
    ["what a person must see: more than a year", { ...kept, attention: true }, 400],
    ["what concerns no order: two weeks", { ...kept, verdict: "ignored" }, 14],
    ["what nobody signed: two weeks", { ...kept, genuine: false }, 14],
  ])("%s", (_, notice, days) => {
    expect(noticeExpiryMs(notice, 1_000)).toBe(1_000 + days * day);
  });
});
