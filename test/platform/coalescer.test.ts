import { describe, expect, it } from "vitest";
import { Unavailable } from "../../src/domain/unavailable.ts";
import { Coalescer } from "../../src/platform/coalescer.ts";
import { seededRandom } from "../../scripts/rehearse/random.ts";

/** Time that passes only when the test says so, a millisecond after the other. */
class Time {
  nowMs = 0;
  readonly #sleepers = new Map<number, (() => void)[]>();

  readonly wait = (ms: number): Promise<void> =>
    new Promise((wake) => {
      const atMs = this.nowMs + Math.max(1, Math.round(ms));
      const others = this.#sleepers.get(atMs);
      if (others === undefined) this.#sleepers.set(atMs, [wake]);
      else others.push(wake);
    });

  async pass(ms: number): Promise<void> {
    await settled();
    for (const untilMs = this.nowMs + Math.round(ms); this.nowMs < untilMs;) {
      this.nowMs++;
      const due = this.#sleepers.get(this.nowMs);
      if (due === undefined) continue;
      this.#sleepers.delete(this.nowMs);
      for (const wake of due) wake();
      await settled();
    }
  }
}

/** Every promise that can go on has gone on. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

interface Call {
  readonly requests: number[];
  answer(): void;
  fail(error: Error): void;
}

/** A coalescer whose calls are answered by the test: request n is answered with n doubled. */
function gathering(time = new Time()) {
  const calls: Call[] = [];
  const kept: Promise<unknown>[] = [];
  const coalescer = new Coalescer<number, number>({
    send: (requests) =>
      new Promise((resolve, reject) => {
        calls.push({
          requests: [...requests],
          answer: () => resolve(requests.map((n) => n * 2)),
          fail: reject,
        });
      }),
    wait: time.wait,
    keepAlive: (work) => void kept.push(work),
    nowMs: () => time.nowMs,
  });
  return { coalescer, calls, kept, time };
}

const range = (from: number, count: number) => Array.from({ length: count }, (_, n) => from + n);

describe("buyers who come together go together", () => {
  it("alone, a buyer goes at once", async () => {
    const { coalescer, calls } = gathering();
    const outcome = coalescer.submit(1);
    expect(calls.map((call) => call.requests)).toEqual([[1]]);
    calls[0]?.answer();
    expect(await outcome).toBe(2);
  });

  it("who comes while a call is under way goes in the next, each with their own answer", async () => {
    const { coalescer, calls } = gathering();
    const outcomes = range(1, 5).map((n) => coalescer.submit(n));
    expect(calls).toHaveLength(1);
    calls[0]?.answer();
    await settled();
    expect(calls.map((call) => call.requests)).toEqual([[1], [2, 3, 4, 5]]);
    calls[1]?.answer();
    expect(await Promise.all(outcomes)).toEqual([2, 4, 6, 8, 10]);
  });

  it("one call carries a hundred, and the rest go on", async () => {
    const { coalescer, calls } = gathering();
    const outcomes = range(0, 250).map((n) => coalescer.submit(n));
    for (let n = 0; n < 4; n++) {
      calls[n]?.answer();
      await settled();
    }
    expect(calls.map((call) => call.requests.length)).toEqual([1, 100, 100, 49]);
    expect(await Promise.all(outcomes)).toEqual(range(0, 250).map((n) => n * 2));
  });

  it("every call is kept alive though its buyer hang up", () => {
    const { coalescer, kept } = gathering();
    void coalescer.submit(1);
    expect(kept).toHaveLength(1);
  });
});

