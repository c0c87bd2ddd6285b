import { describe, expect, test } from "vitest";
import { isTurnedAway, isUnderPressure } from "../../../src/domain/drop/line-cap.ts";

const LOTS = Array.from({ length: 1_000 }, (_, n) => n / 1_000);
const turnedAway = (people: number, lineMax: number | null) =>
  LOTS.filter((lot) => isTurnedAway(lot, people, lineMax)).length / LOTS.length;

describe("a line with a cap", () => {
  test("turns nobody away up to it, and everybody at a quarter more", () => {
    expect(turnedAway(0, 1_000)).toBe(0);
    expect(turnedAway(1_000, 1_000)).toBe(0);
    expect(turnedAway(1_250, 1_000)).toBe(1);
    expect(turnedAway(10_000, 1_000)).toBe(1);
  });

  test("turns the more away the longer it is", () => {
    const shares = [1_025, 1_100, 1_200].map((people) => turnedAway(people, 1_000));
    expect(shares).toEqual([0.1, 0.4, 0.8]);
  });

  test("who was turned away stays so while it grows: asking again gains nothing", () => {
    for (const lot of LOTS) {
      const answers = [1_050, 1_100, 1_150, 1_200].map((people) =>
        isTurnedAway(lot, people, 1_000),
      );
      expect(answers).toEqual(answers.toSorted());
    }
  });

  test("that has none turns nobody away", () => {
    expect(turnedAway(1_000_000_000, null)).toBe(0);
  });
});

test("a line is under pressure once it has more people than keys are on offer", () => {
  expect([99, 100, 101].map((people) => isUnderPressure(people, 100))).toEqual([
    false,
    false,
    true,
  ]);
});
