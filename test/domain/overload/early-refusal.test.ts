import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EarlyRefusal } from "../../../src/domain/overload/early-refusal.ts";

interface Rush {
  readonly perSecond: number;
  /** Of those that are heard, so many a second have their turn. */
  readonly servedPerSecond: number;
  readonly seconds: number;
}

/** Orders that come at a rate; what became of each that was heard is told at once. */
function play(early: EarlyRefusal, { perSecond, servedPerSecond, seconds }: Rush, fromMs = 0) {
  let heard = 0;
  let served = 0;
  for (let n = 0; n < perSecond * seconds; n++) {
    const atMs = (n * 1_000) / perSecond;
    // Evenly over 0 to 1, and the same in each run.
    if (early.refuses(fromMs + atMs, (n * 0.618_033_988_7) % 1)) continue;
    heard++;
    const mayBeServed = (atMs / 1_000) * servedPerSecond + 1;
    const hasTurn = served < mayBeServed;
    if (hasTurn) served++;
    early.heard(!hasTurn);
  }
  return { heardPerSecond: heard / seconds, servedPerSecond: served / seconds };
}

describe("refusal on arrival", () => {
  it("refuses nobody while the line has room, however many come", () => {
    const early = new EarlyRefusal();
    const rush = { perSecond: 5_000, servedPerSecond: 5_000, seconds: 5 };
    expect(play(early, rush).heardPerSecond).toBe(5_000);
  });

  it("refuses nobody where few come, though the line is full", () => {
    const early = new EarlyRefusal();
    const rush = { perSecond: 100, servedPerSecond: 0, seconds: 5 };
    expect(play(early, rush).heardPerSecond).toBe(100);
  });

  it.each([5, 10, 20])(
    "at %i times what is served, hears about twice what is served, and all that is served is",
    (times) => {
      const early = new EarlyRefusal();
      const rush = { perSecond: times * 1_000, servedPerSecond: 1_000, seconds: 10 };
      const { heardPerSecond, servedPerSecond } = play(early, rush);
      expect(heardPerSecond).toBeLessThan(3_000);
      expect(servedPerSecond).toBeGreaterThan(950);
    },
  );

  it("is over with the rush", () => {
    const early = new EarlyRefusal();
    play(early, { perSecond: 10_000, servedPerSecond: 500, seconds: 5 });
    expect(early.share).toBeGreaterThan(0.5);
    expect(early.refuses(60_000, 0)).toBe(false);
  });

  it("never refuses everybody, and lasts no longer than a window without a reason", () => {
    const act = fc.record({ afterMs: fc.nat(50), full: fc.boolean(), heard: fc.boolean() });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 500 }), (acts) => {
        const early = new EarlyRefusal();
        let nowMs = 0;
        for (const { afterMs, full, heard } of acts) {
          nowMs += afterMs;
          early.refuses(nowMs, 0.5);
          if (heard) early.heard(full);
          expect(early.share).toBeGreaterThanOrEqual(0);
          expect(early.share).toBeLessThanOrEqual(0.95);
        }
        expect(early.refuses(nowMs + 201, 0)).toBe(false);
      }),
    );
  });
});
