import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AMOUNT_MINOR_MAX } from "../../../src/domain/money.ts";
import { feeOf, NO_FEE } from "../../../src/domain/payments/fee.ts";

const price = fc.integer({ min: 1, max: AMOUNT_MINOR_MAX });
const rule = fc.record({
  fixedMinor: fc.integer({ min: 0, max: 1_000_000 }),
  basisPoints: fc.integer({ min: 0, max: 10_000 }),
});

describe("a fee", () => {
  test("is the fixed part and the exact share, rounded half up, as arithmetic without bounds has it", () => {
    fc.assert(
      fc.property(rule, price, ({ fixedMinor, basisPoints }, priceMinor) => {
        const share = (2n * BigInt(priceMinor) * BigInt(basisPoints) + 10_000n) / 20_000n;
        const fee = feeOf({ fixedMinor, basisPoints }, priceMinor);
        expect(BigInt(fee)).toBe(BigInt(fixedMinor) + share);
        expect(Number.isSafeInteger(priceMinor + fee)).toBe(true);
      }),
    );
  });

  test.each([
    [{ fixedMinor: 0, basisPoints: 60 }, 83, 0],
    [{ fixedMinor: 0, basisPoints: 60 }, 84, 1],
    [{ fixedMinor: 0, basisPoints: 50 }, 100, 1],
    [{ fixedMinor: 0, basisPoints: 50 }, 99, 0],
    [{ fixedMinor: 30, basisPoints: 290 }, 1_000, 59],
    [{ fixedMinor: 30, basisPoints: 10_000 }, 1, 31],
  ])("%o of %i is %i", (of, priceMinor, fee) => {
    expect(feeOf(of, priceMinor)).toBe(fee);
  });

  test("never shrinks as the price grows, and none is none", () => {
    fc.assert(
      fc.property(rule, price, price, (of, a, b) => {
        expect(feeOf(of, Math.min(a, b))).toBeLessThanOrEqual(feeOf(of, Math.max(a, b)));
        expect(feeOf(NO_FEE, a)).toBe(0);
      }),
    );
  });

  test("of nothing is nothing: what is free is not charged for", () => {
    expect(feeOf({ fixedMinor: 100, basisPoints: 10_000 }, 0)).toBe(0);
  });
});
