import { describe, expect, test } from "vitest";
import type { LimitRule } from "../../../src/domain/limits/limit-rules.ts";
import { LimitMemo } from "../../../src/domain/limits/limit-memo.ts";
import { charge, take } from "../../../src/domain/limits/limit.ts";

const NOW_MS = 1_790_000_000_000;
const loose: LimitRule = { name: "loose", quota: 80, windowMs: 80_000, unreportedMax: 10 };
const strict: LimitRule = { name: "strict", quota: 5, windowMs: 5_000, unreportedMax: 1 };
const here: LimitRule = { name: "here", quota: 5, windowMs: 5_000, unreportedMax: Infinity };

function takeMany(memo: LimitMemo, rule: LimitRule, key: string, times: number, nowMs = NOW_MS) {
  return Array.from({ length: times }, () => memo.take(rule, key, nowMs));
}

describe("what an isolate remembers of who asks how often", () => {
  test("an ordinary buyer is let through without anyone being asked", () => {
    const all = takeMany(new LimitMemo(10), loose, "a", 9);
    expect(all.map(({ tell }) => tell)).toEqual(Array.from({ length: 9 }, () => 0));
    expect(all.every(({ taken }) => taken.allowed)).toBe(true);
  });

  test("the tenth in a window tells of ten, and then each of itself, until the world has plenty", () => {
    const memo = new LimitMemo(10);
    const tells = takeMany(memo, loose, "a", 12).map(({ tell }) => tell);
    expect(tells).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 1, 1]);
    const plenty = take(loose, charge(loose, null, NOW_MS, 12), NOW_MS);
    memo.learn(loose, "a", plenty, NOW_MS);
    expect(takeMany(memo, loose, "a", 10).map(({ tell }) => tell)).toEqual([
      0, 0, 0, 0, 0, 0, 0, 0, 0, 10,
    ]);
    const scarce = take(loose, charge(loose, null, NOW_MS, 42), NOW_MS);
    memo.learn(loose, "a", scarce, NOW_MS);
    expect(memo.take(loose, "a", NOW_MS).tell).toBe(1);
  });

  test("a strict rule asks each time, one that is counted here never", () => {
    const memo = new LimitMemo(10);
    expect(takeMany(memo, strict, "a", 5).map(({ tell }) => tell)).toEqual([1, 1, 1, 1, 1]);
    expect(takeMany(memo, here, "a", 5).map(({ tell }) => tell)).toEqual([0, 0, 0, 0, 0]);
  });

  test("what this isolate alone has used up is refused without asking", () => {
    const memo = new LimitMemo(10);
    const all = takeMany(memo, loose, "a", 1_000);
    expect(all.filter(({ taken }) => taken.allowed)).toHaveLength(80);
    expect(all.filter(({ tell }) => tell > 0)).toHaveLength(71);
    expect(all.at(-1)).toMatchObject({ taken: { remaining: 0, retryAfterMs: 1_000 }, tell: 0 });
  });

  test("what the world has refused is refused here until its time, and then asked again", () => {
    const memo = new LimitMemo(10);
    expect(memo.take(strict, "a", NOW_MS).tell).toBe(1);
    const spent = charge(strict, null, NOW_MS, 5);
    memo.learn(strict, "a", take(strict, spent, NOW_MS), NOW_MS);
    const refused = memo.take(strict, "a", NOW_MS + 999);
    expect(refused).toMatchObject({ taken: { allowed: false, retryAfterMs: 1 }, tell: 0 });
    expect(memo.refusal(strict, "a", NOW_MS + 999)).toMatchObject({ retryAfterMs: 1 });
    expect(memo.take(strict, "a", NOW_MS + 1_000)).toMatchObject({
      taken: { allowed: true },
      tell: 1,
    });
  });

  test("a refusal lasts as long as it was said to, whatever is counted here", () => {
    const memo = new LimitMemo(10);
    const shed = {
      allowed: false,
      arrivalMs: 0,
      remaining: 0,
      resetMs: 3_000,
      retryAfterMs: 10_000,
    };
    memo.learn(loose, "a", shed, NOW_MS);
    for (const [waitedMs, leftMs] of [
      [0, 10_000],
      [9_999, 1],
    ] as const) {
      const refused = {
        allowed: false,
        arrivalMs: NOW_MS + Math.max(3_000, waitedMs),
        remaining: 0,
        resetMs: leftMs,
        retryAfterMs: leftMs,
      };
      expect(memo.take(loose, "a", NOW_MS + waitedMs)).toEqual({ taken: refused, tell: 0 });
      expect(memo.refusal(loose, "a", NOW_MS + waitedMs)).toEqual(refused);
    }
    expect(memo.refusal(loose, "a", NOW_MS + 10_000)).toBeNull();
    expect(memo.take(loose, "a", NOW_MS + 10_000).taken.allowed).toBe(true);
  });

  test("a refusal says when all is there again, where that is later than the next one", () => {
    const memo = new LimitMemo(10);
    const shed = {
      allowed: false,
      arrivalMs: 0,
      remaining: 0,
      resetMs: 30_000,
      retryAfterMs: 1_000,
    };
    memo.learn(loose, "a", shed, NOW_MS);
    expect(memo.take(loose, "a", NOW_MS).taken).toMatchObject({
      arrivalMs: NOW_MS + 30_000,
      resetMs: 30_000,
      retryAfterMs: 1_000,
    });
  });

  test("a refusal may last a window, and no longer: that can only be a clock that went back", () => {
    const memo = new LimitMemo(10);
    const longest = {
      allowed: false,
      arrivalMs: 0,
      remaining: 0,
      resetMs: 0,
      retryAfterMs: 80_000,
    };
    memo.learn(loose, "a", longest, NOW_MS);
    expect(memo.refusal(loose, "a", NOW_MS)).not.toBeNull();
    expect(memo.refusal(loose, "a", NOW_MS - 1)).toBeNull();
  });

  test("what is let through is no refusal to remember", () => {
    const memo = new LimitMemo(10);
    const allowed = { allowed: true, arrivalMs: 0, remaining: 70, resetMs: 0, retryAfterMs: 5_000 };
    memo.learn(loose, "a", allowed, NOW_MS);
    expect(memo.refusal(loose, "a", NOW_MS)).toBeNull();
  });

  test("half of a quota is plenty, and less is not", () => {
    for (const [remaining, tell] of [
      [40, 0],
      [39, 1],
    ] as const) {
      const memo = new LimitMemo(10);
      takeMany(memo, loose, "a", 10);
      const world = { allowed: true, arrivalMs: 0, remaining, resetMs: 0, retryAfterMs: 0 };
      memo.learn(loose, "a", world, NOW_MS);
      expect(memo.take(loose, "a", NOW_MS).tell).toBe(tell);
    }
  });

  test("a limiter that has forgotten makes no isolate forget", () => {
    const memo = new LimitMemo(10);
    takeMany(memo, loose, "a", 30);
    memo.learn(loose, "a", take(loose, null, NOW_MS), NOW_MS);
    expect(memo.take(loose, "a", NOW_MS).taken.remaining).toBe(49);
  });

  test("what was used no faster than the share is not told of any more, all else is", () => {
    const memo = new LimitMemo(10);
    // A share of nine in 80 s: five of them are whole again after 44,445 ms.
    const wholeMs = 5 * Math.ceil(80_000 / 9);
    takeMany(memo, loose, "calm", 5);
    const later = takeMany(memo, loose, "calm", 10, NOW_MS + wholeMs);
    expect(later.map(({ tell }) => tell).at(-1)).toBe(10);
    takeMany(memo, loose, "busy", 5);
    const sooner = takeMany(memo, loose, "busy", 10, NOW_MS + wholeMs - 1);
    expect(sooner.find(({ tell }) => tell > 0)?.tell).toBe(14);
  });

  test("what the world has counted counts here too", () => {
    const memo = new LimitMemo(10);
    memo.take(loose, "a", NOW_MS);
    const others = charge(loose, null, NOW_MS, 69);
    memo.learn(loose, "a", take(loose, others, NOW_MS), NOW_MS);
    const rest = takeMany(memo, loose, "a", 80).filter(({ taken }) => taken.allowed);
    // Seventy the world, and the one that it has not been told of.
    expect(rest).toHaveLength(9);
  });

  test("who takes one now and then is never told of, who keeps at it is, however calmly", () => {
    const memo = new LimitMemo(10);
    const at = (key: string, everyMs: number) =>
      Array.from({ length: 80 }, (_, n) => memo.take(loose, key, NOW_MS + n * everyMs));
    // Nine in a window are this isolate's own; eighty are the limit's own rate.
    expect(at("calm", 9_000).every(({ taken, tell }) => taken.allowed && tell === 0)).toBe(true);
    const steady = at("steady", 1_000);
    expect(steady.every(({ taken }) => taken.allowed)).toBe(true);
    expect(steady.reduce((sum, { tell }) => sum + tell, 0)).toBeGreaterThanOrEqual(80 - 9 - 9);
  });

  test("keys and rules are counted apart", () => {
    const memo = new LimitMemo(10);
    takeMany(memo, here, "a", 6);
    expect(memo.refusal(here, "a", NOW_MS)).not.toBeNull();
    expect(memo.refusal(here, "b", NOW_MS)).toBeNull();
    expect(memo.refusal({ ...here, name: "other" }, "a", NOW_MS)).toBeNull();
  });

  test("to ask whether one would be refused counts nothing and adds no key", () => {
    const memo = new LimitMemo(10);
    for (let n = 0; n < 100; n++) expect(memo.refusal(here, `${n}`, NOW_MS)).toBeNull();
    expect(memo.size).toBe(0);
  });

  test("a million keys take no more room than the bound, and who is refused stays refused", () => {
    const memo = new LimitMemo(1_000);
    takeMany(memo, here, "flood", 6);
    for (let n = 0; n < 1_000_000; n++) {
      memo.take(here, `${n}`, NOW_MS);
      if (n % 400 === 0) memo.take(here, "flood", NOW_MS);
    }
    expect(memo.size).toBeLessThanOrEqual(1_000);
    expect(memo.refusal(here, "flood", NOW_MS)).not.toBeNull();
  });

  test("a clock that goes back does not lock anybody out", () => {
    const memo = new LimitMemo(10);
    memo.take(strict, "a", NOW_MS);
    const spent = charge(strict, null, NOW_MS, 5);
    memo.learn(strict, "a", take(strict, spent, NOW_MS), NOW_MS);
    const earlierMs = NOW_MS - 3_600_000;
    const waits = [memo.take(strict, "a", earlierMs), memo.take(strict, "a", earlierMs + 1_000)];
    expect(waits.at(-1)?.taken.allowed).toBe(true);
  });
});
