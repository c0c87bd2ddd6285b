import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  charge,
  meter,
  take,
  type ArrivalMs,
  type Limit,
} from "../../../src/domain/limits/limit.ts";

const limits: fc.Arbitrary<Limit> = fc.record({
  quota: fc.integer({ min: 1, max: 60 }),
  windowMs: fc.integer({ min: 1, max: 600_000 }),
});
const START_MS = 1_790_000_000_000;

/** Times at which one key asks, in order; the steps are near the limit's own interval. */
const asked = (limit: Limit) =>
  fc
    .array(fc.integer({ min: 0, max: meter(limit).intervalMs * 3 }), {
      minLength: 1,
      maxLength: 200,
      size: "max",
    })
    .map((steps) => {
      let atMs = START_MS;
      return steps.map((step) => (atMs += step));
    });

const limitAndTimes = limits.chain((limit) => fc.tuple(fc.constant(limit), asked(limit)));

/** When one was let through. */
function granted(limit: Limit, timesMs: readonly number[]): number[] {
  let arrivalMs: ArrivalMs = null;
  return timesMs.filter((atMs) => {
    const taken = take(limit, arrivalMs, atMs);
    ({ arrivalMs } = taken);
    return taken.allowed;
  });
}

describe("GCRA", () => {
  test("lets through no more than the quota and the rate in any stretch of time", () => {
    fc.assert(
      fc.property(limitAndTimes, ([limit, times]) => {
        const grants = granted(limit, times);
        const { intervalMs } = meter(limit);
        const beyond = grants.flatMap((fromMs, first) =>
          grants.slice(first).filter((toMs, index) => {
            return index + 1 > limit.quota + (toMs - fromMs) / intervalMs;
          }),
        );
        expect(beyond).toEqual([]);
      }),
    );
  });

  test("lets through the whole quota at once, and then one each interval", () => {
    fc.assert(
      fc.property(limits, (limit) => {
        const { intervalMs } = meter(limit);
        const rush = Array.from({ length: limit.quota + 5 }, () => START_MS);
        const after = [intervalMs - 1, intervalMs, intervalMs, 2 * intervalMs];
        const grants = granted(limit, [...rush, ...after.map((ms) => START_MS + ms)]);
        expect(grants.filter((atMs) => atMs === START_MS)).toHaveLength(limit.quota);
        const later = grants.filter((atMs) => atMs > START_MS).map((atMs) => atMs - START_MS);
        expect(later).toEqual([intervalMs, 2 * intervalMs]);
      }),
      // With an interval of one millisecond the one before it is the rush itself.
      { examples: [[{ quota: 3, windowMs: 60_000 }]], numRuns: 50 },
    );
  });

  test("refuses nobody who keeps to the rate", () => {
    fc.assert(
      fc.property(limits, fc.integer({ min: 1, max: 300 }), (limit, count) => {
        const { intervalMs } = meter(limit);
        const times = Array.from({ length: count }, (_, n) => START_MS + n * intervalMs);
        expect(granted(limit, times)).toEqual(times);
      }),
    );
  });

  test("forgives a window of silence wholly", () => {
    fc.assert(
      fc.property(limitAndTimes, ([limit, times]) => {
        const last = times.at(-1) ?? START_MS;
        const afterwards = last + meter(limit).wholeMs;
        let arrivalMs: ArrivalMs = null;
        for (const atMs of times) ({ arrivalMs } = take(limit, arrivalMs, atMs));
        expect(take(limit, arrivalMs, afterwards)).toEqual(take(limit, null, afterwards));
      }),
    );
  });

  test("what it says is what happens: remaining, retry-after and reset", () => {
    fc.assert(
      fc.property(limitAndTimes, ([limit, times]) => {
        let arrivalMs: ArrivalMs = null;
        for (const atMs of times) {
          const taken = take(limit, arrivalMs, atMs);
          ({ arrivalMs } = taken);
          const more = Array.from({ length: taken.remaining + 1 }, () => atMs);
          expect(from(limit, arrivalMs, more)).toBe(taken.remaining);
          if (!taken.allowed) {
            const againMs = atMs + taken.retryAfterMs;
            expect(take(limit, arrivalMs, againMs - 1).allowed).toBe(false);
            expect(take(limit, arrivalMs, againMs).allowed).toBe(true);
          }
          expect(take(limit, arrivalMs, atMs + taken.resetMs).remaining).toBe(limit.quota - 1);
        }
      }),
      { numRuns: 50 },
    );
  });

  test("a refusal takes nothing", () => {
    fc.assert(
      fc.property(limitAndTimes, ([limit, times]) => {
        const grants = granted(limit, times);
        expect(granted(limit, grants)).toEqual(grants);
      }),
    );
  });

  test("a clock that goes back grants no more than a new key has, and is waited for no longer", () => {
    fc.assert(
      fc.property(limitAndTimes, fc.integer({ min: 1, max: 1e9 }), ([limit, times], backMs) => {
        let arrivalMs: ArrivalMs = null;
        for (const atMs of times) ({ arrivalMs } = take(limit, arrivalMs, atMs));
        const earlierMs = (times.at(-1) ?? START_MS) - backMs;
        const rush = Array.from({ length: limit.quota + 5 }, () => earlierMs);
        expect(from(limit, arrivalMs, rush)).toBeLessThanOrEqual(limit.quota);
        const taken = take(limit, arrivalMs, earlierMs);
        expect(taken.retryAfterMs).toBeLessThanOrEqual(meter(limit).intervalMs);
      }),
    );
  });

  test("a limit that is tightened is not waited for longer than its own interval", () => {
    const wide = { quota: 100, windowMs: 1_000_000 };
    const used = charge(wide, null, START_MS, 100);
    const tight = { quota: 2, windowMs: 1_000 };
    expect(take(tight, used, START_MS)).toMatchObject({ allowed: false, retryAfterMs: 500 });
  });

  test("numbers are whole and in their bounds, whatever comes", () => {
    const arrivals = fc.option(fc.integer({ min: START_MS - 1e9, max: START_MS + 1e9 }));
    fc.assert(
      fc.property(limits, arrivals, (limit, arrivalMs) => {
        const taken = take(limit, arrivalMs, START_MS);
        const { arrivalMs: next, remaining, resetMs, retryAfterMs } = taken;
        for (const value of [next, remaining, resetMs, retryAfterMs])
          expect(Number.isSafeInteger(value) && value >= 0).toBe(true);
        expect(remaining).toBeLessThan(limit.quota);
        expect(resetMs).toBeLessThanOrEqual(meter(limit).wholeMs);
        expect(retryAfterMs > 0).toBe(!taken.allowed);
      }),
    );
  });
});

