import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConcurrencyLimit } from "../../../src/domain/overload/concurrency-limit.ts";

const RULES = { start: 1_000, min: 64, max: 2_000, targetMs: 600 };
const DEADLINE_MS = 1_000;
const BATCH_MAX = 200;

/** What one shared call takes: so long, and so long more for each that it carries. */
interface Service {
  readonly eachMs: number;
  readonly callMs: number;
}

interface World {
  readonly service: (atMs: number) => Service;
  readonly perSecond: number;
  readonly seconds: number;
  readonly limit: { readonly value: number; observe?: ConcurrencyLimit["observe"] };
}

/** A line before a service that makes one call at a time, millisecond by millisecond. */
function play({ service, perSecond, seconds, limit }: World) {
  let waiting: number[] = [];
  let flight: { joinedMs: number[]; endsMs: number } | null = null;
  let due = 0;
  const good: number[] = [];
  const latenciesMs: number[] = [];
  for (let nowMs = 0; nowMs < seconds * 1_000; nowMs++) {
    due += perSecond / 1_000;
    for (; due >= 1; due--) {
      if (waiting.length + (flight?.joinedMs.length ?? 0) < limit.value) waiting.push(nowMs);
    }
    if (flight !== null && nowMs >= flight.endsMs) {
      const [first = nowMs] = flight.joinedMs;
      const underWay = waiting.length + flight.joinedMs.length;
      limit.observe?.({ latencyMs: nowMs - first, underWay, failed: false });
      for (const joinedMs of flight.joinedMs) {
        latenciesMs.push(nowMs - joinedMs);
        if (nowMs - joinedMs <= DEADLINE_MS) good.push(nowMs);
      }
      flight = null;
    }
    if (flight === null && waiting.length > 0) {
      const joinedMs = waiting.slice(0, BATCH_MAX);
      waiting = waiting.slice(joinedMs.length);
      const { callMs, eachMs } = service(nowMs);
      flight = { joinedMs, endsMs: nowMs + Math.ceil(callMs + eachMs * joinedMs.length) };
    }
  }
  const goodputBetween = (fromS: number, toS: number) =>
    good.filter((atMs) => atMs >= fromS * 1_000 && atMs < toS * 1_000).length / (toS - fromS);
  return { goodputBetween, latenciesMs };
}

function capacity({ callMs, eachMs }: Service): number {
  return (BATCH_MAX / (callMs + eachMs * BATCH_MAX)) * 1_000;
}

const NEAR: Service = { callMs: 3, eachMs: 0.55 };
const AT_AN_EDGE: Service = { callMs: 40, eachMs: 0.5 };

describe("orders answered in time", () => {
  it.each([
    ["near", NEAR, 2],
    ["near", NEAR, 5],
    ["near", NEAR, 10],
    ["a wire away", AT_AN_EDGE, 2],
    ["a wire away", AT_AN_EDGE, 5],
    ["a wire away", AT_AN_EDGE, 10],
  ])("stay within a tenth of the most, %s, %o, at %i times that load", (_, service, times) => {
    const most = capacity(service);
    const perSecond = times * most;
    const limit = new ConcurrencyLimit(RULES);
    const { goodputBetween } = play({ service: () => service, perSecond, seconds: 30, limit });
    expect(goodputBetween(5, 30)).toBeGreaterThan(0.9 * most);
  });

  it("are next to none behind a line that is only long: what the limit is for", () => {
    const perSecond = 2 * capacity(NEAR);
    const limit = { value: 2_000 };
    const { goodputBetween } = play({ service: () => NEAR, perSecond, seconds: 30, limit });
    expect(goodputBetween(5, 30)).toBeLessThan(0.1 * capacity(NEAR));
  });

  it("come back within seconds after a service that hung, and after one that was ten times as slow", () => {
    const most = capacity(NEAR);
    const hangs = (atMs: number) =>
      atMs > 10_000 && atMs < 20_000 ? { callMs: 2_500, eachMs: 5 } : NEAR;
    const slows = (atMs: number) =>
      atMs > 10_000 && atMs < 20_000 ? { callMs: 30, eachMs: 5.5 } : NEAR;
    for (const service of [hangs, slows]) {
      const limit = new ConcurrencyLimit(RULES);
      const { goodputBetween } = play({ service, perSecond: 5 * most, seconds: 40, limit });
      expect(goodputBetween(25, 40)).toBeGreaterThan(0.9 * most);
    }
  });

  it("are as many as a service that became slow can serve, once those who joined before have left", () => {
    const slow = { callMs: 30, eachMs: 5.5 };
    const service = (atMs: number) => (atMs > 10_000 ? slow : NEAR);
    const limit = new ConcurrencyLimit(RULES);
    const { goodputBetween } = play({ service, perSecond: 2_000, seconds: 40, limit });
    expect(goodputBetween(20, 40)).toBeGreaterThan(0.9 * capacity(slow));
  });
});

describe("the limit", () => {
  const sample = fc.record({
    latencyMs: fc.integer({ min: 0, max: 20_000 }),
    underWay: fc.integer({ min: 0, max: 5_000 }),
    failed: fc.boolean(),
  });

  it("is always within its bounds, whatever it is shown", () => {
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 300 }), (samples) => {
        const limit = new ConcurrencyLimit(RULES);
        for (const one of samples) {
          const before = limit.value;
          limit.observe(one);
          expect(limit.value).toBeGreaterThanOrEqual(RULES.min);
          expect(limit.value).toBeLessThanOrEqual(RULES.max);
          // One call, however late, takes no more than half.
          expect(limit.value).toBeGreaterThanOrEqual(Math.min(RULES.min, Math.floor(before / 2)));
        }
      }),
    );
  });

  it("falls when a call was late, never rises for one that failed, and learns nothing of an idle line", () => {
    fc.assert(
      fc.property(sample, (one) => {
        const limit = new ConcurrencyLimit(RULES);
        limit.observe(one);
        if (one.latencyMs > RULES.targetMs) expect(limit.value).toBeLessThan(RULES.start);
        else if (one.failed || 2 * one.underWay < RULES.start)
          expect(limit.value).toBe(RULES.start);
        else expect(limit.value).toBeGreaterThan(RULES.start);
      }),
    );
  });
});
