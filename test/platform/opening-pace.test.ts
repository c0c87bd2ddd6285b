import { beforeEach, describe, expect, test, vi } from "vitest";
import type { AccountId } from "../../src/domain/ids.ts";
import type { Opening } from "../../src/flows/payments/payment-ports.ts";
import { makeBreakers } from "../../src/platform/breakers.ts";
import { Metrics } from "../../src/platform/metrics.ts";
import { makeOpeningPace } from "../../src/platform/opening-pace.ts";

const SLOW = "acct_slow" as AccountId;
const OTHER = "acct_other" as AccountId;
const PATIENCE_MS = 2_500;
const opened: Opening = {
  kind: "opened",
  action: { action: "redirect", url: "https://pay.example.com/1" },
  reference: "1",
};

beforeEach(() => void vi.spyOn(console, "warn").mockReturnValue());

/** An isolate whose clock moves only when it is told to. */
function isolate() {
  let nowMs = 1_000_000;
  const waiters: { readonly atMs: number; readonly wake: () => void }[] = [];
  const behind: Promise<unknown>[] = [];
  const turns = {
    nowMs: () => nowMs,
    wait: (ms: number) =>
      new Promise<void>((wake) => void waiters.push({ atMs: nowMs + ms, wake })),
    keepAlive: (work: Promise<unknown>) => void behind.push(work),
  };
  const breakers = makeBreakers(turns, new Metrics());
  const pace = makeOpeningPace({ breakers, turns, patienceMs: () => PATIENCE_MS });
  return {
    pace,
    breakers,
    behind,
    async pass(ms: number) {
      nowMs += ms;
      for (const { atMs, wake } of waiters) if (atMs <= nowMs) wake();
      // What hangs on it is told.
      for (let i = 0; i < 10; i++) await Promise.resolve();
    },
  };
}

/** A gateway that answers when the test says so, or never. */
function gateway() {
  const answer = Promise.withResolvers<Opening>();
  let calls = 0;
  const open = () => {
    calls++;
    return answer.promise;
  };
  return { open, calls: () => calls, ...answer };
}

describe("an account that answers in time", () => {
  test("is waited for, and stays where it was", async () => {
    const { pace, breakers, behind } = isolate();
    expect(await pace.within(SLOW, async () => opened)).toEqual(opened);
    expect(breakers.isOpen(`pace:${SLOW}`)).toBe(false);
    expect(behind).toEqual([]);
  });
});

describe("an account that stalls", () => {
  test("is not waited for longer than its buyer's patience, whatever it does afterwards", async () => {
    const { pace, pass, behind } = isolate();
    const { open, resolve } = gateway();
    const asked = pace.within(SLOW, open);
    await pass(PATIENCE_MS - 1);
    expect(await Promise.race([asked, Promise.resolve("waits")])).toBe("waits");
    await pass(1);
    const slow = await asked;
    expect(slow.kind).toBe("slow");
    // The call goes on behind the answer, and whoever still wants it has it.
    expect(behind).toHaveLength(1);
    resolve(opened);
    await Promise.all(behind);
    expect(slow.kind === "slow" ? await slow.later() : null).toEqual(opened);
  });

  test("is asked by nobody for a while where another stands ready: the next buyers do not wait at all", async () => {
    const { pace, pass, breakers } = isolate();
    const asked = pace.within(SLOW, gateway().open);
    await pass(PATIENCE_MS);
    await asked;
    expect(breakers.isOpen(`pace:${SLOW}`)).toBe(true);
    expect(breakers.isOpen(`pace:${OTHER}`)).toBe(false);
    const next = gateway();
    const second = await pace.within(SLOW, next.open);
    expect([second.kind, next.calls()]).toEqual(["slow", 0]);
    // Its own breaker is as it was: where no other stands ready it is asked, and waited for.
    expect(breakers.isOpen(`gateway:${SLOW}`)).toBe(false);
    // Whoever must have it all the same asks it then.
    const later = second.kind === "slow" ? second.later() : null;
    next.resolve(opened);
    expect([await later, next.calls()]).toEqual([opened, 1]);
  });

  test("is tried again by one buyer after a while, and by all once it answers in time", async () => {
    const { pace, pass, breakers } = isolate();
    const asked = pace.within(SLOW, gateway().open);
    await pass(PATIENCE_MS);
    await asked;
    await pass(20_000);
    const probe = gateway();
    const probing = pace.within(SLOW, probe.open);
    const beside = gateway();
    expect((await pace.within(SLOW, beside.open)).kind).toBe("slow");
    expect([probe.calls(), beside.calls()]).toEqual([1, 0]);
    probe.resolve(opened);
    expect(await probing).toEqual(opened);
    expect(await pace.within(SLOW, async () => opened)).toEqual(opened);
    expect(breakers.stateOf(`pace:${SLOW}`)).toBe("closed");
  });

  test("and fails in the end tells only whoever still asks", async () => {
    const { pace, pass, behind } = isolate();
    const { open, reject } = gateway();
    const asked = pace.within(SLOW, open);
    await pass(PATIENCE_MS);
    const slow = await asked;
    reject(new Error("the wire broke"));
    await expect(Promise.all(behind)).resolves.toEqual([undefined]);
    await expect(slow.kind === "slow" ? slow.later() : null).rejects.toThrow("the wire broke");
  });
});
