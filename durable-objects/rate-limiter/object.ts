import { DurableObject } from "cloudflare:workers";
import type { Taken } from "../../src/domain/limits/limit.ts";
import type { Bindings } from "../../src/platform/bindings.ts";
import { AlarmClock } from "../shared/alarm-clock.ts";
import { durableSql } from "../shared/durable-sql.ts";
import type { LimiterQuestion, RateLimiterRpc } from "./contract.ts";
import { RateLimiterStore } from "./store.ts";

/** How long rows may lie around that say nothing any more. */
const PRUNE_EVERY_MS = 10 * 60_000;

/** Counts some of the world's keys: the clock, the alarm, RPC. The counting is store.ts's. */
export class RateLimiter extends DurableObject<Bindings> implements RateLimiterRpc {
  readonly #store: RateLimiterStore;
  readonly #alarm: AlarmClock;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    this.#store = new RateLimiterStore(durableSql(ctx.storage));
    this.#alarm = new AlarmClock(ctx);
  }

  async take(questions: LimiterQuestion[]): Promise<Taken[]> {
    const nowMs = Date.now();
    const taken = this.#store.take(questions, nowMs);
    if (this.#store.hasRows) this.#alarm.arm(nowMs + PRUNE_EVERY_MS);
    return taken;
  }

  override async alarm(): Promise<void> {
    this.#alarm.forget();
    const nowMs = Date.now();
    if (this.#store.prune(nowMs)) this.#alarm.arm(nowMs + PRUNE_EVERY_MS);
  }
}
