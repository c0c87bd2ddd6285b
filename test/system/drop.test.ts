import { expect, test } from "vitest";
import { judgeReal } from "../../scripts/drop/real/laws.ts";
import { playReal } from "../../scripts/drop/real/play.ts";

/** `npm run drop -- --real` with few people: the same program, the built Worker, HTTP. */
test("a drop over HTTP keeps its laws, from the first ticket to the last key", async () => {
  const { play, funnel } = await playReal({ arrivals: 400, keys: 40, seed: 5, hold: 6 }, () => {});
  expect(judgeReal(play).filter(({ holds }) => !holds)).toEqual([]);
  expect(funnel.reserved).toBeGreaterThanOrEqual(40);
  expect(play.records.some(({ refused }) => refused.includes("ticket_used"))).toBe(true);
}, 240_000);
