import { charge, take, type ArrivalMs, type Taken } from "./limit.ts";
import type { LimitRule } from "./limit-rules.ts";
import { Lru } from "../memory/lru.ts";

interface Entry {
  arrivalMs: ArrivalMs;
  /** Of what this isolate has let through on its own word: GCRA too, of its own share. */
  ownMs: ArrivalMs;
  /** How many of those the rate limiter has not been told of. */
  untold: number;
  /** What the rate limiter, or the platform, has refused until then. */
  refusedUntilMs: number;
}

export interface TakenHere {
  readonly taken: Taken;
  /** How many to tell the rate limiter of, this one among them; 0: it need not be asked. */
  readonly tell: number;
}

/**
 * What one isolate knows of who asks how often: its own count, which is part of the world's and so may
 * refuse by itself, and what was refused elsewhere. What it lets through on its own word has a limit too,
 * its share of the rule: at once, and in the long run, or whoever spreads over many isolates would never be
 * told of. The share is whole again at once only while the world has plenty left; else each is asked about.
 * Bounded: the key that was used longest ago goes, and with it at most what this isolate had counted of it.
 */
export class LimitMemo {
  readonly #entries: Lru<Entry>;

  constructor(keysMax: number) {
    this.#entries = new Lru({ entriesMax: keysMax });
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Counts one. A key that was refused is refused again by memory alone until its time. */
  take(rule: LimitRule, key: string, nowMs: number): TakenHere {
    const entry = this.#entryOf(memoKey(rule, key));
    const refused = refusalOf(entry, rule, nowMs);
    if (refused !== null) return { taken: refused, tell: 0 };

    const taken = take(rule, entry.arrivalMs, nowMs);
    entry.arrivalMs = taken.arrivalMs;
    if (!taken.allowed || rule.unreportedMax === Number.POSITIVE_INFINITY)
      return { taken, tell: 0 };
    return { taken, tell: takeOwn(rule, entry, nowMs) ? 0 : tellAll(entry) };
  }

  /** Whether one would be refused here; counts nothing and adds no key. */
  refusal(rule: LimitRule, key: string, nowMs: number): Taken | null {
    const entry = this.#entries.peek(memoKey(rule, key));
    if (entry === undefined) return null;
    const refused = refusalOf(entry, rule, nowMs);
    if (refused !== null) return refused;
    const taken = take(rule, entry.arrivalMs, nowMs);
    return taken.allowed ? null : taken;
  }

  /** What the rate limiter has counted of the whole world; what it refuses is refused until then. */
  learn(rule: LimitRule, key: string, world: Taken, nowMs: number): void {
    const entry = this.#entryOf(memoKey(rule, key));
    // In its own clock's time: an object's clock and this one's need not agree.
    const worldMs = nowMs + world.resetMs;
    const withOwnMs = charge(rule, worldMs, nowMs, entry.untold);
    entry.arrivalMs = Math.max(entry.arrivalMs ?? nowMs, withOwnMs);
    if (!world.allowed) entry.refusedUntilMs = nowMs + world.retryAfterMs;
    if (world.remaining * 2 >= rule.quota) entry.ownMs = null;
  }

  #entryOf(key: string): Entry {
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    const entry: Entry = { arrivalMs: null, ownMs: null, untold: 0, refusedUntilMs: 0 };
    this.#entries.set(key, entry);
    return entry;
  }
}

/** Takes one of what the isolate may let through on its own word, if there is one. */
function takeOwn({ unreportedMax, windowMs }: LimitRule, entry: Entry, nowMs: number): boolean {
  if (unreportedMax <= 1) return false;
  // A share that is whole again was used no faster than it may be: that need not be told any more.
  if (entry.ownMs === null || entry.ownMs <= nowMs) entry.untold = 0;
  const own = take({ quota: unreportedMax - 1, windowMs }, entry.ownMs, nowMs);
  entry.ownMs = own.arrivalMs;
  if (own.allowed) entry.untold++;
  return own.allowed;
}

/** All that the rate limiter has not heard of, with the one that is asked about. */
function tellAll(entry: Entry): number {
  const tell = entry.untold + 1;
  entry.untold = 0;
  return tell;
}

/** Names have no space: no two pairs make one key. */
function memoKey(rule: LimitRule, key: string): string {
  return `${rule.name} ${key}`;
}

function refusalOf(entry: Entry, rule: LimitRule, nowMs: number): Taken | null {
  const retryAfterMs = entry.refusedUntilMs - nowMs;
  // Longer than the window can only be a clock that went back.
  if (retryAfterMs <= 0 || retryAfterMs > rule.windowMs) return null;
  const arrivalMs = Math.max(entry.arrivalMs ?? nowMs, nowMs);
  const resetMs = Math.max(arrivalMs - nowMs, retryAfterMs);
  return { allowed: false, arrivalMs, remaining: 0, resetMs, retryAfterMs };
}
