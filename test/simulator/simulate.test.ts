import { describe, expect, test } from "vitest";
import { FAULTS } from "./faults.ts";
import { huntInThreads } from "./hunt-in-threads.ts";
import { hunt } from "./hunt.ts";
import { shrink } from "./shrink.ts";
import { play, planOf } from "./simulate.ts";

const SEEDS = 200;
const ORDERS_EACH = 500;
/** What each planted fault must be found within: the table of docs/simulator.md says when it was. */
const BUDGET_ORDERS = 20_000;

test("in 200 worlds of 500 orders each, every promise is kept", async () => {
  const ground = { firstSeed: 1, seeds: SEEDS, ordersEach: ORDERS_EACH };
  const { found, orders } = await huntInThreads(ground);
  const replay = `npm run simulate -- --orders ${ORDERS_EACH} --seeds 1 --seed ${found?.seed}`;
  expect(found?.finding ?? null, replay).toBeNull();
  expect(orders).toBe(SEEDS * ORDERS_EACH);
}, 300_000);

describe("a promise that is broken is seen to be broken", () => {
  test.for([...FAULTS])("%s", { timeout: 120_000 }, async ([, plant]) => {
    const seeds = BUDGET_ORDERS / ORDERS_EACH;
    const { found } = await hunt({ firstSeed: 1, seeds, ordersEach: ORDERS_EACH, plant });
    expect(found?.finding).toBeTruthy();
  });
});

test("a seed replays exactly: the same happenings, the same answers", async () => {
  const once = await play(7, planOf(7, 300));
  expect(await play(7, planOf(7, 300))).toEqual(once);
  const other = await play(8, planOf(8, 300));
  expect({ ...other, seed: 7 }).not.toEqual(once);
}, 60_000);

test("a failing seed shrinks to a few operations that break the same law", async () => {
  const plant = FAULTS.get("restock forgets whom it owes");
  const { found } = await hunt({ firstSeed: 1, seeds: 5, ordersEach: 100, plant });
  const { seed, finding } = found ?? expect.fail("the fault was not found");
  const law = finding?.law ?? "";
  const script = await shrink({ seed, script: planOf(seed, 100), law, plant });
  expect(script.length).toBeLessThan(12);
  expect((await play(seed, script, plant)).finding?.law).toBe(law);
}, 120_000);
