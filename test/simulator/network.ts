import { Unavailable } from "../../src/domain/unavailable.ts";
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

/**
 * One run of a Worker: a request, a message, a job. When it dies, what it awaits never comes back,
 * so that none of its code runs again: a `catch` in a flow must not see a crash.
 */
export class Process {
  readonly random: Random;
  /** Tells whoever waits for the process. */
  #fail: (error: Died) => void = () => undefined;

  constructor(random: Random) {
    this.random = random;
  }

  run<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#fail = reject;
      work().then(resolve, reject);
    });
  }

  die(): Promise<never> {
    this.#fail(new Died("the process died"));
    return new Promise(() => undefined);
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

  async call<T>(caller: Process, to: string, work: () => T | Promise<T>): Promise<T> {
    const { random } = caller;
    await this.#travel(random);
    if (random.chance(this.weather.dies)) return caller.die();
    if (this.down.has(to) || random.chance(this.weather.lostBefore)) throw new Unavailable(to, 1);
    if (random.chance(this.weather.doubled)) this.#again(random, work);
    const answer = await work();
    await this.#travel(random);
    if (random.chance(this.weather.dies)) return caller.die();
    if (random.chance(this.weather.lostAfter)) throw new Unavailable(to, 1);
    return answer;
  }

  #travel(random: Random): Promise<void> {
    const { delayMsMax } = this.weather;
    // Now and then one is overtaken by many.
    return this.#timeline.sleep(random.int(0, random.chance(0.02) ? 100 * delayMsMax : delayMsMax));
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
