import { Generations } from "./generations.ts";
import { charge, take, type Taken } from "./limit.ts";
import type { LimitRule } from "./limit-rules.ts";

interface Entry {
  arrivalMs: number | null;
  /** Let through by this isolate since it last told the rate limiter. */
  unreported: number;
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
 * refuse by itself, and what was refused elsewhere. Bounded: keys that were used longest ago
 * go, and with them at most what this isolate had counted of them.
 */
export class LimitMemo {
  readonly #entries: Generations<Entry>;

  constructor(keysMax: number) {
    this.#entries = new Generations(keysMax);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Counts one. A key that was refused is refused again by memory alone until its time. */
  take(rule: LimitRule, key: string, nowMs: number): TakenHere {
    const entry = this.#entryOf(memoKey(rule, key));
    const refused = refusalOf(entry, rule, nowMs);
    if (refused !== null) return { taken: refused, tell: 0 };

    // A key that has used up nothing has nothing that is worth telling either.
    if (entry.arrivalMs === null || entry.arrivalMs <= nowMs) entry.unreported = 0;
    const taken = take(rule, entry.arrivalMs, nowMs);
    entry.arrivalMs = taken.arrivalMs;
    if (!taken.allowed) return { taken, tell: 0 };
    entry.unreported++;
    if (entry.unreported < rule.unreportedMax) return { taken, tell: 0 };
    const tell = entry.unreported;
    entry.unreported = 0;
    return { taken, tell };
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
    const ownMs = charge(rule, worldMs, nowMs, entry.unreported);
    entry.arrivalMs = Math.max(entry.arrivalMs ?? nowMs, ownMs);
    if (!world.allowed) entry.refusedUntilMs = nowMs + world.retryAfterMs;
  }

  #entryOf(key: string): Entry {
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    const entry: Entry = { arrivalMs: null, unreported: 0, refusedUntilMs: 0 };
    this.#entries.set(key, entry);
    return entry;
  }
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
