/**
 * A circuit breaker (Nygard, "Release It!", 2nd ed., §5.2), with the rules of Netflix' Hystrix ("How it
 * works", §"Circuit Breaker"): it opens when, within a sliding window, enough calls were made and too
 * large a share of them failed; after a cool-down it lets a few calls through to see; these close it, or
 * open it again for longer.
 */
export interface BreakerRules {
  /** How long an outcome counts. */
  readonly windowMs: number;
  /** Fewer outcomes than this within the window open nothing: one failure of one call is no sign. */
  readonly volumeMin: number;
  /** The share of failures from which on it opens, 0 to 1. */
  readonly failureShareMax: number;
  /** The first cool-down; each that follows without having closed is twice as long. */
  readonly coolDownMs: number;
  readonly coolDownMsMax: number;
  /** Calls at once while it is half open. */
  readonly probesMax: number;
  /** So many probes that succeed, one after the other, close it. */
  readonly closesAfter: number;
  /** A probe of which nothing was heard for so long is lost with its request: another may go. */
  readonly probeMs: number;
}

export type BreakerState = "closed" | "half_open" | "open";

/** Leave to call, which must be settled; or how long to stay away. */
export type Leave =
  | { readonly kind: "may"; readonly turn: Turn }
  | { readonly kind: "open"; readonly retryAfterMs: number };

/** One call on its way. */
interface Turn {
  readonly period: number;
  readonly beganAtMs: number;
}

/** Parts of the window: an outcome leaves it at most a tenth of it late. */
const BUCKETS = 10;
/** The cool-down is up to half as long again, so that the isolates of the world do not probe as one. */
const JITTER = 0.5;

interface Bucket {
  readonly slot: number;
  succeeded: number;
  failed: number;
}

/**
 * The breaker before one dependency. It has no clock and no randomness of its own: `nowMs` and `random`
 * (from 0 to 1) are given with each question.
 */
export class Breaker {
  readonly #rules: BreakerRules;
  /** Counts changes of state: what began in another period says nothing of this one. */
  #period = 0;
  #state: BreakerState = "closed";
  #buckets: Bucket[] = [];
  #openUntilMs = 0;
  #coolDownMs: number;
  #probes: Turn[] = [];
  #proofs = 0;

  constructor(rules: BreakerRules) {
    this.#rules = rules;
    this.#coolDownMs = rules.coolDownMs;
  }

  state(nowMs: number): BreakerState {
    return this.#state === "open" && nowMs >= this.#openUntilMs ? "half_open" : this.#state;
  }

  /** How long until it may be asked again; 0 where it may be now. Takes no place of a probe. */
  closedForMs(nowMs: number): number {
    return this.#state === "open" ? Math.max(0, this.#openUntilMs - nowMs) : 0;
  }

  ask(nowMs: number): Leave {
    if (this.#state === "open") {
      if (nowMs < this.#openUntilMs) {
        return { kind: "open", retryAfterMs: this.#openUntilMs - nowMs };
      }
      this.#become("half_open");
    }
    const turn: Turn = { period: this.#period, beganAtMs: nowMs };
    if (this.#state === "closed") return { kind: "may", turn };
    this.#probes = this.#probes.filter((probe) => !this.#isLost(probe, nowMs));
    if (this.#probes.length >= this.#rules.probesMax) {
      return { kind: "open", retryAfterMs: this.#rules.coolDownMs };
    }
    this.#probes.push(turn);
    return { kind: "may", turn };
  }

  /** What became of a call that had leave. Whether it was a failure is its caller's word. */
  settle(turn: Turn, failed: boolean, nowMs: number, random: number): void {
    if (turn.period !== this.#period) return;
    if (this.#state === "half_open") {
      this.#probes = this.#probes.filter((probe) => probe !== turn);
      if (failed) return this.#open(nowMs, random, 2 * this.#coolDownMs);
      if (++this.#proofs >= this.#rules.closesAfter) this.#close();
      return;
    }
    this.#count(failed, nowMs);
    if (failed && this.#tooManyFailed()) this.#open(nowMs, random, this.#rules.coolDownMs);
  }

  #isLost({ beganAtMs }: Turn, nowMs: number): boolean {
    return nowMs - beganAtMs > this.#rules.probeMs;
  }

  #count(failed: boolean, nowMs: number): void {
    const slot = Math.floor((nowMs * BUCKETS) / this.#rules.windowMs);
    // A clock that was put back makes slots of the future: they are as good as old.
    this.#buckets = this.#buckets.filter((each) => each.slot > slot - BUCKETS && each.slot <= slot);
    let bucket = this.#buckets.find((each) => each.slot === slot);
    if (bucket === undefined) {
      bucket = { slot, succeeded: 0, failed: 0 };
      this.#buckets.push(bucket);
    }
    if (failed) bucket.failed++;
    else bucket.succeeded++;
  }

  #tooManyFailed(): boolean {
    const failed = this.#buckets.reduce((sum, bucket) => sum + bucket.failed, 0);
    const all = this.#buckets.reduce((sum, bucket) => sum + bucket.succeeded, failed);
    return all >= this.#rules.volumeMin && failed >= this.#rules.failureShareMax * all;
  }

  #open(nowMs: number, random: number, coolDownMs: number): void {
    this.#become("open");
    this.#coolDownMs = Math.min(this.#rules.coolDownMsMax, coolDownMs);
    this.#openUntilMs = nowMs + Math.ceil(this.#coolDownMs * (1 + JITTER * random));
  }

  #close(): void {
    this.#become("closed");
    this.#coolDownMs = this.#rules.coolDownMs;
  }

  #become(state: BreakerState): void {
    this.#state = state;
    this.#period++;
    this.#buckets = [];
    this.#probes = [];
    this.#proofs = 0;
  }
}
