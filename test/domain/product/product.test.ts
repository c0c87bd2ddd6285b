import { describe, expect, test } from "vitest";
import { AVAILABILITIES, availability, stockRunsOut } from "../../../src/domain/product/product.ts";
import { terms } from "../../store/fixtures.ts";

describe("what a page says of the stock", () => {
  test.each([
    [0, "sold_out"],
    [1, "low"],
    [10, "low"],
    [11, "in_stock"],
    [1_000_000, "in_stock"],
    [null, "in_stock"],
  ] as const)("with %s free it is %s", (free, word) => {
    expect(availability("open", free)).toBe(word);
  });

  test("outside the sale it is the sale's state, however many are free", () => {
    for (const sale of ["upcoming", "closed"] as const) {
      for (const free of [null, 0, 5, 100]) expect(availability(sale, free)).toBe(sale);
    }
  });

  test("is one of the words that the API names", () => {
    for (const sale of ["open", "upcoming", "closed"] as const) {
      for (const free of [null, 0, 5, 100])
        expect(AVAILABILITIES).toContain(availability(sale, free));
    }
    expect(new Set(AVAILABILITIES).size).toBe(5);
  });
});

test("only what is delivered by itself from a pool can run out", () => {
  expect(stockRunsOut(terms())).toBe(true);
  expect(stockRunsOut(terms({ delivery: "manual" }))).toBe(false);
  expect(stockRunsOut(terms({ keySource: "generated" }))).toBe(false);
});
