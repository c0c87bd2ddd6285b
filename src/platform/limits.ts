import { limiterName, type RateLimiterRpc } from "../../durable-objects/rate-limiter/contract.ts";
import type { Taken } from "../domain/limits/limit.ts";
import { LimitMemo } from "../domain/limits/limit-memo.ts";
import type { LimitQuestion, LimitRule, Standing } from "../domain/limits/limit-rules.ts";
import { patiently, type Patience } from "../domain/overload/patience.ts";
import type { Clock, Limits } from "../flows/ports.ts";
import { errorFields, log } from "./log.ts";

/** Keys that an isolate remembers: some 5 MB of 128, and more than any honest minute has. */
const KEYS_MAX = 20_000;
/** How long a location refuses a key by itself once the platform's own count has run out. */
const SHED_MS = 10_000;
/** A rate limiter that failed or kept somebody waiting is not asked again for so long. */
const REST_MS = 5_000;

/** The platform's counter of one location: so many a minute, and it tells only yes or no. */
export interface PlatformLimit {
  readonly perMinute: number;
  readonly binding: { limit(options: { key: string }): Promise<{ success: boolean }> };
}

interface Tiers {
  readonly clock: Clock;
  readonly patience: Patience;
  /** The smallest first. */
  readonly platform: readonly PlatformLimit[];
  readonly limiters: { getByName(name: string): unknown };
  /** Keyed: what leaves the isolate names nobody. */
  readonly digest: (text: string) => Promise<string>;
  /** Told of each refusal: by the rule of that name, in that tier. */
  readonly refused: (name: string, tier: "isolate" | "location" | "world") => void;
}

/**
 * Three tiers, each asked only when the one before it has no answer: the isolate's memory, which may
 * refuse by itself and lets an ordinary buyer through; the platform's counter of the location, so that a
 * key that asks on and on costs few calls of an object; the rate limiter, an object that counts for the
 * whole world (docs/limits.md).
 *
 * What cannot be asked lets through (docs/decisions/0038): the tiers before it have counted, and a sale
 * must not end because a counter is down.
 */
export function makeLimits(tiers: Tiers): Limits {
  const { clock, patience, platform, limiters, digest, refused } = tiers;
  const memo = new LimitMemo(KEYS_MAX);
  const restingUntilMs = new Map<string, number>();

  async function askWorld({ rule, key }: LimitQuestion, tell: number): Promise<Taken | null> {
    const digested = await digest(`${rule.name} ${key}`);
    if (!(await isWithinLocation(platform, rule, digested))) {
      refused(rule.name, "location");
      return shed(clock.nowMs());
    }
    const name = limiterName(digested);
    if ((restingUntilMs.get(name) ?? 0) > clock.nowMs()) return null;
    const { quota, windowMs } = rule;
    const question = { key: digested, limit: { quota, windowMs }, told: tell - 1 };
    const asking = askLimiter(limiters, name, question).catch((error: unknown) => {
      log("warn", "limiter_down", { object: name, ...errorFields(error) });
      return null;
    });
    const world = await patiently(asking, null, patience);
    if (world?.allowed === false) refused(rule.name, "world");
    if (world === null) restingUntilMs.set(name, clock.nowMs() + REST_MS);
    return world;
  }

  return {
    takeHere({ rule, key }) {
      const { taken } = memo.take(rule, key, clock.nowMs());
      if (!taken.allowed) refused(rule.name, "isolate");
      return { rule, ...taken };
    },

    refusal({ rule, key }) {
      const taken = memo.refusal(rule, key, clock.nowMs());
      if (taken === null) return null;
      refused(rule.name, "isolate");
      return { rule, ...taken };
    },

    async take(questions) {
      const nowMs = clock.nowMs();
      const standings: Standing[] = [];
      const told: { question: LimitQuestion; tell: number; at: number }[] = [];
      for (const question of questions) {
        const { taken, tell } = memo.take(question.rule, question.key, nowMs);
        const at = standings.push({ rule: question.rule, ...taken }) - 1;
        // Whom one limit refuses has taken nothing of the next, and nobody is asked about them.
        if (!taken.allowed) {
          refused(question.rule.name, "isolate");
          return standings;
        }
        if (tell > 0) told.push({ question, tell, at });
      }
      await Promise.all(
        told.map(async ({ question, tell, at }) => {
          const world = await askWorld(question, tell);
          if (world === null) return;
          memo.learn(question.rule, question.key, world, clock.nowMs());
          standings[at] = { rule: question.rule, ...world };
        }),
      );
      return standings;
    },
  };
}

async function askLimiter(
  limiters: Tiers["limiters"],
  name: string,
  question: Parameters<RateLimiterRpc["take"]>[0][number],
): Promise<Taken> {
  // What the stub answers is what the contract says; the types of RPC cannot tell.
  const limiter = limiters.getByName(name) as RateLimiterRpc;
  const [taken] = await limiter.take([question]);
  if (taken === undefined) throw new Error("take answered nothing");
  return taken;
}

/**
 * Whether this location may ask about the key once more. Its counter must not be what decides: the smallest
 * is taken that holds all that the rule lets through in a minute (a quota at once, and one more by its rate),
 * and none where there is none. One that is down lets through.
 */
async function isWithinLocation(
  platform: readonly PlatformLimit[],
  { quota, windowMs }: LimitRule,
  key: string,
): Promise<boolean> {
  const mostPerMinute = (2 * quota * 60_000) / windowMs;
  const counter = platform.find(({ perMinute }) => perMinute >= mostPerMinute);
  if (counter === undefined) return true;
  try {
    return (await counter.binding.limit({ key })).success;
  } catch (error) {
    log("warn", "location_limit_down", errorFields(error));
    return true;
  }
}

function shed(nowMs: number): Taken {
  const wait = { resetMs: SHED_MS, retryAfterMs: SHED_MS };
  return { allowed: false, arrivalMs: nowMs + SHED_MS, remaining: 0, ...wait };
}
