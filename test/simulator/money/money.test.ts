import { describe, expect, test } from "vitest";
import { hunt } from "../hunt.ts";
import { MONEY_FAULTS } from "./faults-of-money.ts";

const ORDERS_EACH = 60;
const SEEDS = 40;
/** What each planted fault must be found within. */
const FAULT_SEEDS = 40;

test("in 40 worlds where money goes back, every cent is where the gateway's books have it", async () => {
  const ground = { firstSeed: 1, seeds: SEEDS, ordersEach: ORDERS_EACH, scene: "money" } as const;
  const { found } = await hunt(ground);
  const replay = `npm run simulate -- --money --orders ${ORDERS_EACH} --seeds 1 --seed ${found?.seed}`;
  expect(found?.finding ?? null, replay).toBeNull();
}, 300_000);

describe("a promise about money that is broken is seen to be broken", () => {
  test.for(Object.entries(MONEY_FAULTS))("%s", { timeout: 120_000 }, async ([, { plant, law }]) => {
    const ground = { firstSeed: 1, seeds: FAULT_SEEDS, ordersEach: ORDERS_EACH, plant };
    const { found } = await hunt({ ...ground, scene: "money" });
    expect(found?.finding?.law).toBe(law);
  });
});
