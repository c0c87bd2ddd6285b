import { describe, expect, test } from "vitest";
import { FAULTS, NO_FAULT, type Fault } from "../../scripts/drop/faults.ts";
import { judge } from "../../scripts/drop/laws.ts";
import { simulate } from "../../scripts/drop/simulate.ts";

const play = (seed: number, fault: Fault = NO_FAULT) =>
  simulate({ arrivals: 20_000, keys: 500, seed, holdSeconds: 60, isolates: 5 }, fault);

async function brokenBy(seed: number, fault?: Fault): Promise<string[]> {
  return judge(await play(seed, fault)).flatMap(({ law, holds }) => (holds ? [] : [law]));
}

/** The command plays a million (docs/drop.md); the same program with twenty thousand is quick. */
describe("a drop of twenty thousand people", () => {
  test.each([1, 2, 3])("keeps every law, whatever the seed: %i", async (seed) => {
    expect(await brokenBy(seed)).toEqual([]);
  });

  test("is the same play for the same seed", async () => {
    const [one, other] = [await play(4), await play(4)];
    expect(other.funnel.seconds).toEqual(one.funnel.seconds);
    expect(other.won).toEqual(one.won);
  });
});

/** A law that nothing breaks says nothing: each fault turns the law red that is about it. */
describe("a planted fault", () => {
  test.each([
    ["the controller lets everyone in at once", "the stock object is never rushed"],
    ["the controller does not see the last keys", "every key is sold"],
    ["the draw favours those who joined first", "it does not matter when an early person joined"],
    ["every way to write an address draws", "a hundred tickets gain nothing"],
  ])("%s: %s", async (name, law) => {
    const fault = FAULTS.get(name);
    if (fault === undefined) throw new Error("no such fault");
    expect(await brokenBy(1, fault)).toContain(law);
  });
});
