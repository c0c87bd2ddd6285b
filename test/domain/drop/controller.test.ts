import { describe, expect, test } from "vitest";
import {
  NEW_CONTROLLER,
  published,
  tick,
  type Controller,
  type Line,
} from "../../../src/domain/drop/controller.ts";
import type { StockGlance } from "../../../src/domain/drop/glance.ts";
import { NO_LATE_LINE, withLate } from "../../../src/domain/drop/late-line.ts";
import { OPENS_MS, playLine, TERMS } from "./line-plant.ts";

const line = (early: number, changes: Partial<Line> = {}): Line => ({
  early,
  late: NO_LATE_LINE,
  peoplePerTicket: 1,
  known: true,
  ...changes,
});
/** All that is held or sold was bought in the drop. */
const stock = (free: number, held = 0, sold = 0, more: Partial<DropGlance> = {}): StockGlance => {
  const left = Math.max(0, TERMS.quantity - held - sold);
  return { free, held, sold, drop: { left, held: left === 0 ? held : 0, halted: false, ...more } };
};
type DropGlance = NonNullable<StockGlance["drop"]>;

/** Ticks once a second from the opening, each with the stock of that second. */
function ticks(
  stocks: readonly (StockGlance | null)[],
  of: Line,
  from = NEW_CONTROLLER,
): Controller {
  return stocks.reduce<Controller>(
    (controller, at, second) =>
      tick(controller, TERMS, { nowMs: OPENS_MS + second * 1_000, stock: at, line: of }),
    from,
  );
}

