import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  AMOUNT_MINOR_MAX,
  CURRENCIES,
  formatDecimal,
  formatMoney,
  parseDecimal,
  sameMoney,
  type Money,
} from "../../src/domain/money.ts";

const sum = fc.record({
  amountMinor: fc.integer({ min: 0, max: AMOUNT_MINOR_MAX }),
  currency: fc.constantFrom(...CURRENCIES),
});

describe("a sum", () => {
  it("written as a decimal reads back as itself, to the last fen", () => {
    fc.assert(
      fc.property(sum, (money) => {
        expect(parseDecimal(formatDecimal(money), money.currency)).toEqual({
          ok: true,
          value: money,
        });
      }),
    );
  });

  it("has as many digits as its currency", () => {
    const text = (amountMinor: number, currency: Money["currency"]) =>
      formatDecimal({ amountMinor, currency });
    expect(text(0, "CNY")).toBe("0.00");
    expect(text(5, "CNY")).toBe("0.05");
    expect(text(1000, "CNY")).toBe("10.00");
    expect(text(10, "JPY")).toBe("10");
    expect(text(AMOUNT_MINOR_MAX, "USD")).toBe("100000000.00");
  });

  it.each(["10", "10.0", "10.00", "10.000", "010.00"])(
    "is the same however written: %s",
    (text) => {
      expect(parseDecimal(text, "CNY")).toMatchObject({ ok: true, value: { amountMinor: 1000 } });
    },
  );

  it.each([
    "",
    "ten",
    "-1",
    "+1",
    "1e3",
    "1,000",
    "1.",
    ".5",
    " 1",
    "1 ",
    "0x10",
    "NaN",
    "Infinity",
    "10.001",
    "1".repeat(13),
    "１０",
  ])("is none: %j", (text) => {
    expect(parseDecimal(text, "CNY")).toEqual({ ok: false, error: "not_a_sum" });
  });

  it("has no digits that its currency lacks, unless they are zero", () => {
    expect(parseDecimal("10.5", "JPY").ok).toBe(false);
    expect(parseDecimal("10.00", "JPY")).toMatchObject({ ok: true, value: { amountMinor: 10 } });
  });

  it("is another in another currency", () => {
    const cny: Money = { amountMinor: 1000, currency: "CNY" };
    expect(sameMoney(cny, { ...cny })).toBe(true);
    expect(sameMoney(cny, { ...cny, currency: "USD" })).toBe(false);
    expect(sameMoney(cny, { ...cny, amountMinor: 1001 })).toBe(false);
  });

  it("is shown to people in their own way", () => {
    expect(formatMoney({ amountMinor: 123_456, currency: "CNY" }, "zh-CN")).toBe("¥1,234.56");
    expect(formatMoney({ amountMinor: 1000, currency: "JPY" }, "en")).toBe("¥1,000");
  });
});
