import { expect, test } from "vitest";
import { readOptions } from "../../bench/options.ts";
import { figure, table } from "../../bench/report/table.ts";
import { isMet, ratioOf } from "../../bench/sale/targets.ts";
import type { Measured } from "../../bench/load/costed.ts";

const load = (ratePerSecond: number): Measured => ({
  ratePerSecond,
  p50Ms: 1,
  p99Ms: 2,
  failures: 0,
  counted: 1,
  finished: 1,
  processorMsEach: 1,
});

test("a ratio is taken within each round, and the median is of the ratios", () => {
  const rounds = {
    orders: [load(100), load(50), load(300)],
    "empty handler": [load(200), load(50), load(1_000)],
  };
  const ratio = { name: "", of: "orders", to: "empty handler", figure: "ratePerSecond" } as const;
  expect(ratioOf(rounds, ratio)).toBe(0.5);
  expect(ratioOf(rounds, { ...ratio, parts: 2 })).toBe(0.25);
  expect(ratioOf({ orders: rounds.orders }, ratio)).toBeNaN();
});

test("what was not measured meets no target, and no target is neither met nor missed", () => {
  expect(isMet(0.5, { atLeast: 0.5 })).toBe(true);
  expect(isMet(5.1, { atMost: 5 })).toBe(false);
  expect(isMet(Number.NaN, { atLeast: 0 })).toBe(false);
  expect(isMet(1, {})).toBeNull();
});

test("figures keep three digits", () => {
  expect([1_240.4, 87.34, 0.4521, 4.306, 0.00123, 0, Number.NaN].map(figure)).toEqual([
    "1,240",
    "87.3",
    "0.452",
    "4.31",
    "0.00123",
    "0",
    "–",
  ]);
});

test("a table is Markdown", () => {
  expect(
    table(
      [
        ["a", "left"],
        ["b", "right"],
      ],
      [["x", "1"]],
    ),
  ).toBe("| a | b |\n|---|--:|\n| x | 1 |");
});

test("options are bounded, and a wrong one says which", () => {
  expect(readOptions([])).toMatchObject({ rounds: 5, seconds: 3 });
  expect([...readOptions(["--only", "cost,sale"]).only]).toEqual(["cost", "sale"]);
  expect(() => readOptions(["--rounds", "0"])).toThrow("--rounds");
  expect(() => readOptions(["--only", "sail"])).toThrow('"sail"');
});
