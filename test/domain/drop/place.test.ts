import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dropPhase } from "../../../src/domain/drop/drop.ts";
import { pollAfterMs } from "../../../src/domain/drop/poll.ts";
import { compareRank, rankOf, type Rank } from "../../../src/domain/drop/rank.ts";
import {
  placeInLine,
  STATE_DEAD_MS,
  STATE_OLD_MS,
  type DropState,
} from "../../../src/domain/drop/state.ts";
import {
  CLOSED_THRESHOLD,
  isAdmitted,
  raised,
  type Threshold,
} from "../../../src/domain/drop/threshold.ts";

const OPENS_MS = 1_000_000;
const rank = (joinedAtMs: number, draw = 0.5) => rankOf({ joinedAtMs }, OPENS_MS, draw);
const anyRank: fc.Arbitrary<Rank> = fc
  .tuple(fc.integer({ min: 0, max: 2 * OPENS_MS }), fc.double({ min: 0, max: 0.999, noNaN: true }))
  .map(([joinedAtMs, draw]) => rank(joinedAtMs, draw));
const anyThreshold: fc.Arbitrary<Threshold> = fc.record({
  early: fc.double({ min: 0, max: 1, noNaN: true }),
  lateUntilMs: fc.option(fc.integer({ min: OPENS_MS, max: 2 * OPENS_MS })),
});

describe("rank", () => {
  test("who joined before the opening is ordered by the draw alone", () => {
    expect(compareRank(rank(5, 0.2), rank(OPENS_MS - 1, 0.7))).toBeLessThan(0);
    expect(compareRank(rank(5, 0.7), rank(OPENS_MS - 1, 0.2))).toBeGreaterThan(0);
  });

  test("who joins at the opening or later is after all of them, first come first served", () => {
    expect(compareRank(rank(OPENS_MS, 0), rank(1, 0.999))).toBeGreaterThan(0);
    expect(compareRank(rank(OPENS_MS, 0.9), rank(OPENS_MS + 1, 0.1))).toBeLessThan(0);
    expect(compareRank(rank(OPENS_MS, 0.9), rank(OPENS_MS, 0.1))).toBeGreaterThan(0);
  });
});

describe("a threshold", () => {
  test("of a closed line admits nobody, one of 1 all early people and no later ones", () => {
    expect(isAdmitted(rank(1, 0), CLOSED_THRESHOLD)).toBe(false);
    expect(isAdmitted(rank(OPENS_MS), CLOSED_THRESHOLD)).toBe(false);
    expect(isAdmitted(rank(1, 1 - 2 ** -52), { early: 1, lateUntilMs: null })).toBe(true);
    expect(isAdmitted(rank(OPENS_MS), { early: 1, lateUntilMs: null })).toBe(false);
  });

  test("admits whoever is before someone it admits, early or late", () => {
    fc.assert(
      fc.property(anyRank, anyRank, anyThreshold, (a, b, threshold) => {
        const sameLine = (a.joinedAtMs === 0) === (b.joinedAtMs === 0);
        fc.pre(sameLine && compareRank(a, b) <= 0 && isAdmitted(b, threshold));
        expect(isAdmitted(a, threshold)).toBe(true);
      }),
    );
  });

  test("raised by another admits all that either admits", () => {
    fc.assert(
      fc.property(anyRank, anyThreshold, anyThreshold, (who, a, b) => {
        expect(isAdmitted(who, raised(a, b))).toBe(isAdmitted(who, a) || isAdmitted(who, b));
      }),
    );
  });
});

const STATE: DropState = {
  seq: 7,
  status: "open",
  threshold: { early: 0.5, lateUntilMs: null },
  remaining: 10,
  held: 3,
  line: { early: 1_000, lateWaiting: 100 },
  admittedPerSecond: 10,
  atMs: OPENS_MS + 10_000,
  opensAtMs: OPENS_MS,
  closesAtMs: 2 * OPENS_MS,
  termsVersion: 1,
};
const OPEN = { phase: "open", ageMs: 0 } as const;

