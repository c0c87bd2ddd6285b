import fc from "fast-check";
import { expect, it } from "vitest";
import { DecayingCounts } from "../../../src/domain/risk/velocity.ts";

const counts = (keysMax = 100) => new DecayingCounts({ halfLifeMs: 1_000, keysMax });

it("a count halves with each half-life, and what was never counted is nothing", () => {
  const memory = counts();
  expect(memory.count("a", 0)).toBe(0);
  expect(memory.add("a", 0)).toBe(1);
  expect(memory.add("a", 0)).toBe(2);
  expect(memory.count("a", 1_000)).toBe(1);
  expect(memory.add("a", 2_000)).toBe(1.5);
  expect(memory.count("b", 2_000)).toBe(0);
});

it("whoever comes every half-life counts less than two, however long", () => {
  const memory = counts();
  let count = 0;
  for (let n = 0; n < 1_000; n++) count = memory.add("a", n * 1_000);
  expect(count).toBeGreaterThan(1.99);
  expect(count).toBeLessThanOrEqual(2);
});

it("a clock that goes back neither raises a count nor forgets it", () => {
  const memory = counts();
  memory.add("a", 10_000);
  expect(memory.count("a", 0)).toBe(1);
  expect(memory.add("a", 0)).toBe(2);
  expect(memory.count("a", 11_000)).toBe(1);
});

it("a flood of new keys costs no more room, and whoever keeps coming is still known", () => {
  const memory = counts(50);
  for (let n = 0; n < 10_000; n++) {
    memory.add(`new-${n}`, 0);
    if (n % 10 === 0) memory.add("regular", 0);
  }
  expect(memory.count("regular", 0)).toBe(1_000);
  expect(memory.count("new-0", 0)).toBe(0);
});

it("is the sum of all that came, each halved by its age", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(5_000), { minLength: 1, maxLength: 30 }), (gaps) => {
      const memory = counts();
      let nowMs = 0;
      const times = gaps.map((gap) => (nowMs += gap));
      for (const at of times) memory.add("a", at);
      const sum = times.reduce((total, at) => total + 2 ** (-(nowMs - at) / 1_000), 0);
      expect(memory.count("a", nowMs)).toBeCloseTo(sum, 6);
    }),
  );
});
