import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LINE_SLOTS, lineScale } from "../../../src/domain/drop/line-scale.ts";
import { roomOf } from "../../../src/domain/drop/room.ts";
import { placeInLine, STATE_OLD_MS, type DropState } from "../../../src/domain/drop/state.ts";

const state = (changes: Partial<DropState> = {}): DropState =>
  ({
    seq: 1,
    status: "open",
    threshold: { early: 0.1, lateUntilMs: null },
    remaining: 10,
    held: 5,
    line: { early: 1000, lateWaiting: 0 },
    admittedPerSecond: 10,
    atMs: 1_000_000,
    opensAtMs: 0,
    closesAtMs: 9_000_000,
    freshMs: 1_000,
    ...changes,
  }) as DropState;

const early = (draw: number) => ({ joinedAtMs: 0, draw });
const room = (draw: number, of: DropState, ageMs = 0) =>
  roomOf(placeInLine(early(draw), of, { phase: "open", ageMs }), early(draw), of, ageMs);

describe("the waiting page", () => {
  it("says who waits how many are before and behind, and that with them it is everyone", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.11, max: 0.999, noNaN: true }), (draw) => {
        const { ahead, behind, phase } = room(draw, state());
        expect(phase).toBe("waiting");
        expect((ahead ?? 0) + behind + 1).toBe(900);
      }),
    );
  });

  it("says that all keys are reserved while some may come back, and names no time then", () => {
    const of = state({ remaining: 0, held: 3 });
    expect(room(0.5, of)).toMatchObject({ phase: "all_reserved", etaMs: null, ahead: 400 });
    expect(room(0.05, of).phase).toBe("all_held");
  });

  it("says that it is over only when no key can come back", () => {
    expect(room(0.5, state({ remaining: 0, held: 0 })).phase).toBe("waiting");
    expect(room(0.5, state({ status: "sold_out", remaining: 0, held: 0 })).phase).toBe("sold_out");
  });

  it("says that the line stands still once the state is old", () => {
    expect(room(0.5, state()).isStill).toBe(false);
    expect(room(0.5, state(), STATE_OLD_MS)).toMatchObject({ isStill: true, etaMs: null });
  });

  it("says plainly when the keys will be gone before, and not while a turn may come", () => {
    expect(room(0.5, state({ remaining: 100, held: 34 })).isUnlikely).toBe(false);
    expect(room(0.5, state({ remaining: 100, held: 33 })).isUnlikely).toBe(true);
    expect(room(0.05, state({ remaining: 1, held: 0 })).isUnlikely).toBe(false);
  });

  it("shows no figures of a line that nobody knows", () => {
    const unknown = { ahead: null, behind: 0, etaMs: null };
    expect(roomOf({ kind: "busy" }, null, null, 0)).toMatchObject({ phase: "busy", ...unknown });
    expect(room(0.05, state())).toMatchObject({ phase: "admitted", ...unknown });
  });
});

describe("the picture of a line", () => {
  const people = fc.integer({ min: 0, max: 100_000_000 });

  it("has room for everyone, and shows somebody before whoever has anyone before them", () => {
    fc.assert(
      fc.property(people, people, (ahead, behind) => {
        const drawn = lineScale(ahead, behind);
        expect(drawn.ahead + 1 + drawn.behind).toBeLessThanOrEqual(LINE_SLOTS);
        expect(drawn.ahead > 0).toBe(ahead > 0);
        expect(drawn.behind > 0).toBe(behind > 0);
        expect(drawn.ahead * drawn.peoplePerSlot).toBeGreaterThanOrEqual(ahead);
      }),
    );
  });

  it("counts by 1, 2, 5, 10, 20, 50 and so on, as finely as there is room", () => {
    const step = (ahead: number) => lineScale(ahead, 0).peoplePerSlot;
    expect([0, 30, 31, 60, 61, 150, 151, 300, 301].map(step)).toEqual([
      1, 1, 2, 2, 5, 5, 10, 10, 20,
    ]);
    expect(step(412_345)).toBe(20_000);
    expect(step(Number.MAX_SAFE_INTEGER)).toBeGreaterThan(1e14);
  });

  it("never sends anyone back while those before them become fewer at one scale", () => {
    fc.assert(
      fc.property(people, fc.integer({ min: 0, max: 1000 }), (ahead, fewer) => {
        const before = lineScale(ahead, 0);
        const after = lineScale(Math.max(0, ahead - fewer), 0);
        if (before.peoplePerSlot !== after.peoplePerSlot) return;
        expect(after.ahead).toBeLessThanOrEqual(before.ahead);
      }),
    );
  });
});
