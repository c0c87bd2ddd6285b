import { expect, test } from "vitest";
import { play, planOf } from "./simulate.ts";

test("in 20 worlds of 500 orders each, every promise is kept", async () => {
  let orders = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const run = await play(seed, planOf(seed, 500));
    expect(run.finding, `npm run simulate -- --orders 500 --seeds 1 --seed ${seed}`).toBeNull();
    orders += run.orders;
  }
  expect(orders).toBe(10_000);
}, 180_000);