describe("a place in line", () => {
  test("counts who is ahead, and how long that takes", () => {
    expect(placeInLine(rank(1, 0.6), STATE, OPEN)).toEqual({
      kind: "waiting",
      ahead: 99,
      etaMs: 9_900,
    });
    const late = placeInLine(rank(OPENS_MS + 10_000), STATE, OPEN);
    expect(late).toMatchObject({ kind: "waiting", ahead: 600 });
    expect(placeInLine(rank(1, 0.4), STATE, OPEN)).toEqual({ kind: "admitted" });
  });

  test("of one admitted while every key is held says so; with keys gone for good, sold out", () => {
    const held = { ...STATE, remaining: 0 };
    expect(placeInLine(rank(1, 0.4), held, OPEN)).toEqual({ kind: "all_held" });
    const sold = { ...STATE, status: "sold_out", remaining: 0, held: 0 } as const;
    expect(placeInLine(rank(1, 0.4), sold, OPEN)).toEqual({ kind: "sold_out" });
  });

  test("is by the edge's clock: a controller an hour ahead admits nobody before the opening", () => {
    expect(placeInLine(rank(1, 0), STATE, { phase: "upcoming", ageMs: 0 })).toEqual({
      kind: "upcoming",
    });
    expect(placeInLine(rank(1, 0), STATE, { phase: "closed", ageMs: 0 })).toEqual({
      kind: "closed",
    });
  });

  test("with the controller down: those it admitted still are, nobody new, and nobody in the end", () => {
    const ahead: DropState = { ...STATE, threshold: { early: 1, lateUntilMs: STATE.atMs + 5_000 } };
    const newcomer = rank(STATE.atMs + 4_000);
    const kind = (who: Rank, ageMs: number) =>
      placeInLine(who, ahead, { phase: "open", ageMs }).kind;
    expect(kind(newcomer, STATE_OLD_MS - 1)).toBe("admitted");
    expect(kind(newcomer, STATE_OLD_MS)).toBe("waiting");
    expect(kind(rank(1, 0.9), STATE_OLD_MS)).toBe("admitted");
    expect(kind(rank(STATE.atMs), STATE_DEAD_MS - 1)).toBe("admitted");
    expect(kind(rank(1, 0.1), STATE_DEAD_MS)).toBe("busy");
  });
});

describe("when to ask again", () => {
  const at = { opensAtMs: OPENS_MS, nowMs: OPENS_MS + 1 };
  const wait = (etaMs: number, random: number) =>
    pollAfterMs({ kind: "waiting", ahead: 1, etaMs }, at, random) ?? 0;

  test("is later the farther the turn, between one second and three quarters of a minute", () => {
    const delays = [0, 4_000, 8_000, 40_000, 120_000, 1e9].map((etaMs) => wait(etaMs, 0));
    expect(delays).toEqual([1_000, 1_000, 2_000, 10_000, 30_000, 30_000]);
    expect(wait(1e9, 0.999)).toBeLessThanOrEqual(45_000);
  });

  test("where nobody is let in right now, is later the longer the line before them", () => {
    const unknown = (ahead: number) =>
      pollAfterMs({ kind: "waiting", ahead, etaMs: null }, at, 0) ?? 0;
    expect([0, 50, 1_000, 1e6].map(unknown)).toEqual([1_000, 1_000, 10_000, 30_000]);
  });

  test("differs between those who asked together, by more the longer they wait", () => {
    const spread = (etaMs: number) => wait(etaMs, 0.99) - wait(etaMs, 0);
    expect(spread(4_000)).toBeGreaterThan(400);
    expect(spread(40_000)).toBeGreaterThan(spread(4_000));
  });

  test("before the opening ends just after it, spread over some seconds, never before it", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30_000 }),
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        (left, r) => {
          const when = pollAfterMs({ kind: "upcoming" }, { opensAtMs: left, nowMs: 0 }, r) ?? 0;
          expect(when).toBeGreaterThanOrEqual(left);
          expect(when).toBeLessThanOrEqual(left + 3_000);
        },
      ),
    );
  });

  test("never comes once there is nothing more to hear", () => {
    expect(pollAfterMs({ kind: "sold_out" }, at, 0.5)).toBeNull();
    expect(pollAfterMs({ kind: "closed" }, at, 0.5)).toBeNull();
  });
});

test("a drop is upcoming, open and closed by time, and closed once somebody closed it", () => {
  const drop = { opensAtMs: 100, closesAtMs: 200, closedAtMs: null };
  expect([99, 100, 199, 200].map((nowMs) => dropPhase(drop, nowMs))).toEqual([
    "upcoming",
    "open",
    "open",
    "closed",
  ]);
  expect(dropPhase({ ...drop, closedAtMs: 150 }, 150)).toBe("closed");
  expect(dropPhase({ ...drop, closedAtMs: 50 }, 60)).toBe("closed");
});
