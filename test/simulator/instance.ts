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
  ReviewRequest,
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
  DisputeOutcome,
  HearDispute,
} from "../../durable-objects/product-stock/dispute-contract.ts";
import type {
  BeginRefund,
  RefundOutcome,
  SettleRefund,
} from "../../durable-objects/product-stock/refund-contract.ts";
import type {
  KeyImport,
  KeyImportOutcome,
} from "../../durable-objects/product-stock/import-contract.ts";
import { GroupCommit } from "../../durable-objects/product-stock/group-commit.ts";
import { Publisher } from "../../durable-objects/product-stock/publisher.ts";
import { Shard } from "../../durable-objects/product-stock/shard.ts";
import type {
  CollectOutcome,
  KeyRegistration,
  RegisterOutcome,
} from "../../durable-objects/product-stock/shard-contract.ts";
import { ProductStockStore } from "../../durable-objects/product-stock/store.ts";
import { alarmToSet, earliest, type DeadlineMs } from "../../durable-objects/shared/alarms.ts";
import type { MerchantId, OrderId } from "../../src/domain/ids.ts";
import type { Payment } from "../../src/domain/payments/payment.ts";
import type { Terms } from "../../src/domain/product/terms.ts";
import { callsOf, type StoreCalls } from "./store-calls.ts";
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
  readonly shard: Shard;
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
    const calls = callsOf(store);
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
    this.shard = new Shard({
      store,
      commit: (work) => this.#grouped(work),
      shard: (number) => object.sibling(number),
      now: () => object.nowMs(),
      pause: (ms) => object.timeline.sleep(ms),
      failed: () => undefined,
    });
  }

  async configure(terms: Terms): Promise<{ version: number }> {
    return this.#store.configure(terms);
  }

  reserve(requests: readonly ReserveRequest[]): Promise<ReserveOutcome[]> {
    return this.#grouped(() => this.#reserve(requests));
  }

  recordPayment(payment: Payment, merchant: MerchantId): Promise<PaymentOutcome> {
    return this.#grouped(() => {
      const { firstVerdict, ...said } = this.#recordPayment({ payment, merchantId: merchant });
      const order = firstVerdict === null ? null : this.#store.order(payment.orderId);
      return this.#said({ ...said, order });
    });
  }

  async recordPayments(reports: readonly PaymentReport[]): Promise<PaymentRecord[]> {
    const records = await this.#grouped(() => reports.map((report) => this.#recordPayment(report)));
    if (records.some(({ verdict }) => verdict === "unfilled")) this.#collectOwed();
    return records;
  }

  cancel(request: CancelRequest): Promise<ChangeOutcome> {
    return this.#grouped(() => this.#said(this.#calls.cancel(request, this.#object.nowMs())));
  }

  review(request: ReviewRequest): Promise<ChangeOutcome> {
    return this.#grouped(() => this.#said(this.#calls.review(request, this.#object.nowMs())));
  }

  fulfil(request: FulfilRequest): Promise<ChangeOutcome> {
    return this.#grouped(() => this.#said(this.#calls.fulfil(request, this.#object.nowMs())));
  }

  beginRefund(request: BeginRefund): Promise<RefundOutcome> {
    return this.#grouped(() => this.#said(this.#calls.beginRefund(request, this.#object.nowMs())));
  }

  settleRefund(request: SettleRefund): Promise<RefundOutcome> {
    return this.#grouped(() => this.#said(this.#calls.settleRefund(request, this.#object.nowMs())));
  }

  hearDispute(request: HearDispute): Promise<DisputeOutcome> {
    return this.#grouped(() => this.#said(this.#calls.hearDispute(request, this.#object.nowMs())));
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

  /** As `reserve` of one; where it says "sold out", the auditor has seen how much there was meanwhile. */
  async collect(request: ReserveRequest): Promise<CollectOutcome> {
    const seen = this.#object.witness.collecting(this.#object, request);
    const outcome = await this.shard.collect(request);
    seen(outcome);
    return outcome;
  }

  registerKeys(registration: KeyRegistration): Promise<RegisterOutcome> {
    return this.#grouped(() => this.#store.registerKeys(registration));
  }

  async settle(transferNumber: number): Promise<void> {
    this.#store.settle(transferNumber);
  }

  /** May ring late, early, or twice. */
  async alarm(): Promise<void> {
    this.#armedAtMs = null;
    this.#store.tick(this.#object.nowMs());
    this.#committed();
    await this.shard.lookAfter();
  }

  /** Nothing is to come by the clock but a look for what is owed, which never ends. */
  isIdle(): boolean {
    const store = this.#store;
    const due = [store.tickDueAtMs(), store.messagesDueAtMs(), store.transfersDueAtMs()];
    return earliest(due) === null;
  }

  /** An answer leaves, and says this of an order. */
  #said<Answer extends object>(answer: Answer): Answer {
    const { order } = answer as { order?: OrderSnapshot | null };
    if (order) this.#object.witness.said(this.#object, order);
    return answer;
  }

  /** A list at once, as the object does; one by one where a fault stands between. */
  #reserve(requests: readonly ReserveRequest[]): ReserveOutcome[] {
    const nowMs = this.#object.nowMs();
    const outcomes =
      this.#object.fault.calls === undefined
        ? this.#store.reserve(requests, nowMs)
        : requests.map((request) => this.#calls.reserve(request, nowMs));
    for (const [place, request] of requests.entries()) {
      const outcome = outcomes[place];
      if (outcome === undefined) throw new Error("reserve answered too few");
      this.#object.witness.reserve(this.#object, request, outcome);
      this.#said(outcome);
    }
    return outcomes;
  }

  /** The gateway has its answer, and the other shards are asked. */
  #collectOwed(): void {
    this.shard.collectOwed().catch((error: unknown) => {
      if (this.sql.alive) this.#object.witness.threw(this.#object, error);
    });
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
        this.shard.dueAtMs(),
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
