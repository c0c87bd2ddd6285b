import { AsyncLocalStorage } from "node:async_hooks";
import { Unavailable } from "../../src/domain/overload/unavailable.ts";
import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";

/** How likely each mishap is, per call. All zero is good weather. */
export interface Weather {
  readonly lostBefore: number;
  /** The work was done and committed; nobody hears of it. */
  readonly lostAfter: number;
  /** The call arrives a second time, later, and nobody listens for its answer. */
  readonly doubled: number;
  /** The caller's process dies with the call under way. */
  readonly dies: number;
  readonly delayMsMax: number;
}

export const CALM: Weather = { lostBefore: 0, lostAfter: 0, doubled: 0, dies: 0, delayMsMax: 3 };

/** Thrown to whoever waited for a process that died. */
export class Died extends Error {}

const running = new AsyncLocalStorage<Process>();

/** Nothing that waits for this ever goes on. */
export function never(): Promise<never> {
  return new Promise(() => undefined);
}

/**
 * One run of a Worker: a request, a message, a job. When it dies, what it awaits never comes back,
 * so that none of its code runs again: a `catch` in a flow must not see a crash.
 */
export class Process {
  readonly random: Random;
  #gone = false;
  /** Tells whoever waits for the process. */
  #fail: (error: Died) => void = () => undefined;

  constructor(random: Random) {
    this.random = random;
  }

  /** Whose code this is, however many awaits deep: as the platform knows a request by its context. */
  static running(): Process | undefined {
    return running.getStore();
  }

  static current(): Process {
    const process = Process.running();
    if (process === undefined) throw new Error("no process runs here");
    return process;
  }

  run<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#fail = reject;
      running.run(this, work).then(resolve, reject);
    });
  }

  /** Its client has gone: what it does it does to the end, and nobody hears of it. */
  disconnect(): void {
    this.#fail(new Died("the client went away"));
  }

  die(): void {
    this.#gone = true;
    this.#fail(new Died("the process died"));
  }

  /** It is dead: what it awaits must not come back. */
  get isGone(): boolean {
    return this.#gone;
  }
}

/** Between all processes and what they call. */
export class Network {
  weather: Weather;
  /** What answers nobody at the moment. */
  readonly down = new Set<string>();
  readonly #timeline: Timeline;

  constructor(timeline: Timeline, weather: Weather) {
    this.#timeline = timeline;
    this.weather = weather;
  }

  async call<T>(to: string, work: () => T | Promise<T>): Promise<T> {
    const caller = Process.current();
    const { random } = caller;
    await this.#travel(caller);
    if (this.down.has(to) || random.chance(this.weather.lostBefore)) throw new Unavailable(to, 1);
    if (random.chance(this.weather.doubled)) this.#again(random, work);
    const answer = await work();
    await this.#travel(caller);
    if (random.chance(this.weather.lostAfter)) throw new Unavailable(to, 1);
    return answer;
  }

  /** The way there or back; whoever it is for may be gone by then. */
  async #travel(caller: Process): Promise<void> {
    const { random } = caller;
    const { delayMsMax, dies } = this.weather;
    // Now and then one is overtaken by many.
    const slowly = random.chance(0.02) ? 100 : 1;
    await this.#timeline.sleep(random.int(0, slowly * delayMsMax));
    if (random.chance(dies)) {
      if (random.chance(0.5)) caller.disconnect();
      else caller.die();
    }
    if (caller.isGone) await never();
  }

  #again(random: Random, work: () => unknown): void {
    this.#timeline.at(this.#timeline.nowMs + random.int(0, 5_000), () => {
      // Its caller has gone: nobody hears how it ends, the auditor sees what it does.
      Promise.resolve()
        .then(work)
        .catch(() => undefined);
    });
  }
}