describe("what goes wrong", () => {
  it("one bug among a hundred fails nobody but its own caller", async () => {
    const { coalescer, calls } = gathering();
    const outcomes = range(0, 101).map((n) => coalescer.submit(n).catch((error: Error) => error));
    calls[0]?.answer();
    await settled();
    calls[1]?.fail(new TypeError("number 50 is a bug"));
    await settled();
    for (const call of calls.slice(2)) {
      if (call.requests[0] === 50) call.fail(new TypeError("number 50 is a bug"));
      else call.answer();
    }
    const answers = await Promise.all(outcomes);
    expect(answers.filter((answer) => answer instanceof Error)).toHaveLength(1);
    expect(answers[50]).toMatchObject({ message: "number 50 is a bug" });
    expect(answers[51]).toBe(102);
  });

  it("an overloaded object is not asked again, and everyone hears when to come back", async () => {
    const { coalescer, calls } = gathering();
    const outcomes = range(0, 10).map((n) => coalescer.submit(n).catch((error: Error) => error));
    calls[0]?.answer();
    await settled();
    calls[1]?.fail(new Unavailable("stock", 2));
    const answers = await Promise.all(outcomes);
    expect(calls).toHaveLength(2);
    for (const answer of answers.slice(1)) {
      expect(answer).toMatchObject({ name: "Unavailable", retryAfterSeconds: 2 });
    }
  });

  it("a failed call leads to the next, and nobody is left", async () => {
    const { coalescer, calls } = gathering();
    const first = coalescer.submit(1).catch((error: Error) => error.message);
    const second = coalescer.submit(2);
    calls[0]?.fail(new Error("lost"));
    expect(await first).toBe("lost");
    calls[1]?.answer();
    expect(await second).toBe(4);
  });

  it("a call that never comes back does not keep the others: one of them leads", async () => {
    const { coalescer, calls, time } = gathering();
    void coalescer.submit(1).catch(() => {});
    const outcomes = [coalescer.submit(2), coalescer.submit(3)];
    await time.pass(2_500);
    expect(calls.map((call) => call.requests)).toEqual([[1], [2, 3]]);
    calls[1]?.answer();
    expect(await Promise.all(outcomes)).toEqual([4, 6]);
    // The silent one comes back at last: it names nobody, since another leads or nobody waits.
    calls[0]?.answer();
    await settled();
    void coalescer.submit(4);
    expect(calls).toHaveLength(3);
  });

  it("who was carried by a call that never comes back is told to come again", async () => {
    const { coalescer, calls, time } = gathering();
    void coalescer.submit(1).catch(() => {});
    const carried = range(2, 2).map((n) => coalescer.submit(n).catch((error: Error) => error));
    calls[0]?.answer();
    await settled();
    await time.pass(10_000);
    expect(await carried[1]).toBeInstanceOf(Unavailable);
  });

  it("more than can wait are refused at once, and those who wait are not", async () => {
    const { coalescer, calls } = gathering();
    const outcomes = range(0, 2_001).map((n) => coalescer.submit(n));
    await expect(coalescer.submit(9_999)).rejects.toBeInstanceOf(Unavailable);
    for (let n = 0; n < calls.length; n++) {
      calls[n]?.answer();
      await settled();
    }
    expect(await Promise.all(outcomes)).toHaveLength(2_001);
  });
});

describe("no request is left without an answer", () => {
  it("of 200,000, whatever calls do: answer, fail, overload, or never come back", async () => {
    const random = seededRandom(7);
    const time = new Time();
    let answered = 0;
    const coalescer = new Coalescer<number, number>({
      nowMs: () => time.nowMs,
      wait: time.wait,
      keepAlive: (work) => void work.catch(() => {}),
      send: async (requests) => {
        await time.wait(1 + random() * 40);
        const draw = random();
        if (draw < 0.01) return new Promise<number[]>(() => {});
        if (draw < 0.03) throw new Unavailable("stock", 1);
        if (draw < 0.05 && requests.length > 1) throw new Error("a bug");
        return requests.map((n) => n * 2);
      },
    });
    const REQUESTS = 200_000;
    const WAVES = 2_000;
    for (let wave = 0; wave < WAVES; wave++) {
      for (const n of range((wave * REQUESTS) / WAVES, REQUESTS / WAVES)) {
        coalescer.submit(n).then(
          (outcome) => {
            if (outcome !== n * 2) throw new Error(`${n} was given another's answer`);
            answered++;
          },
          () => answered++,
        );
      }
      await time.pass(random() * 60);
    }
    await time.pass(20_000);
    expect(answered).toBe(REQUESTS);
  });
});
