import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Unavailable } from "../../src/domain/overload/unavailable.ts";
import { Coalescer, type CoalescerOptions } from "../../src/platform/coalescer.ts";
import { Timeline } from "../simulator/timeline.ts";

const PATIENCE_MS = 3_000;
const CALL_MS = 20;

type Options = CoalescerOptions<number, string>;
type Send = (items: readonly number[], timeline: Timeline) => Promise<string[]>;

/** Comes back after CALL_MS with an answer that names its item. */
const answering: Send = async (items, timeline) => {
  await timeline.sleep(CALL_MS);
  return items.map(answerTo);
};

function answerTo(item: number): string {
  return `answer ${item}`;
}

const never = new Promise<string[]>(() => {});

/** A line in a world whose time jumps; `calls` are those that it made. */
function line(
  send: Send = answering,
  changes: Partial<Options> = {},
  wait = (ms: number, timeline: Timeline): Promise<void> => timeline.sleep(ms),
) {
  const timeline = new Timeline();
  const calls: number[][] = [];
  const coalescer = new Coalescer<number, string>({
    turns: {
      nowMs: () => timeline.nowMs,
      wait: (ms) => wait(ms, timeline),
      keepAlive: () => {},
    },
    dependency: "stock",
    batchMax: 100,
    waitingMax: 1_000,
    patienceMs: PATIENCE_MS,
    turnMs: PATIENCE_MS,
    send: (items) => {
      calls.push([...items]);
      return send(items, timeline);
    },
    ...changes,
  });
  const settle = async (asked: readonly Promise<string>[]) => {
    let left = asked.length;
    const all = Promise.allSettled(asked.map((one) => one.finally(() => left--)));
    await timeline.play(() => left === 0);
    expect(left, "requests without an answer").toBe(0);
    return all;
  };
  return { timeline, calls, coalescer, settle };
}

const upTo = (length: number) => Array.from({ length }, (_, place) => place);
const fulfilled = (item: number) => ({ status: "fulfilled", value: answerTo(item) });

describe("many requests share one call", () => {
  it("who comes alone is asked for at once", async () => {
    const { timeline, calls, coalescer, settle } = line();
    expect(await settle([coalescer.ask(7)])).toEqual([fulfilled(7)]);
    expect(calls).toEqual([[7]]);
    expect(timeline.nowMs - timeline.startMs).toBe(CALL_MS);
  });

  it("who comes while a call is under way goes with the next, and gets their own answer", async () => {
    const { calls, coalescer, settle } = line();
    const asked = upTo(60).map((item) => coalescer.ask(item));
    expect(await settle(asked)).toEqual(upTo(60).map(fulfilled));
    expect(calls).toEqual([[0], upTo(60).slice(1)]);
  });

  it("a call carries no more than its limit, and nobody is passed over", async () => {
    const { calls, coalescer, settle } = line(answering, { batchMax: 10 });
    const asked = upTo(45).map((item) => coalescer.ask(item));
    expect(await settle(asked)).toEqual(upTo(45).map(fulfilled));
    expect(calls.map((call) => call.length)).toEqual([1, 10, 10, 10, 10, 4]);
    expect(calls.flat()).toEqual(upTo(45));
  });

  it("one call is under way at a time", async () => {
    let underWay = 0;
    let most = 0;
    const { coalescer, settle } = line(
      async (items, timeline) => {
        most = Math.max(most, ++underWay);
        await timeline.sleep(CALL_MS);
        underWay--;
        return items.map(answerTo);
      },
      { batchMax: 5 },
    );
    await settle(upTo(50).map((item) => coalescer.ask(item)));
    expect(most).toBe(1);
  });
});

describe("a call that fails", () => {
  it("one item that the object has a bug with fails alone, among a hundred that are valid", async () => {
    const bug = new TypeError("ours");
    const { coalescer, settle } = line(async (items, timeline) => {
      await timeline.sleep(CALL_MS);
      if (items.includes(50)) throw bug;
      return items.map(answerTo);
    });
    const settled = await settle(upTo(101).map((item) => coalescer.ask(item)));
    expect(settled.filter(({ status }) => status === "rejected")).toHaveLength(1);
    expect(settled[50]).toEqual({ status: "rejected", reason: bug });
  });

  it("for lack of the object: every one of its buyers is told to come back, and nothing is asked again", async () => {
    const down = new Unavailable("stock", 2);
    const { calls, coalescer, settle } = line(async (_items, timeline) => {
      await timeline.sleep(CALL_MS);
      throw down;
    });
    const settled = await settle(upTo(30).map((item) => coalescer.ask(item)));
    expect(settled).toEqual(upTo(30).map(() => ({ status: "rejected", reason: down })));
    expect(calls.map((call) => call.length)).toEqual([1, 29]);
  });

  it("the line goes on with those who come after it", async () => {
    let calls = 0;
    const { coalescer, settle } = line((items, timeline) => {
      if (++calls === 1) throw new Unavailable("stock", 2);
      return answering(items, timeline);
    });
    const settled = await settle(upTo(3).map((item) => coalescer.ask(item)));
    expect(settled.slice(1)).toEqual([fulfilled(1), fulfilled(2)]);
  });

  it("an answer too few is an error for all, and each is asked alone", async () => {
    const { calls, coalescer, settle } = line((items, timeline) =>
      answering(items.length > 1 ? items.slice(1) : items, timeline),
    );
    expect(await settle(upTo(4).map((item) => coalescer.ask(item)))).toEqual(
      upTo(4).map(fulfilled),
    );
    expect(calls).toEqual([[0], [1, 2, 3], [1], [2], [3]]);
  });
});

