import { describe, expect, it } from "vitest";
import { nextFetchMs, readyDays } from "../../../src/domain/statements/nightly.ts";

const HOUR_MS = 3_600_000;
const newest = (gateway: string, nowMs: number) =>
  readyDays(nowMs).find((ready) => ready.gateway === gateway);

describe("the day whose books are ready", () => {
  it("is over on the gateway's own clocks, and its books have had their time", () => {
    // Half past ten in Beijing.
    const ready = Date.UTC(2026, 10, 25, 2, 30);
    expect(newest("alipay", ready - 1)?.day).toBe("2026-11-23");
    expect(newest("alipay", ready)).toEqual({
      gateway: "alipay",
      day: "2026-11-24",
      fromMs: Date.UTC(2026, 10, 23, 16),
      toMs: Date.UTC(2026, 10, 24, 16),
    });
    expect(newest("wechat", ready)?.day).toBe("2026-11-24");
    // One in the morning at Greenwich.
    expect(newest("stripe", Date.UTC(2026, 10, 25, 1) - 1)?.day).toBe("2026-11-23");
    expect(newest("stripe", Date.UTC(2026, 10, 25, 1))).toEqual({
      gateway: "stripe",
      day: "2026-11-24",
      fromMs: Date.UTC(2026, 10, 24),
      toMs: Date.UTC(2026, 10, 25),
    });
  });

  it("is never one that is not over, and comes with the two before it", () => {
    for (let hour = 0; hour < 48; hour++) {
      const nowMs = Date.UTC(2026, 1, 27) + hour * HOUR_MS;
      const days = readyDays(nowMs);
      expect(days.every(({ toMs }) => toMs <= nowMs)).toBe(true);
      for (const gateway of ["alipay", "wechat", "stripe"]) {
        const own = days.filter((ready) => ready.gateway === gateway);
        expect(own).toHaveLength(3);
        own.forEach(({ fromMs }, n) =>
          expect(fromMs).toBe((own[0]?.fromMs ?? 0) - n * 24 * HOUR_MS),
        );
      }
    }
  });
});

describe("a gateway that is not ready", () => {
  it("is asked again with growing pauses, for less than a day, and then no more", () => {
    const tries: number[] = [];
    let nowMs = 0;
    for (let failures = 1; ; failures++) {
      const next = nextFetchMs(failures, nowMs);
      if (next === null) break;
      tries.push(next - nowMs);
      nowMs = next;
    }
    expect(tries.map((ms) => ms / 60_000)).toEqual([15, 30, 60, 120, 240, 240, 240]);
    expect(nowMs).toBeLessThan(24 * HOUR_MS);
  });
});
