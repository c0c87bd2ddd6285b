import { Breaker, type BreakerRules, type BreakerState } from "../domain/overload/breaker.ts";
import { err, ok } from "../domain/result.ts";
import type { Breakers, GuardedCall } from "../flows/ports.ts";
import { log } from "./log.ts";
import type { Metrics, Reading } from "./metrics.ts";
import type { Turns } from "./turns.ts";

const COMMON = { failureShareMax: 0.5, probesMax: 1, closesAfter: 2 } as const;
const SECOND_MS = 1_000;

/** By what a dependency's name begins with. */
const RULES = {
  /** Asked by everyone, back within seconds: looked at again soon. */
  database: rules({ window: 10, volumeMin: 10, coolDown: 1, coolDownMax: 15, probe: 10 }),
  captcha: rules({ window: 10, volumeMin: 5, coolDown: 5, coolDownMax: 60, probe: 10 }),
  gateway: rules({ window: 30, volumeMin: 5, coolDown: 5, coolDownMax: 120, probe: 30 }),
  /** An account that was slow is put aside at once, since another stands ready. */
  pace: rules({ window: 60, volumeMin: 1, coolDown: 10, coolDownMax: 240, probe: 30 }),
  /** Mails come one by one, and an attempt may take a minute. */
  mail: rules({ window: 120, volumeMin: 4, coolDown: 20, coolDownMax: 300, probe: 240 }),
} as const satisfies Record<string, BreakerRules>;

type Kind = keyof typeof RULES;
/** "database", "captcha", "mail:smtp", "gateway:acct_…", and "pace:acct_…" for how fast it is. */
export type Dependency =
  | "database"
  | "captcha"
  | `mail:${string}`
  | `gateway:${string}`
  | `pace:${string}`;

/** Breakers that an isolate keeps: more gateways' accounts than it hears of in a day. */
const BREAKERS_MAX = 500;

interface Seconds {
  readonly window: number;
  readonly volumeMin: number;
  readonly coolDown: number;
  readonly coolDownMax: number;
  readonly probe: number;
}

function rules({ window, volumeMin, coolDown, coolDownMax, probe }: Seconds): BreakerRules {
  return {
    ...COMMON,
    volumeMin,
    windowMs: window * SECOND_MS,
    coolDownMs: coolDown * SECOND_MS,
    coolDownMsMax: coolDownMax * SECOND_MS,
    probeMs: probe * SECOND_MS,
  };
}

const STATE_NUMBERS: Readonly<Record<BreakerState, number>> = { closed: 0, half_open: 1, open: 2 };

export interface KnownBreaker {
  readonly dependency: string;
  readonly state: BreakerState;
}

export interface BreakerBook extends Breakers {
  of(dependency: Dependency): GuardedCall;
  /** Whether it refuses now; makes none. */
  isOpen(dependency: Dependency): boolean;
  /** Closed where it was never used; makes none. */
  stateOf(dependency: Dependency): BreakerState;
  /** Every breaker that this isolate has had use for. */
  known(): readonly KnownBreaker[];
}

/**
 * One breaker for each dependency, in the isolate's memory: an isolate learns for itself that something
 * is down, within some calls, and needs nobody to tell it. What a breaker knows is plain numbers; each
 * call awaits only what is its own request's.
 */
export function makeBreakers(turns: Turns, metrics: Metrics): BreakerBook {
  const breakers = new Map<string, { breaker: Breaker; guarded: GuardedCall }>();

  function of(dependency: Dependency): GuardedCall {
    const made = breakers.get(dependency);
    if (made !== undefined) return made.guarded;
    if (breakers.size >= BREAKERS_MAX) forgetOne();
    const [kind = "gateway"] = dependency.split(":", 1);
    // What a dependency begins with is one of these, by its type.
    const breaker = new Breaker(RULES[kind as Kind]);
    const guarded = guard({ dependency, breaker, turns, metrics });
    breakers.set(dependency, { breaker, guarded });
    return guarded;
  }

  /** One that is closed where there is one: it has nothing to forget but a window. */
  function forgetOne(): void {
    const nowMs = turns.nowMs();
    const closed = [...breakers].find(([, { breaker }]) => breaker.state(nowMs) === "closed");
    breakers.delete(closed?.[0] ?? [...breakers.keys()][0] ?? "");
  }

  function known(): KnownBreaker[] {
    const nowMs = turns.nowMs();
    return [...breakers].map(([dependency, { breaker }]) => ({
      dependency,
      state: breaker.state(nowMs),
    }));
  }

  metrics.watch("breaker_state", () =>
    known().map(({ dependency, state }): Reading => ({
      labels: [dependency],
      value: STATE_NUMBERS[state],
    })),
  );
  const isOpen = (dependency: Dependency) =>
    (breakers.get(dependency)?.breaker.closedForMs(turns.nowMs()) ?? 0) > 0;
  const stateOf = (dependency: Dependency) =>
    breakers.get(dependency)?.breaker.state(turns.nowMs()) ?? "closed";
  return { of, isOpen, stateOf, known };
}

interface Guard {
  readonly dependency: string;
  readonly breaker: Breaker;
  readonly turns: Turns;
  readonly metrics: Metrics;
}

function guard({ dependency, breaker, turns, metrics }: Guard): GuardedCall {
  return {
    closedForMs: () => breaker.closedForMs(turns.nowMs()),
    async run(work, verdict = {}) {
      const leave = breaker.ask(turns.nowMs());
      if (leave.kind === "open") {
        metrics.count("breaker_refusals", dependency);
        return err({ reason: "open", dependency, retryAfterMs: leave.retryAfterMs });
      }
      let settled = false;
      const settle = (failed: boolean): void => {
        if (settled) return;
        settled = true;
        const nowMs = turns.nowMs();
        const wasOpen = breaker.state(nowMs) === "open";
        breaker.settle(leave.turn, failed, nowMs, Math.random());
        if (wasOpen || breaker.state(nowMs) !== "open") return;
        metrics.count("breaker_opened", dependency);
        log("warn", "breaker_opened", { dependency, for_ms: breaker.closedForMs(nowMs) });
      };
      const { isFailure = () => false, isFault = () => true, slowMs } = verdict;
      // The timer is the request's own, and ends with it.
      if (slowMs !== undefined)
        void turns.wait(slowMs).then(
          () => settle(true),
          () => {},
        );
      try {
        const value = await work();
        settle(isFailure(value));
        return ok(value);
      } catch (error) {
        settle(isFault(error));
        throw error;
      }
    },
  };
}