describe("the law", () => {
  test("before the opening nobody is let in, however often it ticks", () => {
    let controller = NEW_CONTROLLER;
    for (let at = 0; at < 10; at++) {
      const nowMs = OPENS_MS - 10_000 + at * 1_000;
      controller = tick(controller, TERMS, { nowMs, stock: stock(1_000), line: line(5_000) });
    }
    expect(controller).toMatchObject({ status: "upcoming", threshold: { early: 0 } });
    expect(controller.seq).toBe(10);
  });

  test("lets in no more people than keys, while everyone may yet buy", () => {
    const controller = ticks(
      Array.from({ length: 5 }, () => stock(30)),
      line(100_000),
    );
    const letIn = controller.threshold.early * 100_000;
    expect(letIn).toBeGreaterThan(5);
    expect(letIn).toBeLessThan(30 * 1.6);
  });

  test("with the stock unseen it lets nobody in, and goes on where it was once it is seen", () => {
    const seen = ticks([stock(1_000), stock(1_000)], line(100_000));
    const blind = tick(seen, TERMS, { nowMs: OPENS_MS + 9_000, stock: null, line: line(100_000) });
    expect(blind.threshold).toEqual(seen.threshold);
    expect(blind.remaining).toBe(1_000);
    const again = tick(blind, TERMS, {
      nowMs: OPENS_MS + 10_000,
      stock: stock(1_000),
      line: line(100_000),
    });
    expect(again.threshold.early).toBeGreaterThan(seen.threshold.early);
  });

  test("an alarm an hour late lets in as many as one that is a second late, not an hour's worth", () => {
    const of = line(1_000_000);
    const seen = ticks([stock(1_000), stock(1_000)], of);
    const raise = (nowMs: number) =>
      tick(seen, TERMS, { nowMs, stock: stock(1_000), line: of }).threshold.early -
      seen.threshold.early;
    expect(raise(OPENS_MS + 3_600_000)).toBeLessThan(5 * raise(OPENS_MS + 2_000));
  });

  test("a clock that goes back lets nobody in and takes nothing back", () => {
    const of = line(100_000);
    const seen = ticks([stock(1_000), stock(1_000), stock(1_000)], of);
    const back = tick(seen, TERMS, { nowMs: OPENS_MS + 500, stock: stock(1_000), line: of });
    expect(back.threshold).toEqual(seen.threshold);
    const before = tick(seen, TERMS, {
      nowMs: OPENS_MS - 3_600_000,
      stock: stock(1_000),
      line: of,
    });
    expect(before).toMatchObject({ status: "upcoming", threshold: seen.threshold });
  });

  test("is sold out only when no key is free and none is held, seen twice; then for ever", () => {
    const of = line(100_000);
    const open = ticks([stock(10), stock(0, 10)], of);
    expect(ticks([stock(0, 1, 9), stock(0, 1, 9), stock(0, 1, 9)], of, open).status).toBe("open");
    const once = ticks([stock(0, 0, 10)], of, open);
    expect(once.status).toBe("open");
    // Keys on their way between two shards are in neither; a moment later they are.
    expect(ticks([stock(1, 0, 9), stock(0, 0, 10)], of, once).status).toBe("open");
    const sold = ticks([stock(0, 0, 10)], of, once);
    expect(sold.status).toBe("sold_out");
    expect(ticks([stock(500)], of, sold)).toBe(sold);
  });

  test("a drop whose keys are not there yet is not sold out", () => {
    const none = ticks(
      Array.from({ length: 5 }, () => stock(0)),
      line(10),
    );
    expect(none.status).toBe("open");
    expect(ticks([stock(5), stock(5)], line(10), none).threshold.early).toBeGreaterThan(0);
  });

  test("offers no more than its quantity, whatever else the product has", () => {
    const terms = { ...TERMS, quantity: 10 };
    const at = (second: number, seen: StockGlance, from: Controller) =>
      tick(from, terms, { nowMs: OPENS_MS + second * 1_000, stock: seen, line: line(1_000) });
    const opened = at(0, stock(500, 0, 300, { left: 10 }), NEW_CONTROLLER);
    expect(opened.remaining).toBe(10);
    expect(at(1, stock(496, 4, 300, { left: 6 }), opened).remaining).toBe(6);
    const none = stock(490, 0, 310, { left: 0 });
    expect(at(3, none, at(2, none, opened)).status).toBe("sold_out");
  });

  test("counts only what its own orders take: others may be paid late or lapse while it is on", () => {
    const terms = { ...TERMS, quantity: 3 };
    const at = (second: number, seen: StockGlance, from: Controller) =>
      tick(from, terms, { nowMs: OPENS_MS + second * 1_000, stock: seen, line: line(100) });
    let paidLate = at(0, stock(8, 0, 0, { left: 3 }), NEW_CONTROLLER);
    for (let second = 1; second < 6; second++) {
      paidLate = at(second, stock(5, 0, 3, { left: 3 }), paidLate);
    }
    expect(paidLate).toMatchObject({ status: "open", remaining: 3 });

    let lapsed = at(0, stock(5, 3, 0, { left: 3 }), NEW_CONTROLLER);
    for (let second = 1; second < 6; second++) {
      lapsed = at(second, stock(5, 0, 3, { left: 0, held: 0 }), lapsed);
    }
    expect(lapsed.status).toBe("sold_out");
    // Somebody else's hold is nothing that this drop waits for; a hold of its own is.
    const others = stock(5, 7, 3, { left: 0, held: 0 });
    expect(at(2, others, at(1, others, paidLate)).status).toBe("sold_out");
    const own = stock(5, 7, 2, { left: 0, held: 1 });
    expect(at(2, own, at(1, own, paidLate))).toMatchObject({ status: "open", held: 1 });
  });

  test("halted lets nobody in and learns nothing; the line is as it was when it goes on", () => {
    const of = line(1_000_000);
    const halted = stock(1_000, 0, 0, { halted: true });
    const paused = ticks(
      Array.from({ length: 300 }, () => halted),
      of,
    );
    expect(paused).toMatchObject({ status: "open", threshold: NEW_CONTROLLER.threshold });
    const on = tick(paused, TERMS, {
      nowMs: OPENS_MS + 300_000,
      stock: stock(1_000),
      line: of,
    });
    const fresh = ticks([stock(1_000)], of);
    expect(on.threshold.early).toBeCloseTo(fresh.threshold.early, 6);
  });

  test("with nobody who reserves, something is in the way: the line is not spent on it", () => {
    const people = 1_000_000;
    const blocked = ticks(
      Array.from({ length: 300 }, () => stock(1_000)),
      line(people),
    );
    expect(blocked.threshold.early * people).toBeGreaterThan(1_000);
    expect(blocked.threshold.early * people).toBeLessThan(50_000);
  });

  test("people whom a line turns out not to have are not waited for", () => {
    const unknown = ticks([stock(3), stock(3)], line(0, { known: false }));
    const told = tick(unknown, TERMS, {
      nowMs: OPENS_MS + 9_000,
      stock: stock(3),
      line: line(0),
    });
    expect(told.threshold.early).toBe(1);
    expect(told.threshold.lateUntilMs).toBeGreaterThan(OPENS_MS + 9_000);
  });

  test("closes at its time, and when a person closes it", () => {
    const of = line(10);
    const open = ticks([stock(10)], of);
    const at = { stock: stock(10), line: of };
    const closed = tick(open, TERMS, { nowMs: TERMS.closesAtMs, ...at });
    expect(closed.status).toBe("closed");
    expect(tick(closed, TERMS, { nowMs: OPENS_MS + 5_000, ...at })).toBe(closed);
    const byHand = { ...TERMS, closedAtMs: OPENS_MS + 2_000 };
    expect(tick(open, byHand, { nowMs: OPENS_MS + 2_000, ...at }).status).toBe("closed");
  });

  test("with nobody in line whoever comes enters, a moment at a time", () => {
    let controller = NEW_CONTROLLER;
    for (let second = 0; second < 40; second++) {
      const nowMs = OPENS_MS + second * 1_000;
      controller = tick(controller, TERMS, { nowMs, stock: stock(1_000), line: line(0) });
    }
    expect(controller.threshold.early).toBe(1);
    expect(controller.threshold.lateUntilMs).toBeGreaterThan(OPENS_MS + 39_000);
    expect(controller.threshold.lateUntilMs).toBeLessThan(OPENS_MS + 45_000);
  });

  test("later people are let in by when they joined, after all the early ones", () => {
    const late = withLate(NO_LATE_LINE, [{ second: 1, tickets: 5_000 }]);
    const of = line(1_000, { late });
    const few = ticks(
      Array.from({ length: 4 }, () => stock(400)),
      of,
    );
    expect(few.threshold.early).toBeLessThan(1);
    expect(few.threshold.lateUntilMs).toBeNull();
  });
});

