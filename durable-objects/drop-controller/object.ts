import { DurableObject } from "cloudflare:workers";
import { glanceOf, type StockGlance } from "../../src/domain/drop/glance.ts";
import type { ControllerTerms } from "../../src/domain/drop/drop.ts";
import type { DropState } from "../../src/domain/drop/state.ts";
import { stockNumbers } from "../../src/domain/product/shards.ts";
import type { Bindings } from "../../src/platform/bindings.ts";
import { errorFields, log } from "../../src/platform/log.ts";
import { stockName, type ProductStockRpc } from "../product-stock/contract.ts";
import { AlarmClock } from "../shared/alarm-clock.ts";
import { durableSql } from "../shared/durable-sql.ts";
import type { DropControllerRpc, LineReport } from "./contract.ts";
import { ReportPace } from "./report-pace.ts";
import { DropControllerStore, TICK_MS } from "./store.ts";

/** A stock that has not answered by then is not looked at in this tick: nobody is let in. */
const LOOK_PATIENCE_MS = 800;
/** A read that finds the tick so late makes it: an alarm may ring late, readers come all the time. */
const LATE_MS = 500;
/** An alarm that failed this often is at the platform's last retry: it must arm itself anew. */
const ALARM_RETRIES_MAX = 5;

/**
 * One drop's controller, as an object: the clock, the alarm, the look at the stock. The law is
 * domain/drop/controller's. It asks the stock once a tick, however many ask it.
 */
export class DropController extends DurableObject<Bindings> implements DropControllerRpc {
  readonly #store: DropControllerStore;
  readonly #alarm: AlarmClock;
  readonly #reports = new ReportPace();
  #ticking: Promise<void> | null = null;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    this.#alarm = new AlarmClock(ctx);
    this.#store = new DropControllerStore(durableSql(ctx.storage));
  }

  async configure(terms: ControllerTerms): Promise<{ version: number }> {
    const configured = this.#store.configure(terms);
    // Times may have moved to earlier or later: the alarm is set to what they are now.
    this.#alarm.forget();
    this.#arm();
    return configured;
  }

  async state(): Promise<DropState | null> {
    if (this.#store.isTickDue(Date.now(), LATE_MS)) await this.#tick();
    return this.#store.state(Date.now());
  }

  async report(report: LineReport): Promise<{ reportAfterMs: number } | null> {
    const reportAfterMs = this.#reports.afterOneMore(Date.now());
    if (!this.#store.report(report, Date.now())) return null;
    this.#arm();
    return { reportAfterMs };
  }

  /** May ring late, early, or twice: it does what is due and arms itself for what is not. */
  override async alarm(info?: AlarmInvocationInfo): Promise<void> {
    this.#alarm.forget();
    try {
      if (this.#store.isTickDue(Date.now())) await this.#tick();
      else this.#store.save(Date.now());
      this.#arm();
    } catch (error) {
      log("error", "alarm_failed", { object: this.ctx.id.name, ...errorFields(error) });
      if ((info?.retryCount ?? 0) < ALARM_RETRIES_MAX) throw error;
      this.#alarm.arm(Date.now() + TICK_MS);
    }
  }

  /** One at a time: an alarm and readers who find it late make one tick together. */
  async #tick(): Promise<void> {
    this.#ticking ??= this.#look()
      .then((stock) => {
        this.#store.tick(Date.now(), stock);
        this.#arm();
        return undefined;
      })
      .finally(() => {
        this.#ticking = null;
      });
    return this.#ticking;
  }

  /** The stock over all shards; null where one of them does not answer in time. */
  async #look(): Promise<StockGlance | null> {
    const { terms } = this.#store;
    if (terms === null) return null;
    const looks = stockNumbers(terms).map((number) =>
      // What the stub answers is what the contract says; the types of RPC cannot tell.
      (this.env.PRODUCT_STOCK.getByName(stockName(number)) as unknown as ProductStockRpc).glance(),
    );
    try {
      const levels = await Promise.race([
        Promise.all(looks),
        scheduler.wait(LOOK_PATIENCE_MS).then(() => null),
      ]);
      if (levels === null) return null;
      return glanceOf(levels, terms);
    } catch (error) {
      log("warn", "drop_stock_unknown", { object: this.ctx.id.name, ...errorFields(error) });
      return null;
    }
  }

  #arm(): void {
    this.#alarm.arm(this.#store.dueAtMs());
  }
}
