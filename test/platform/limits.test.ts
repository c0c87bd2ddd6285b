import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import type { LimiterQuestion } from "../../durable-objects/rate-limiter/contract.ts";
import { RateLimiterStore } from "../../durable-objects/rate-limiter/store.ts";
import type { LimitRule } from "../../src/domain/limits/limit-rules.ts";
import { makeLimits } from "../../src/platform/limits.ts";
import { sqliteSql } from "../support/node/sqlite-sql.ts";

const loose: LimitRule = { name: "loose", quota: 80, windowMs: 60_000, unreportedMax: 10 };
const strict: LimitRule = { name: "strict", quota: 10, windowMs: 60_000, unreportedMax: 1 };
const here: LimitRule = { name: "here", quota: 5, windowMs: 60_000, unreportedMax: Infinity };

/** One world, and as many isolates as a test opens; each call that leaves an isolate is counted. */
class World {
  nowMs = 1_790_000_000_000;
  limiterCalls = 0;
  locationCalls = 0;
  locationSays = true;
  readonly refusals: string[] = [];
  limiter: "answers" | "throws" | "hangs" = "answers";
  readonly #store = new RateLimiterStore(sqliteSql());

  isolate() {
    return makeLimits({
      clock: { nowMs: () => this.nowMs },
      // Whoever is patient has waited: only what answers at once comes before.
      patience: () =>
        this.limiter === "answers"
          ? new Promise(() => undefined)
          : new Promise((resolve) => setTimeout(resolve, 5)),
      platform: [{ perMinute: 30, binding: { limit: () => this.#location() } }],
      limiters: { getByName: () => ({ take: (asked: LimiterQuestion[]) => this.#take(asked) }) },
      digest: (text) => Promise.resolve(text),
      refused: (name, tier) => this.refusals.push(`${name} ${tier}`),
    });
  }

  #location() {
    this.locationCalls++;
    return Promise.resolve({ success: this.locationSays });
  }

  #take(asked: LimiterQuestion[]) {
    this.limiterCalls++;
    if (this.limiter === "hangs") return new Promise(() => undefined);
    if (this.limiter === "throws") return Promise.reject(new Error("the object is gone"));
    return Promise.resolve(this.#store.take(asked, this.nowMs));
  }
}

type Isolate = ReturnType<World["isolate"]>;

async function granted(isolates: readonly Isolate[], rule: LimitRule, times: number) {
  let count = 0;
  for (let n = 0; n < times; n++) {
    const isolate = isolates[n % isolates.length];
    const [standing] = (await isolate?.take([{ rule, key: "a" }])) ?? [];
    if (standing?.allowed === true) count++;
  }
  return count;
}

describe("limits", () => {
  test("an ordinary buyer is answered from the isolate's memory", async () => {
    const world = new World();
    expect(await granted([world.isolate()], loose, 9)).toBe(9);
    expect([world.limiterCalls, world.locationCalls]).toEqual([0, 0]);
  });

  test("a strict one is counted for the whole world, whichever isolates are asked", async () => {
    const world = new World();
    const isolates = Array.from({ length: 7 }, () => world.isolate());
    expect(await granted(isolates, strict, 100)).toBe(10);
    // Each isolate hears it from the world once at the most, and remembers.
    const told = world.refusals.filter((refusal) => refusal === "strict world");
    expect(told.length).toBeLessThanOrEqual(7);
    expect(world.refusals).toHaveLength(90);
  });

  test("a loose one is over by no more than what each isolate may keep to itself", async () => {
    const world = new World();
    const isolates = Array.from({ length: 5 }, () => world.isolate());
    const count = await granted(isolates, loose, 1_000);
    expect(count).toBeGreaterThanOrEqual(80);
    expect(count).toBeLessThanOrEqual(80 + 5 * 9);
  });

  test("however calmly, and over however many isolates: the world is over by their shares at most", async () => {
    const steps = fc.array(fc.tuple(fc.nat({ max: 5 }), fc.nat({ max: 400 })), {
      minLength: 100,
      maxLength: 400,
    });
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 2, max: 10 }), async (acts, unreportedMax) => {
        const rule = { ...loose, quota: 20, windowMs: 2_000, unreportedMax };
        const world = new World();
        const isolates = Array.from({ length: 6 }, () => world.isolate());
        const grantsMs: number[] = [];
        for (const [which, stepMs] of acts) {
          world.nowMs += stepMs;
          const [standing] = (await isolates[which]?.take([{ rule, key: "a" }])) ?? [];
          if (standing?.allowed === true) grantsMs.push(world.nowMs);
        }
        const ownMs = Math.ceil(rule.windowMs / (unreportedMax - 1));
        for (const [first, fromMs] of grantsMs.entries()) {
          const spanMs = (grantsMs.at(-1) ?? fromMs) - fromMs;
          const ruled = rule.quota + spanMs / 100;
          const untold = isolates.length * (unreportedMax - 1 + spanMs / ownMs);
          expect(grantsMs.length - first).toBeLessThanOrEqual(ruled + untold);
        }
      }),
      { numRuns: 40 },
    );
  });

  test("a flood spread calmly over many isolates is told of", async () => {
    const world = new World();
    const isolates = Array.from({ length: 40 }, () => world.isolate());
    let count = 0;
    // Each isolate sees the limit's own rate, so none would ever refuse by itself.
    for (let second = 0; second < 120; second++) {
      world.nowMs += 750;
      count += await granted(isolates, loose, isolates.length);
    }
    expect(world.limiterCalls).toBeGreaterThan(0);
    const ruled = 80 + (120 * 750) / 750;
    const untold = 40 * 9 * (1 + (120 * 750) / loose.windowMs);
    expect(count).toBeLessThanOrEqual(ruled + untold);
    expect(count).toBeLessThan(0.3 * 120 * 40);
  });

  test("a flood of one place is refused by memory: objects are asked no more", async () => {
    const world = new World();
    const isolate = world.isolate();
    await granted([isolate], strict, 11);
    const before = world.limiterCalls;
    expect(await granted([isolate], strict, 10_000)).toBe(0);
    expect(world.limiterCalls).toBe(before);
  });

  test("what a location has counted is not asked about, and refused for a while", async () => {
    const world = new World();
    const isolate = world.isolate();
    world.locationSays = false;
    expect(await granted([isolate], strict, 100)).toBe(0);
    expect([world.locationCalls, world.limiterCalls]).toEqual([1, 0]);
    world.locationSays = true;
    world.nowMs += 10_000;
    expect(await granted([isolate], strict, 1)).toBe(1);
  });

  test.each(["throws", "hangs"] as const)(
    "a limiter that %s lets through what the isolate would, and is left alone for a while",
    async (how) => {
      vi.spyOn(console, "warn").mockImplementation(() => undefined);
      const world = new World();
      world.limiter = how;
      const isolate = world.isolate();
      expect(await granted([isolate], strict, 100)).toBe(10);
      expect(world.limiterCalls).toBe(1);
      world.limiter = "answers";
      world.nowMs += 60_000;
      expect(await granted([isolate], strict, 1)).toBe(1);
      expect(world.limiterCalls).toBe(2);
      vi.restoreAllMocks();
    },
  );

  test("of several limits the first that refuses is the last that is counted", async () => {
    const isolate = new World().isolate();
    const both = [
      { rule: here, key: "a" },
      { rule: { ...here, name: "other", quota: 7 }, key: "b" },
    ];
    for (let n = 0; n < 20; n++) await isolate.take(both);
    const standings = await isolate.take(both);
    expect(standings).toHaveLength(1);
    expect(
      isolate.takeHere({ rule: { ...here, name: "other", quota: 7 }, key: "b" }),
    ).toMatchObject({
      allowed: true,
      remaining: 1,
    });
  });
});
