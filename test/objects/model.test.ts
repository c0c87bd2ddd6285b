import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { acts } from "../store/acts.ts";
import { MISHAPS, ObjectLife, type Step } from "./object-life.ts";

/** Each failure prints it, with the path that leads to the shortest story: fc.assert takes both. */
const SEED = 20_261_125;
const STORIES = 40;
const MINUTES_MS = 120_000;

const steps: fc.Arbitrary<Step> = fc.record({
  // What is listed together is under way at once.
  acts: fc.array(acts, { minLength: 1, maxLength: 6 }),
  mishap: fc.constantFrom(...MISHAPS),
});

let products = 7_000;
let askedAgain = 0;

beforeEach(() => {
  for (const level of ["warn", "error"] as const) vi.spyOn(console, level).mockReturnValue();
});
afterEach(() => vi.restoreAllMocks());

test(
  "whatever happens to an object, between calls and in the middle of them, its books are true and what it answered stays so",
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { maxLength: 12, size: "max" }), async (story) => {
        const life = await new ObjectLife(products++).open();
        for (const step of story) await life.step(step);
        askedAgain += life.askedAgain;
      }),
      { seed: SEED, numRuns: STORIES },
    );
    // It did die under those who called.
    expect(askedAgain).toBeGreaterThan(STORIES);
  },
  MINUTES_MS,
);
