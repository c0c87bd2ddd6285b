import { describe, expect, test } from "vitest";
import { FAULTS } from "./faults.ts";
import { hunt } from "./hunt.ts";

const ORDERS_EACH = 500;
/** What each planted fault must be found within: the table of docs/simulator.md says when it was. */
const BUDGET_ORDERS = 40_000;

// A file of its own, so that it has the processor that worlds in threads leave.
describe("a promise that is broken is seen to be broken", () => {
  test.for([...FAULTS])("%s", { timeout: 300_000 }, async ([, plant]) => {
    const seeds = BUDGET_ORDERS / ORDERS_EACH;
    const { found } = await hunt({ firstSeed: 1, seeds, ordersEach: ORDERS_EACH, plant });
    expect(found?.finding).toBeTruthy();
  });
});
