import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Breaker, type BreakerRules } from "../../../src/domain/overload/breaker.ts";

const RULES: BreakerRules = {
  windowMs: 10_000,
  volumeMin: 10,
  failureShareMax: 0.5,
  coolDownMs: 1_000,
  coolDownMsMax: 8_000,
  probesMax: 2,
  closesAfter: 2,
  probeMs: 5_000,
};

/** A breaker in a world whose time is the test's. */
class World {
  nowMs = 1_000_000;
  random = 0;
  readonly breaker = new Breaker(RULES);

  begin() {
    return this.breaker.ask(this.nowMs);
  }

  end(leave: ReturnType<Breaker["ask"]>, failed: boolean): void {
    if (leave.kind === "may") this.breaker.settle(leave.turn, failed, this.nowMs, this.random);
  }

  /** Calls that end in the moment in which they began; answers how many were let through. */
  calls(count: number, failed: boolean): number {
    let through = 0;
    for (let n = 0; n < count; n++) {
      const leave = this.begin();
      if (leave.kind === "may") through++;
      this.end(leave, failed);
    }
    return through;
  }

  get state() {
    return this.breaker.state(this.nowMs);
  }
}

function opened(): World {
  const world = new World();
  world.calls(RULES.volumeMin, true);
  expect(world.state).toBe("open");
  return world;
}

describe("a closed breaker", () => {
  it("lets everything through while all goes well", () => {
    const world = new World();
    expect(world.calls(1_000, false)).toBe(1_000);
    expect(world.state).toBe("closed");
  });

  it("is not opened by a few failures of a few calls, however bad they look", () => {
    const world = new World();
    world.calls(RULES.volumeMin - 1, true);
    expect(world.state).toBe("closed");
  });

  it("opens at the call that makes half of enough calls failures, and not before", () => {
    const world = new World();
    world.calls(10, false);
    world.calls(9, true);
    expect(world.state).toBe("closed");
    world.calls(1, true);
    expect(world.state).toBe("open");
  });

  it("forgets what left the window", () => {
    const world = new World();
    world.calls(RULES.volumeMin - 1, true);
    world.nowMs += RULES.windowMs + 1;
    world.calls(1, true);
    expect(world.state).toBe("closed");
  });

  it("is not confused by a clock that is put back", () => {
    const world = new World();
    world.calls(20, false);
    world.nowMs -= 3_600_000;
    world.calls(RULES.volumeMin, true);
    expect(world.state).toBe("open");
  });
});

describe("an open breaker", () => {
  it("lets nothing through and says how long that will be", () => {
    const world = opened();
    expect(world.begin()).toEqual({ kind: "open", retryAfterMs: RULES.coolDownMs });
    world.nowMs += 400;
    expect(world.begin()).toEqual({ kind: "open", retryAfterMs: RULES.coolDownMs - 400 });
    expect(world.calls(100, false)).toBe(0);
  });

  it("is half open after its cool-down: so many calls at once, and no more", () => {
    const world = opened();
    world.nowMs += RULES.coolDownMs;
    expect(world.state).toBe("half_open");
    const probes = Array.from({ length: 50 }, () => world.begin());
    expect(probes.filter(({ kind }) => kind === "may")).toHaveLength(RULES.probesMax);
  });

  it("closes after enough probes that succeed, and has forgotten the bad time", () => {
    const world = opened();
    world.nowMs += RULES.coolDownMs;
    world.calls(RULES.closesAfter, false);
    expect(world.state).toBe("closed");
    world.calls(RULES.volumeMin - 1, true);
    expect(world.state).toBe("closed");
  });

  it("opens again at the first probe that fails, twice as long each time, up to a limit", () => {
    const world = opened();
    for (const expected of [2_000, 4_000, 8_000, 8_000]) {
      world.nowMs += world.breaker.closedForMs(world.nowMs);
      world.calls(1, true);
      expect(world.breaker.closedForMs(world.nowMs)).toBe(expected);
    }
    world.nowMs += 8_000;
    world.calls(RULES.closesAfter, false);
    world.calls(RULES.volumeMin, true);
    expect(world.breaker.closedForMs(world.nowMs)).toBe(RULES.coolDownMs);
  });

  it("gives the place of a probe of which nothing was heard to another", () => {
    const world = opened();
    world.nowMs += RULES.coolDownMs;
    for (let n = 0; n < RULES.probesMax; n++) world.begin();
    expect(world.begin().kind).toBe("open");
    world.nowMs += RULES.probeMs + 1;
    expect(world.calls(RULES.closesAfter, false)).toBe(RULES.closesAfter);
    expect(world.state).toBe("closed");
  });

  it("is not moved by what began before it opened", () => {
    const world = new World();
    const early = Array.from({ length: 5 }, () => world.begin());
    world.calls(RULES.volumeMin, true);
    world.nowMs += RULES.coolDownMs;
    const probe = world.begin();
    for (const leave of early) world.end(leave, true);
    expect(world.state).toBe("half_open");
    for (const leave of early) world.end(leave, false);
    world.end(probe, false);
    expect(world.state).toBe("half_open");
  });

  it("does not probe at the same moment in all isolates", () => {
    const waits = [0, 0.25, 0.5, 1].map((random) => {
      const world = new World();
      world.random = random;
      world.calls(RULES.volumeMin, true);
      return world.breaker.closedForMs(world.nowMs);
    });
    expect(waits).toEqual([1_000, 1_125, 1_250, 1_500]);
  });
});

describe("whatever happens to it", () => {
  const act = fc.oneof(
    fc.record({ kind: fc.constant("begin" as const) }),
    fc.record({ kind: fc.constant("end" as const), failed: fc.boolean(), which: fc.nat(20) }),
    fc.record({ kind: fc.constant("wait" as const), ms: fc.nat(4_000) }),
  );

  it("it says how long it refuses, never for longer than its limit, and a dependency that is well again is used again", () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 200 }), (acts) => {
        const world = new World();
        const underWay: ReturnType<Breaker["ask"]>[] = [];
        for (const one of acts) {
          if (one.kind === "wait") world.nowMs += one.ms;
          else if (one.kind === "begin") {
            const leave = world.begin();
            if (leave.kind === "may") underWay.push(leave);
            else expect(leave.retryAfterMs).toBeGreaterThan(0);
          } else {
            const [ended] = underWay.splice(one.which % Math.max(1, underWay.length), 1);
            if (ended !== undefined) world.end(ended, one.failed);
          }
          expect(world.breaker.closedForMs(world.nowMs)).toBeLessThanOrEqual(
            1.5 * RULES.coolDownMsMax,
          );
        }
        // However it was left, a dependency that is well again is used again.
        for (let n = 0; n < 10 && world.state !== "closed"; n++) {
          world.nowMs += 1.5 * RULES.coolDownMsMax + RULES.probeMs + 1;
          world.calls(RULES.closesAfter, false);
        }
        expect(world.state).toBe("closed");
      }),
    );
  });
});
