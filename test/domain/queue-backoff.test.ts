import { expect, test } from "vitest";
import { retryDelaySeconds } from "../../src/queues/backoff.ts";

const TRIES = 10;

test("a message comes again after any time up to one that doubles, 5 s to 10 min", () => {
  const longest = Array.from({ length: TRIES }, (_, n) => retryDelaySeconds(n + 1, 1));
  expect(longest).toEqual([5, 10, 20, 40, 80, 160, 320, 600, 600, 600]);
});

test("messages that failed together are spread over the whole of it, and none comes at once", () => {
  for (let attempts = 1; attempts <= TRIES; attempts++) {
    const longest = retryDelaySeconds(attempts, 1);
    expect(retryDelaySeconds(attempts, 0)).toBe(1);
    expect(Math.abs(retryDelaySeconds(attempts, 0.5) - longest / 2)).toBeLessThanOrEqual(0.5);
  }
});
