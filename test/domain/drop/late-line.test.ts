import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  forgetBefore,
  lateBy,
  lateTotal,
  NO_LATE_LINE,
  secondsForMore,
  withLate,
} from "../../../src/domain/drop/late-line.ts";

const line = withLate(NO_LATE_LINE, [
  { second: 0, tickets: 10 },
  { second: 2, tickets: 40 },
  { second: 3, tickets: 20 },
]);
const counts = fc.array(
  fc.record({ second: fc.nat({ max: 40 }), tickets: fc.integer({ min: 1, max: 50 }) }),
  { maxLength: 30 },
);

describe("the line of those who come later", () => {
  test("counts by the second, and within one evenly", () => {
    expect(lateTotal(line)).toBe(70);
    expect([0, 0.5, 1, 2, 2.25, 3, 3.5, 4, 99].map((at) => lateBy(line, at))).toEqual([
      0, 5, 10, 10, 20, 50, 60, 70, 70,
    ]);
  });

  test("says by when so many more have joined, and null where so many have not", () => {
    expect(secondsForMore(line, 0, 5)).toBe(0.5);
    expect(secondsForMore(line, 0, 30)).toBe(2.5);
    expect(secondsForMore(line, 2.5, 30)).toBe(3.5);
    expect(secondsForMore(line, 0, 70)).toBeNull();
  });

  test("so many more than at a time are so many more at the later time", () => {
    fc.assert(
      fc.property(
        counts,
        fc.double({ min: 0, max: 45, noNaN: true }),
        fc.nat(200),
        (of, at, more) => {
          const any = withLate(NO_LATE_LINE, of);
          const until = secondsForMore(any, at, more);
          if (until === null) expect(lateBy(any, at) + more).toBeGreaterThanOrEqual(lateTotal(any));
          else expect(lateBy(any, until)).toBeCloseTo(lateBy(any, at) + more, 6);
        },
      ),
    );
  });

  test("forgotten seconds are still counted, whenever they are told of", () => {
    fc.assert(
      fc.property(counts, counts, fc.nat({ max: 50 }), (first, then, cut) => {
        const whole = withLate(withLate(NO_LATE_LINE, first), then);
        const cutLine = withLate(forgetBefore(withLate(NO_LATE_LINE, first), cut), then);
        expect(lateTotal(cutLine)).toBe(lateTotal(whole));
        expect(lateBy(cutLine, 60)).toBe(lateBy(whole, 60));
      }),
    );
  });

  test("takes no report that counts nonsense", () => {
    const odd = [-1, 1.5, Number.NaN, Infinity].map((second) => ({ second, tickets: 1 }));
    const none = [-5, 0, Number.NaN, Infinity].map((tickets) => ({ second: 1, tickets }));
    expect(withLate(line, [...odd, ...none])).toEqual(line);
    const far = withLate(NO_LATE_LINE, [{ second: 1e12, tickets: 3 }]);
    expect(lateTotal(far)).toBe(3);
    expect(far.tickets.length).toBeLessThan(30_000);
  });
});