describe("a call that does not come back", () => {
  it("is left to itself: all who were in it ask alone, and who comes later is not held up", async () => {
    let calls = 0;
    const { timeline, coalescer, settle } = line((items, world) =>
      ++calls === 2 ? never : answering(items, world),
    );
    const asked = upTo(5).map((item) => coalescer.ask(item));
    await timeline.play(() => timeline.nowMs > timeline.startMs + PATIENCE_MS / 2);
    const late = [coalescer.ask(8), coalescer.ask(9)];
    expect(await settle([...asked, ...late])).toEqual([...upTo(5), 8, 9].map(fulfilled));
  });

  it("nor do those who ask alone wait for ever: they are told to come back", async () => {
    const { coalescer, settle } = line(() => never);
    const settled = await settle(upTo(5).map((item) => coalescer.ask(item)));
    for (const one of settled) expect(one).toMatchObject({ reason: expect.any(Unavailable) });
  });

  it("one that comes back too late changes nothing for those who have asked again", async () => {
    let calls = 0;
    const { coalescer, settle } = line(async (items, timeline) => {
      await timeline.sleep(++calls === 2 ? PATIENCE_MS + 10 : CALL_MS);
      return items.map((item) => `answer ${item}`);
    });
    expect(await settle(upTo(5).map((item) => coalescer.ask(item)))).toEqual(
      upTo(5).map(fulfilled),
    );
  });
});

describe("a request that ends while it waits", () => {
  const HOUR_MS = 3_600_000;

  /** Of those who wait in line, all but the named ones are ended: they do not look again. */
  function lineOfMortals(alive: readonly number[], changes: Partial<Options> = {}) {
    let asking = 0;
    const { timeline, calls, coalescer } = line(answering, changes, (ms, world) =>
      alive.includes(asking) ? world.sleep(ms) : new Promise(() => {}),
    );
    const ask = (item: number): Promise<string> => {
      asking = item;
      return coalescer.ask(item);
    };
    const pass = async (ms: number) => {
      const untilMs = timeline.nowMs + ms;
      timeline.at(untilMs, () => {});
      await timeline.play(() => timeline.nowMs >= untilMs);
    };
    return { calls, ask, pass };
  }

  it("is not sent for whoever comes an hour later: nobody is there to buy it", async () => {
    const { calls, ask, pass } = lineOfMortals([0, 2]);
    const first = ask(0);
    void ask(1);
    await pass(HOUR_MS);
    expect(await first).toBe(answerTo(0));
    const later = ask(2);
    await pass(HOUR_MS);
    expect(await later).toBe(answerTo(2));
    expect(calls).toEqual([[0], [2]]);
  });

  it("takes no place in the line from whoever comes later", async () => {
    const { ask, pass } = lineOfMortals([0, 9], { waitingMax: 3 });
    void ask(0);
    for (const item of [1, 2, 3]) void ask(item);
    await expect(ask(4)).rejects.toBeInstanceOf(Unavailable);
    await pass(HOUR_MS);
    const later = ask(9);
    await pass(HOUR_MS);
    expect(await later).toBe(answerTo(9));
  });
});

describe("more than it can carry", () => {
  it("is refused at once, as busy", async () => {
    const { coalescer, settle } = line(answering, { waitingMax: 10 });
    const settled = await settle(upTo(20).map((item) => coalescer.ask(item)));
    // The first is under way, ten wait.
    expect(settled.slice(0, 11)).toEqual(upTo(11).map(fulfilled));
    for (const { status } of settled.slice(11)) expect(status).toBe("rejected");
  });

  it("whose turn does not come is told to come back, and nothing of theirs was sent", async () => {
    const { calls, coalescer, settle } = line(
      async (items, timeline) => {
        await timeline.sleep(PATIENCE_MS - 100);
        return items.map(answerTo);
      },
      { batchMax: 2 },
    );
    const settled = await settle(upTo(8).map((item) => coalescer.ask(item)));
    const refused = upTo(8).filter((item) => settled[item]?.status === "rejected");
    expect(refused.length).toBeGreaterThan(0);
    for (const item of refused) {
      expect(settled[item]).toMatchObject({ reason: expect.any(Unavailable) });
      expect(calls.flat()).not.toContain(item);
    }
  });
});

type Fate = "answers" | "throws" | "unavailable" | "vanishes" | "is slow";

it("whatever becomes of the calls, every request ends, and never with another's answer", async () => {
  const fate = fc.constantFrom<Fate>("answers", "throws", "unavailable", "vanishes", "is slow");
  const arrivals = fc.array(fc.nat({ max: 400 }), { minLength: 1, maxLength: 80 });
  const world = fc.record({
    arrivals,
    fates: fc.array(fate, { maxLength: 30 }),
    batchMax: fc.integer({ min: 1, max: 30 }),
  });
  await fc.assert(
    fc.asyncProperty(world, async ({ arrivals: atMs, fates, batchMax }) => {
      const left = [...fates];
      const { timeline, coalescer, settle } = line(
        async (items, time) => {
          const becomes = left.shift() ?? "answers";
          await time.sleep(becomes === "is slow" ? PATIENCE_MS + 5 : CALL_MS);
          if (becomes === "throws") throw new Error("ours");
          if (becomes === "unavailable") throw new Unavailable("stock", 1);
          if (becomes === "vanishes") return never;
          return items.map(answerTo);
        },
        { batchMax, waitingMax: 40 },
      );
      const settled = await settle(
        atMs.map(async (delayMs, item) => {
          await timeline.sleep(delayMs);
          return coalescer.ask(item);
        }),
      );
      for (const [item, outcome] of settled.entries()) {
        if (outcome.status === "fulfilled") expect(outcome.value).toBe(answerTo(item));
        else expect(String(outcome.reason)).toMatch(/stock is unavailable|ours/);
      }
    }),
    { numRuns: 300 },
  );
});
