import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { limiterName, QUESTIONS_MAX } from "../../durable-objects/rate-limiter/contract.ts";
import type { RateLimiter } from "../../durable-objects/rate-limiter/object.ts";
import type { Limit } from "../../src/domain/limits/limit.ts";

const START_MS = Date.UTC(2026, 10, 11, 12);
const tenAMinute: Limit = { quota: 10, windowMs: 60_000 };
let limiters = 0;

class Limiter {
  readonly stub: DurableObjectStub<RateLimiter>;
  nowMs = START_MS;

  constructor() {
    this.stub = env.RATE_LIMITER.getByName(`limiter-of-test-${limiters++}`);
    vi.spyOn(Date, "now").mockImplementation(() => this.nowMs);
  }

  async take(key: string, told = 0, limit = tenAMinute) {
    const [taken] = await this.stub.take([{ key, limit, told }]);
    if (taken === undefined) throw new Error("nothing taken");
    return taken;
  }

  async granted(key: string, times: number): Promise<number> {
    let granted = 0;
    for (let n = 0; n < times; n++) if ((await this.take(key)).allowed) granted++;
    return granted;
  }

  rows(): Promise<number> {
    return runInDurableObject(this.stub, (_, { storage }) =>
      Number(storage.sql.exec("SELECT count(*) AS n FROM arrivals").one()["n"]),
    );
  }
}

afterEach(() => vi.restoreAllMocks());

describe("a rate limiter", () => {
  test("lets a key through as often as its limit says, and each key for itself", async () => {
    const limiter = new Limiter();
    expect(await limiter.granted("a", 15)).toBe(10);
    expect(await limiter.granted("b", 15)).toBe(10);
    expect(await limiter.take("a")).toMatchObject({ allowed: false, retryAfterMs: 6_000 });
    limiter.nowMs += 6_000;
    expect(await limiter.granted("a", 2)).toBe(1);
  });

  test("counts what isolates have let through before they asked", async () => {
    const limiter = new Limiter();
    expect(await limiter.take("a", 8)).toMatchObject({ allowed: true, remaining: 1 });
    expect(await limiter.take("a", 8)).toMatchObject({ allowed: false, remaining: 0 });
  });

  test("many who ask at one moment share one quota", async () => {
    const limiter = new Limiter();
    const all = await Promise.all(Array.from({ length: 50 }, () => limiter.take("a")));
    expect(all.filter(({ allowed }) => allowed)).toHaveLength(10);
  });

  test("that is evicted gives away less than half a quota", async () => {
    const limiter = new Limiter();
    expect(await limiter.granted("a", 20)).toBe(10);
    await evictDurableObject(limiter.stub);
    expect(await limiter.granted("a", 20)).toBeLessThan(5);
    await evictDurableObject(limiter.stub);
    expect(await limiter.granted("a", 20)).toBe(0);
  });

  test("writes nothing for who asks now and then, and twice at most for who uses it all", async () => {
    const limiter = new Limiter();
    for (let n = 0; n < 100; n++) await limiter.take(`calm-${n}`);
    expect(await limiter.granted("a", 3)).toBe(3);
    expect(await limiter.rows()).toBe(0);
    const before = await written(limiter);
    await limiter.granted("flood", 200);
    // The row at half of the quota and at all of it, and the alarm once.
    expect((await written(limiter)) - before).toBeLessThanOrEqual(3);
    expect(await limiter.rows()).toBe(1);
  });

  test("forgets its rows once they say nothing more", async () => {
    const limiter = new Limiter();
    await limiter.granted("a", 10);
    await limiter.granted("b", 10);
    expect(await limiter.rows()).toBe(2);
    limiter.nowMs += 59_999;
    await runDurableObjectAlarm(limiter.stub);
    expect(await limiter.rows()).toBe(2);
    limiter.nowMs += 1;
    expect(await runDurableObjectAlarm(limiter.stub)).toBe(true);
    expect(await limiter.rows()).toBe(0);
    // Nothing is left to come back for.
    expect(await runDurableObjectAlarm(limiter.stub)).toBe(false);
    expect(await limiter.granted("a", 20)).toBe(10);
  });

  test("holds a limit that was tightened from the next question on", async () => {
    const limiter = new Limiter();
    expect((await limiter.take("a", 6)).remaining).toBe(3);
    const three: Limit = { quota: 3, windowMs: 60_000 };
    expect(await limiter.take("a", 0, three)).toMatchObject({ allowed: false });
  });

  test.each([
    ["no key", { key: "" }],
    ["a key that is no digest", { key: "x".repeat(1_000) }],
    ["no quota", { limit: { quota: 0, windowMs: 1 } }],
    ["half a quota", { limit: { quota: 0.5, windowMs: 1 } }],
    ["a year", { limit: { quota: 1, windowMs: 365 * 86_400_000 } }],
    ["less than none told", { told: -1 }],
  ])("refuses a question with %s", async (_, changes) => {
    const { stub } = new Limiter();
    const question = { key: "a", limit: tenAMinute, told: 0, ...changes };
    const asked = runInDurableObject(stub, (object) => object.take([question]));
    await expect(asked).rejects.toThrow("a limit that is none");
  });

  test("refuses more questions than one call may have", async () => {
    const { stub } = new Limiter();
    const many = Array.from({ length: QUESTIONS_MAX + 1 }, (_, n) => ({
      key: `${n}`,
      limit: tenAMinute,
      told: 0,
    }));
    const asked = runInDurableObject(stub, (object) => object.take(many));
    await expect(asked).rejects.toThrow("questions");
  });
});

test("keys are spread over all limiters, each always to the same", () => {
  const digests = Array.from({ length: 6_400 }, (_, n) => `${(n * 2_654_435_761) % 2 ** 32}`);
  const counts = new Map<string, number>();
  for (const digest of digests) {
    const name = limiterName(digest);
    expect(limiterName(digest)).toBe(name);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  expect(counts.size).toBe(64);
  expect(Math.max(...counts.values())).toBeLessThan(300);
});

/** Changes of rows since the object began. */
function written(limiter: Limiter): Promise<number> {
  return runInDurableObject(limiter.stub, (_, { storage }) =>
    Number(storage.sql.exec("SELECT total_changes() AS n").one()["n"]),
  );
}
