import { describe, expect, test } from "vitest";
import { binomialTail, kolmogorovSmirnov, kolmogorovTail } from "../../scripts/drop/statistics.ts";
import { seededRandom } from "../../scripts/rehearse/random.ts";

describe("Kolmogorov-Smirnov", () => {
  test("has the tail of Smirnov's table (1948)", () => {
    // The classical critical values of the limit: 10 %, 5 %, 1 %, 0.1 %.
    for (const [x, p] of [
      [1.2238, 0.1],
      [1.3581, 0.05],
      [1.6276, 0.01],
      [1.9495, 0.001],
    ] as const) {
      expect(kolmogorovTail(x)).toBeCloseTo(p, 4);
    }
    expect(kolmogorovTail(0)).toBe(1);
    expect(kolmogorovTail(10)).toBeLessThan(1e-12);
  });

  test("measures the greatest distance, on either side of a step", () => {
    expect(kolmogorovSmirnov([0.5]).d).toBe(0.5);
    expect(kolmogorovSmirnov([0.1, 0.2, 0.3, 0.4]).d).toBeCloseTo(0.6, 12);
    expect(kolmogorovSmirnov([0.6, 0.7, 0.8, 0.9]).d).toBeCloseTo(0.6, 12);
  });

  test("has the exact critical values of finite samples, nearly (Miller, 1956)", () => {
    const pOf = (n: number, d: number) => {
      // A sample whose distance is d: evenly spread, and moved to one side.
      const sample = Array.from({ length: n }, (_, at) => Math.max(0, (at + 1) / n - d));
      return kolmogorovSmirnov(sample).p;
    };
    for (const [n, d, p] of [
      [20, 0.29407, 0.05],
      [20, 0.3524, 0.01],
      [35, 0.22425, 0.05],
      [35, 0.26897, 0.01],
    ] as const) {
      expect(pOf(n, d)).toBeCloseTo(p, 2);
    }
  });

  test("calls a uniform sample unlikely as often as it says, and a bent one always", () => {
    const random = seededRandom(11);
    const sample = (bend: number) => Array.from({ length: 300 }, () => random() ** bend);
    const rejected = Array.from({ length: 1_000 }, () => kolmogorovSmirnov(sample(1)).p < 0.1);
    const share = rejected.filter(Boolean).length / rejected.length;
    expect(share).toBeGreaterThan(0.07);
    expect(share).toBeLessThan(0.13);
    expect(kolmogorovSmirnov(sample(1.5)).p).toBeLessThan(0.001);
  });
});

describe("the binomial tail", () => {
  test("is the sum that it says", () => {
    expect(binomialTail(0, 10, 0.5)).toBe(1);
    expect(binomialTail(8, 10, 0.5)).toBeCloseTo(56 / 1024, 12);
    expect(binomialTail(1, 200, 0.002)).toBeCloseTo(1 - 0.998 ** 200, 12);
    expect(binomialTail(10, 10, 0.5)).toBeCloseTo(1 / 1024, 12);
    expect(binomialTail(11, 10, 0.5)).toBe(0);
    expect(binomialTail(3, 10, 0)).toBe(0);
    expect(binomialTail(3, 10, 1)).toBe(1);
  });
});