describe("what is published", () => {
  test("says who waits, and that by the edges' clock", () => {
    const late = withLate(NO_LATE_LINE, [{ second: 1, tickets: 50 }]);
    const of = line(1_234.4, { late, peoplePerTicket: 0.5 });
    const state = published(ticks([stock(10)], of), TERMS, { nowMs: OPENS_MS, line: of });
    expect(state).toMatchObject({
      status: "open",
      remaining: 10,
      line: { early: 1_234, lateWaiting: 25 },
      termsVersion: TERMS.version,
      atMs: OPENS_MS,
    });
  });
});

/** The law in a loop with people: a second at a time, seeded. Each law holds for every line. */
describe("a line that is served by the law", () => {
  test.each([
    ["everyone buys", {}],
    ["a fifth never pays", { pays: 0.8 }],
    ["most have left", { buys: 0.05, people: 40_000 }],
    ["nine of ten are bots that never buy", { buys: 0.1, people: 60_000, pays: 0.9 }],
    ["the line is ten times as long as reported", { reported: 0.1, people: 50_000 }],
    ["the line is a tenth as long as reported", { reported: 10, people: 20_000, buys: 0.6 }],
    ["nothing is reported", { reported: 0, people: 20_000, buys: 0.6 }],
    ["there are fewer people than keys, and more come later", { people: 200, late: 3_000 }],
    ["nobody is early", { people: 0, late: 4_000, buys: 0.8, pays: 0.8 }],
    ["people are slow", { slowness: 4, buys: 0.5, pays: 0.7 }],
  ])("%s: every key is sold, none twice, and the object is never rushed", (_, plan) => {
    const played = playLine({ people: 10_000, keys: 500, seed: 7, ...plan });
    expect(played.sold).toBe(500);
    expect(played.status).toBe("sold_out");
    expect(played.fell).toBe(0);
    expect(played.requestsPerSecondMax).toBeLessThan(500);
  });

  test("a shop whose holds all lapse lets others in until the last key is sold", () => {
    const played = playLine({ people: 10_000, keys: 100, seed: 3, pays: 0.3 });
    expect(played.sold).toBe(100);
    expect(played.seconds).toBeGreaterThan(60);
  });

  test("people who take half a minute, or a shop that does, are not all let in for it", () => {
    const played = playLine({ people: 20_000, keys: 500, seed: 5, buys: 0.8, slowness: 3 });
    expect(played.sold).toBe(500);
    expect(played.letIn).toBeLessThan(4 * 500);
  });
});
