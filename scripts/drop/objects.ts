import type { ReserveOutcome } from "../../durable-objects/product-stock/contract.ts";
import type { DropControllerRpc } from "../../durable-objects/drop-controller/contract.ts";
import { ReportPace } from "../../durable-objects/drop-controller/report-pace.ts";
import { DropControllerStore } from "../../durable-objects/drop-controller/store.ts";
import { ProductStockStore } from "../../durable-objects/product-stock/store.ts";
import { glanceOf, type StockGlance } from "../../src/domain/drop/glance.ts";
import type { DropState } from "../../src/domain/drop/state.ts";
import type { Terms } from "../../src/domain/product/terms.ts";
import { batch, keys, MERCHANT, payment, request, terms } from "../../test/store/fixtures.ts";
import { sqliteSql } from "../../test/support/node/sqlite-sql.ts";
import type { Fault } from "./faults.ts";

const IMPORT_MAX = 1_000;

/** The two objects of a drop as they run in production, over node:sqlite, by the clock of the simulation. */
export class Objects {
  readonly #stock = new ProductStockStore(sqliteSql());
  readonly #controller = new DropControllerStore(sqliteSql());
  readonly #pace = new ReportPace();
  readonly #now: () => number;
  readonly #fault: Fault;
  /** Requests to the stock object, whatever they ask. */
  stockRequests = 0;

  constructor(plan: {
    readonly terms: Partial<Terms>;
    readonly keys: number;
    readonly now: () => number;
    readonly fault: Fault;
  }) {
    this.#now = plan.now;
    this.#fault = plan.fault;
    this.#stock.configure(terms(plan.terms));
    for (let from = 0; from < plan.keys; from += IMPORT_MAX) {
      const sealed = keys(Math.min(IMPORT_MAX, plan.keys - from), `key-${from}`);
      this.#stock.importKeys(batch(`from${from}`, sealed), plan.now());
    }
  }

  get controller(): DropControllerRpc {
    return {
      configure: async (given) => this.#controller.configure(given),
      state: async () => this.state(),
      report: async (report) =>
        this.#controller.report(report, this.#now())
          ? { reportAfterMs: this.#pace.afterOneMore(this.#now()) }
          : null,
    };
  }

  state(): DropState | null {
    const state = this.#controller.state(this.#now());
    return state === null ? null : this.#fault.publish(state);
  }

  #glance(nowMs: number): StockGlance {
    const told = this.#controller.terms;
    if (told === null) throw new Error("the controller was told of no drop");
    return glanceOf([this.#stock.glance(nowMs)], told);
  }

  /** Both alarms. */
  ring(): void {
    const nowMs = this.#now();
    const dueAtMs = this.#stock.tickDueAtMs();
    if (dueAtMs !== null && dueAtMs <= nowMs) this.#stock.tick(nowMs);
    if (!this.#controller.isTickDue(nowMs)) return this.#controller.save(nowMs);
    this.stockRequests++;
    this.#controller.tick(nowMs, this.#fault.glance(this.#glance(nowMs)));
  }

  reserve(person: number, of: { email: string; ticket: ReserveTicket }): ReserveOutcome["kind"] {
    this.stockRequests++;
    const [outcome] = this.#stock.reserve([request(person, of)], this.#now());
    return outcome?.kind ?? "sold_out";
  }

  /** The notice, which goes to the object that holds the order. What comes of it the rows say. */
  pay(person: number): void {
    this.stockRequests++;
    const reportedAtMs = this.#now();
    this.#stock.recordPayment(payment(person, { reportedAtMs }), MERCHANT, reportedAtMs);
  }

  /** Keys as the rows have them; no request of anyone's. */
  get stock() {
    return this.#stock.stock();
  }

  /** A page that waits for its order asks once for each change, and once when it opens. */
  look(): void {
    this.stockRequests++;
  }

  /** Keys by state, and those that stand in delivered orders: each is one if none was sold twice. */
  audit() {
    const keyIds: string[] = [];
    const buyers: string[] = [];
    let [afterOrderId, orders]: [string | null, number] = ["", 0];
    while (afterOrderId !== null) {
      const page: ReturnType<ProductStockStore["books"]> = this.#stock.books({
        afterOrderId,
        limit: 500,
      });
      orders += page.orders.length;
      for (const order of page.orders) {
        for (const key of order.keys) {
          keyIds.push(key.id);
          buyers.push(order.email);
        }
      }
      afterOrderId = page.nextOrderId;
    }
    const { free, held, sold } = this.stock;
    const [delivered, distinct] = [keyIds.length, new Set(keyIds).size];
    return { free, held, sold, orders, delivered, distinct, buyers };
  }
}

type ReserveTicket = NonNullable<Parameters<typeof request>[1]>["ticket"] & object;
