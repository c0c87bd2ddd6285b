import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AccountId } from "../../../src/domain/ids.ts";
import {
  planSlices,
  SLICE_MAX,
  spacingMs,
  type Backlog,
} from "../../../src/domain/payments/query-plan.ts";

const MINUTE_MS = 60_000;
const backlog = fc.record({
  accountId: fc.stringMatching(/^[a-z0-9]{3}$/).map((name) => `acct_${name}` as AccountId),
  due: fc.nat(9_000),
  taken: fc.nat(120),
  perMinute: fc.integer({ min: 6, max: 6_000 }),
});
const backlogs = fc.uniqueArray(backlog, { selector: ({ accountId }) => accountId });
const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);

describe("the plan of a minute's questions", () => {
  test("never asks a gateway more often than it may be asked, what was taken at once included", () => {
    fc.assert(
      fc.property(backlogs, (given) => {
        const slices = planSlices(given);
        for (const { accountId, taken, perMinute, due } of given) {
          const own = slices.filter((slice) => slice.accountId === accountId);
          const most = sum(own.map((slice) => slice.most));
          expect(most).toBeLessThanOrEqual(due);
          expect(taken + most).toBeLessThanOrEqual(Math.max(perMinute, taken));
          // One begins when those before it have had their time.
          let before = taken;
          for (const slice of own) {
            expect(slice.afterMs).toBe(Math.floor(before * spacingMs(perMinute)));
            expect(slice.afterMs).toBeLessThan(MINUTE_MS);
            before += slice.most;
          }
        }
        expect(slices.every(({ most }) => most >= 1 && most <= SLICE_MAX)).toBe(true);
      }),
    );
  });

  test("has everything that is due, where rates and room allow", () => {
    const given: Backlog[] = [
      { accountId: "acct_a" as AccountId, due: 1_000, taken: 120, perMinute: 1_200 },
      { accountId: "acct_b" as AccountId, due: 61, taken: 0, perMinute: 300 },
    ];
    const slices = planSlices(given);
    expect(sum(slices.map(({ most }) => most))).toBe(1_061);
    expect(slices.map(({ most }) => most).filter((most) => most < SLICE_MAX)).toEqual([1, 40]);
  });

  test("gives each account a slice before any has a second, when there are more than there is room for", () => {
    const crowd = Array.from({ length: 200 }, (_, n): Backlog => ({
      accountId: `acct_${n}` as AccountId,
      due: 6_000,
      taken: 0,
      perMinute: 6_000,
    }));
    const slices = planSlices(crowd);
    expect(slices).toHaveLength(300);
    const counts = [...Map.groupBy(slices, ({ accountId }) => accountId).values()];
    expect(counts).toHaveLength(200);
    expect(Math.max(...counts.map((own) => own.length))).toBe(2);
  });

  test("is empty where nothing is left to ask", () => {
    expect(planSlices([])).toEqual([]);
    const full = { accountId: "acct_a" as AccountId, due: 500, taken: 120, perMinute: 100 };
    expect(planSlices([full])).toEqual([]);
  });
});