describe("what was let through elsewhere", () => {
  test("counts as if it had been taken here", () => {
    fc.assert(
      fc.property(limits, fc.integer({ min: 0, max: 600 }), (limit, count) => {
        const charged = charge(limit, null, START_MS, count);
        const left = Math.max(0, limit.quota - count);
        const rush = Array.from({ length: limit.quota + 1 }, () => START_MS);
        expect(from(limit, charged, rush)).toBe(left);
      }),
    );
  });

  test("gives the same state in whichever order calls and reports come within a moment", () => {
    const acts = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 30, size: "max" });
    const shuffled = acts.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(limits, shuffled, (limit, [one, other]) => {
        const play = (counts: readonly number[]) =>
          counts.reduce<ArrivalMs>(
            (arrivalMs, count) =>
              count === 0
                ? take(limit, arrivalMs, START_MS).arrivalMs
                : charge(limit, arrivalMs, START_MS, count),
            null,
          );
        expect(play(one)).toBe(play(other));
      }),
    );
  });
});

function from(limit: Limit, start: ArrivalMs, timesMs: readonly number[]): number {
  let arrivalMs = start;
  return timesMs.filter((atMs) => {
    const taken = take(limit, arrivalMs, atMs);
    ({ arrivalMs } = taken);
    return taken.allowed;
  }).length;
}
