import type {
  ArchivedOrder,
  ArchiveReading,
  OrderVersion,
  RestoreOutcome,
} from "../../durable-objects/product-stock/archive-contract.ts";
import type {
  CancelRequest,
  ChangeOutcome,
  FulfilRequest,
  OrderSnapshot,
  ReserveOutcome,
  ReserveRequest,
} from "../../durable-objects/product-stock/contract.ts";
import type {
  PaymentOutcome,
  PaymentRecord,
  PaymentReport,
} from "../../durable-objects/product-stock/payment-contract.ts";
import type {
  KeyImport,
  KeyImportOutcome,
} from "../../durable-objects/product-stock/import-contract.ts";
import { GroupCommit } from "../../durable-objects/product-stock/group-commit.ts";
import { Publisher } from "../../durable-objects/product-stock/publisher.ts";
import { ProductStockStore } from "../../durable-objects/product-stock/store.ts";
import { alarmToSet, earliest, type DeadlineMs } from "../../durable-objects/shared/alarms.ts";
import type { MerchantId, OrderId } from "../../src/domain/ids.ts";
import type { Payment } from "../../src/domain/payment.ts";
import type { Terms } from "../../src/domain/terms.ts";
import type { StoreCalls } from "./planted-fault.ts";
import { Gone, InstanceSql } from "./stock-sql.ts";
import type { StockObject } from "./stock-object.ts";

/**
 * One life of an object, as object.ts is it: the same store, group commit, publisher and alarm
 * rule. What it holds in memory dies with it; clock, alarm and database are the platform's.
 */
export class Instance {
  readonly sql: InstanceSql;
  readonly #object: StockObject;
  readonly #store: ProductStockStore;
  readonly #calls: StoreCalls;
  readonly #commits: GroupCommit;
  #armedAtMs: DeadlineMs = null;
  readonly #publisher: Publisher;
  /** Orders that came from the archive and left for it since the last commit. */
  #restored: OrderId[] = [];
  #pruned: OrderId[] = [];

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
      recordPayment: (report, nowMs) => {
        const [record] = store.recordPayments([report], nowMs);
        if (record === undefined) throw new Error("recordPayments answered nothing");
        return record;
      },
      cancel: (request, nowMs) => store.cancel(request, nowMs),
      fulfil: (request, nowMs) => store.fulfil(request, nowMs),
    };
    this.#calls = object.fault.calls?.(calls, object.storage) ?? calls;
    this.#commits = new GroupCommit({
      transaction: (work) => store.transaction(work),
      schedule: (flush) => object.timeline.at(object.timeline.nowMs, flush),
      afterCommit: () => this.#committed(),
    });
    this.#publisher = new Publisher({
      store,
      send: (orders) => object.send(orders),
      now: () => object.nowMs(),
      pause: (ms) => object.timeline.sleep(ms),
      behind: (work) => {
        work.catch((error: unknown) => {
          // What a dead instance was doing ends nowhere.
          if (this.sql.alive) object.witness.threw(object, error);
        });
      },
      // The alarm asks again.
      failed: () => {},
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
        return this.#said(outcome);
      }),
    );
  }

  recordPayment(payment: Payment, merchant: MerchantId): Promise<PaymentOutcome> {
    return this.#grouped(() => {
      const { firstVerdict, ...said } = this.#recordPayment({ payment, merchantId: merchant });
      const order = firstVerdict === null ? null : this.#store.order(payment.orderId);
      return this.#said({ ...said, order });
    });
  }

  recordPayments(reports: readonly PaymentReport[]): Promise<PaymentRecord[]> {
    return this.#grouped(() => reports.map((report) => this.#recordPayment(report)));
  }

  cancel(request: CancelRequest): Promise<ChangeOutcome> {
    return this.#grouped(() => this.#said(this.#calls.cancel(request, this.#object.nowMs())));
  }

  fulfil(request: FulfilRequest): Promise<ChangeOutcome> {
    return this.#grouped(() => this.#said(this.#calls.fulfil(request, this.#object.nowMs())));
  }

  async importKeys(batch: KeyImport): Promise<KeyImportOutcome> {
    const outcome = this.#store.importKeys(batch, this.#object.nowMs());
    if (!outcome.repeated) this.#object.witness.imported(this.#object, outcome.available);
    this.#committed();
    return outcome;
  }

  async order(id: OrderId): Promise<OrderSnapshot | null> {
    const order = this.#store.order(id);
    this.#said({ order });
    return order;
  }

  async readForOrderBook(ids: readonly OrderId[]): Promise<OrderSnapshot[]> {
    const orders = this.#store.readForOrderBook(ids);
    for (const order of orders) this.#said({ order });
    return orders;
  }

  async acknowledge(published: readonly { id: OrderId; version: number }[]): Promise<void> {
    this.#store.acknowledge(published);
  }

  async readForArchive(ids: readonly OrderId[]): Promise<ArchiveReading> {
    return this.#store.readForArchive(ids);
  }

  prune(archived: readonly OrderVersion[]): Promise<OrderVersion[]> {
    return this.#grouped(() => {
      const gone = this.#store.prune(archived);
      this.#pruned = gone.map(({ id }) => id);
      return gone;
    });
  }

  restore(archived: ArchivedOrder): Promise<RestoreOutcome> {
    return this.#grouped(() => {
      const outcome = this.#store.restore(archived);
      if (outcome.kind === "restored") this.#restored.push(archived.order.id);
      return outcome;
    });
  }

  /** May ring late, early, or twice. */
  alarm(): void {
    this.#armedAtMs = null;
    this.#store.tick(this.#object.nowMs());
    this.#committed();
  }

  /** An answer leaves, and says this of an order. */
  #said<Answer extends object>(answer: Answer): Answer {
    const { order } = answer as { order?: OrderSnapshot | null };
    if (order) this.#object.witness.said(this.#object, order);
    return answer;
  }

  #recordPayment(report: PaymentReport): PaymentRecord {
    const pay = () => this.#calls.recordPayment(report, this.#object.nowMs());
    return this.#object.witness.payment(this.#object, report, pay);
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
    this.#publisher.publish();
    const messagesDueAtMs = this.#store.messagesDueAtMs();
    this.#arm(
      earliest([
        this.#store.tickDueAtMs(),
        messagesDueAtMs === null ? null : Math.max(messagesDueAtMs, this.#publisher.quietUntilMs),
      ]),
    );
    const moves = { changed, restored: this.#restored, pruned: this.#pruned };
    this.#restored = [];
    this.#pruned = [];
    this.#object.committed(moves);
  }

  #arm(neededAtMs: DeadlineMs): void {
    const setTo = alarmToSet(this.#armedAtMs, neededAtMs);
    if (setTo === null) return;
    this.#armedAtMs = setTo;
    this.#object.setAlarm(setTo);
  }
}
