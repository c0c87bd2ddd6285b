import { describe, expect, test } from "vitest";
import { FAULTS } from "./faults.ts";
import { huntInThreads } from "./hunt-in-threads.ts";
import { hunt } from "./hunt.ts";
import { shrink } from "./shrink.ts";
import { play, planOf, type Run } from "./simulate.ts";

const SEEDS = 200;
const ORDERS_EACH = 500;

test("in 200 worlds of 500 orders each, every promise is kept", async () => {
  const ground = { firstSeed: 1, seeds: SEEDS, ordersEach: ORDERS_EACH };
  const { found, orders } = await huntInThreads(ground);
  const replay = `npm run simulate -- --orders ${ORDERS_EACH} --seeds 1 --seed ${found?.seed}`;
  expect(found?.finding ?? null, replay).toBeNull();
  expect(orders).toBe(SEEDS * ORDERS_EACH);
}, 600_000);

describe("a seed is one run and no other", () => {
  test("to the last commit, in one thread or many, whatever was played before it", async () => {
    const ground = { firstSeed: 1, seeds: 6, ordersEach: 150 };
    const alone: Run[] = [];
    await hunt({ ...ground, onRun: (run) => alone.push(run) });
    const together: Run[] = [];
    await huntInThreads({ ...ground, onRun: (run) => together.push(run) });
    expect(together.toSorted((a, b) => a.seed - b.seed)).toEqual(alone);
    expect(await play(4, planOf(4, 150))).toEqual(alone[3]);
    expect(new Set(alone.map((run) => run.digest)).size).toBe(alone.length);
  }, 120_000);

  test("a failing run fails again in the same words", async () => {
    const plant = FAULTS.get("claim forgets the state guard");
    const { found } = await hunt({ firstSeed: 1, seeds: 40, ordersEach: 100, plant });
    const { seed } = found ?? expect.fail("the fault was not found");
    expect(await play(seed, planOf(seed, 100), plant)).toEqual(found);
  }, 120_000);
});

test("a failing seed shrinks to a few operations that break the same law", async () => {
  const plant = FAULTS.get("release twice");
  const { found } = await hunt({ firstSeed: 1, seeds: 40, ordersEach: 100, plant });
  const { seed, finding } = found ?? expect.fail("the fault was not found");
  const few = await shrink({ seed, script: planOf(seed, 100), law: finding?.law ?? "", plant });
  expect(few.script.length).toBeLessThan(10);
  const again = await play(seed, few.script, plant, { closely: true });
  expect(again.finding?.law).toBe(few.law);
}, 300_000);
