import type {
  CancelRequest,
  ChangeOutcome,
  FulfilRequest,
  OrderSnapshot,
  PaymentOutcome,
  ReserveOutcome,
  ReserveRequest,
} from "../../durable-objects/product-stock/contract.ts";
import type {
  KeyImport,
  KeyImportOutcome,
} from "../../durable-objects/product-stock/import-contract.ts";
import { GroupCommit } from "../../durable-objects/product-stock/group-commit.ts";
import { drainOutbox, RESEND_BASE_MS } from "../../durable-objects/product-stock/outbox.ts";
import { ProductStockStore } from "../../durable-objects/product-stock/store.ts";
import { alarmToSet, earliest, type DeadlineMs } from "../../durable-objects/shared/alarms.ts";
import type { MerchantId, OrderId } from "../../src/domain/ids.ts";
import type { Payment } from "../../src/domain/payment.ts";
import type { Terms } from "../../src/domain/terms.ts";
import type { StoreCalls } from "./planted-fault.ts";
import { Gone, InstanceSql } from "./stock-sql.ts";
import type { StockObject } from "./stock-object.ts";

const PUBLISH_LINGER_MS = 100;

/**
 * One life of an object, as object.ts is it: the same store, group commit, outbox, alarm rule and
 * quiet time. What it holds in memory dies with it; clock, alarm and database are the platform's.
 */
export class Instance {
  readonly sql: InstanceSql;
  readonly #object: StockObject;
  readonly #store: ProductStockStore;
  readonly #calls: StoreCalls;
  readonly #commits: GroupCommit;
  #armedAtMs: DeadlineMs = null;
  #quietUntilMs = 0;

  constructor(object: StockObject) {
    this.#object = object;
    this.sql = new InstanceSql(object.storage);
    const store = new ProductStockStore(this.sql);
    this.#store = store;
    const calls: StoreCalls = {
      reserve: (request, nowMs) => {
        const [outcome] = store.reserve([request], nowMs);
        if (outcome === undefined) throw new Error("reserve answered nothing");
        return outcome;
      },
      recordPayment: (payment, merchant, nowMs) => store.recordPayment(payment, merchant, nowMs),
      cancel: (request, nowMs) => store.cancel(request, nowMs),
      fulfil: (request, nowMs) => store.fulfil(request, nowMs),
    };
    this.#calls = object.fault.calls?.(calls, object.storage) ?? calls;
    this.#commits = new GroupCommit({
      transaction: (work) => store.transaction(work),
      schedule: (flush) => object.timeline.at(object.timeline.nowMs, flush),
      afterCommit: () => this.#committed(),
    });
  }

  async configure(terms: Terms): Promise<{ version: number }> {
    return this.#store.configure(terms);
  }

  reserve(requests: readonly ReserveRequest[]): Promise<ReserveOutcome[]> {
    return this.#grouped(() =>
      requests.map((request) => {
        const outcome = this.#calls.reserve(request, this.#object.nowMs());
        this.#object.witness.reserve(this.#object, request, outcome);
        return outcome;
      }),
    );
  }

  recordPayment(payment: Payment, merchant: MerchantId): Promise<PaymentOutcome> {
    const pay = () => this.#calls.recordPayment(payment, merchant, this.#object.nowMs());
    return this.#grouped(() => this.#object.witness.payment(this.#object, payment, merchant, pay));
  }

  cancel(request: CancelRequest): Promise<ChangeOutcome> {
    return this.#grouped(() => this.#calls.cancel(request, this.#object.nowMs()));
  }

  fulfil(request: FulfilRequest): Promise<ChangeOutcome> {
    return this.#grouped(() => this.#calls.fulfil(request, this.#object.nowMs()));
  }

  async importKeys(batch: KeyImport): Promise<KeyImportOutcome> {
    const outcome = this.#store.importKeys(batch, this.#object.nowMs());
    this.#committed();
    return outcome;
  }

  async order(id: OrderId): Promise<OrderSnapshot | null> {
    return this.#store.order(id);
  }

  async readForOrderBook(ids: readonly OrderId[]): Promise<OrderSnapshot[]> {
    return this.#store.readForOrderBook(ids);
  }

  async acknowledge(published: readonly { id: OrderId; version: number }[]): Promise<void> {
    this.#store.acknowledge(published);
  }

  /** May ring late, early, or twice. */
  alarm(): void {
    this.#armedAtMs = null;
    this.#store.tick(this.#object.nowMs());
    this.#committed();
  }

  async #grouped<T>(work: () => T): Promise<T> {
    let early: { readonly value: T } | null = null;
    const done = this.#commits.run(() => {
      const value = work();
      early = { value };
      return value;
    });
    if (this.#object.fault.answersEarly === undefined) return done;
    return done.catch((error: unknown) => {
      if (early !== null && error instanceof Gone) return early.value;
      throw error;
    });
  }

  #committed(): void {
    if (!this.sql.alive) return;
    const changed = this.#store.takeChanged();
    if (this.#object.nowMs() >= this.#quietUntilMs) this.#publish();
    const messagesDueAtMs = this.#store.messagesDueAtMs();
    this.#arm(
      earliest([
        this.#store.tickDueAtMs(),
        messagesDueAtMs === null ? null : Math.max(messagesDueAtMs, this.#quietUntilMs),
      ]),
    );
    this.#object.committed(changed);
  }

  #arm(neededAtMs: DeadlineMs): void {
    const setTo = alarmToSet(this.#armedAtMs, neededAtMs);
    if (setTo === null) return;
    this.#armedAtMs = setTo;
    this.#object.setAlarm(setTo);
  }

  #publish(): void {
    this.#quietUntilMs = this.#object.nowMs() + RESEND_BASE_MS;
    this.#drain().catch((error: unknown) => {
      // What a dead instance was doing ends nowhere.
      if (this.sql.alive) this.#object.witness.threw(this.#object, error);
    });
  }

  async #drain(): Promise<void> {
    const object = this.#object;
    await object.timeline.sleep(PUBLISH_LINGER_MS);
    if (!this.sql.alive) return;
    const { more, error } = await drainOutbox({
      store: this.#store,
      send: (orders) => object.send(orders),
      now: () => object.nowMs(),
    });
    if (!this.sql.alive || error !== null) return;
    this.#quietUntilMs = 0;
    if (more) this.#publish();
  }
}
