import { DurableObject } from "cloudflare:workers";
import type { MerchantId, OrderId } from "../../src/domain/ids.ts";
import type { Payment } from "../../src/domain/payments/payment.ts";
import type { Terms } from "../../src/domain/product/terms.ts";
import type { Bindings } from "../../src/platform/bindings.ts";
import { errorFields, log } from "../../src/platform/log.ts";
import type { OrdersChanged } from "../../src/queues/messages.ts";
import { AlarmClock } from "../shared/alarm-clock.ts";
import { earliest, type DeadlineMs } from "../shared/alarms.ts";
import { durableSql } from "../shared/durable-sql.ts";
import type { ArchivedOrder, OrderVersion } from "./archive-contract.ts";
import {
  parseStockName,
  stockName,
  WAIT_MS_MAX,
  type BooksQuery,
  type CancelRequest,
  type FulfilRequest,
  type KeyQuery,
  type ProductStockRpc,
  type ReserveOutcome,
  type ReserveRequest,
  type ReviewRequest,
  type StopRequest,
} from "./contract.ts";
import { type PaymentOutcome, type PaymentRecord, type PaymentReport } from "./payment-contract.ts";
import type { KeyImport, KeyImportOutcome } from "./import-contract.ts";
import { checkAlarm } from "./check-alarm.ts";
import type { HearDispute } from "./dispute-contract.ts";
import { GroupCommit } from "./group-commit.ts";
import { Publisher } from "./publisher.ts";
import type { Finding, Health, KeysCursor } from "./reconcile-contract.ts";
import type { BindRequest, RerouteRequest } from "./reroute-contract.ts";
import type { BeginRefund, SettleRefund } from "./refund-contract.ts";
import type {
  KeyRegistration,
  LendRequest,
  ShardRpc,
  SpareQuery,
  Transfer,
} from "./shard-contract.ts";
import { Shard } from "./shard.ts";
import { ONE_ROW } from "./statements.ts";
import { ProductStockStore } from "./store.ts";
import { Waiters } from "./waiters.ts";

/** An alarm that failed this often is at the platform's last retry: it must arm itself anew. */
const ALARM_RETRIES_MAX = 5;
const ALARM_AGAIN_MS = 60_000;

/**
 * The stock of one product, as an object: the clock, the alarm, RPC, and who waits. The rules are
 * store.ts's. Answers leave only when what they say is on disk (the output gate sees to that), and
 * every grant writes in its own turn, so an instance that was replaced can grant nothing.
 */
export class ProductStock extends DurableObject<Bindings> implements ProductStockRpc, ShardRpc {
  readonly #store: ProductStockStore;
  readonly #waiters = new Waiters();
  readonly #commits: GroupCommit;
  readonly #shard: Shard;
  readonly #publisher: Publisher;
  readonly #alarm: AlarmClock;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    this.#alarm = new AlarmClock(ctx);
    this.#store = new ProductStockStore(durableSql(ctx.storage, ONE_ROW));
    this.#commits = new GroupCommit({
      transaction: (work) => this.#store.transaction(work),
      schedule: (flush) => setTimeout(flush, 0),
      afterCommit: () => this.#committed(),
    });
    this.#publisher = new Publisher({
      store: this.#store,
      send: async (orders) => {
        const message: OrdersChanged = { v: 1, kind: "orders_changed", orders: [...orders] };
        await this.env.ORDER_EVENTS.send(message);
      },
      now: () => Date.now(),
      pause: (ms) => scheduler.wait(ms),
      behind: (work) => ctx.waitUntil(work),
      failed: (sent, error) => this.#warn("order_events_not_sent", { sent }, error),
    });
    this.#shard = new Shard({
      store: this.#store,
      commit: (work) => this.#commits.run(work),
      // The stub's types are those of the class, wrapped; both say the contract.
      shard: (number) => env.PRODUCT_STOCK.getByName(stockName(number)) as unknown as ShardRpc,
      now: () => Date.now(),
      pause: (ms) => scheduler.wait(ms),
      failed: (shard, error) => this.#warn("shard_unanswered", { shard }, error),
    });
  }

  async configure(terms: Terms): Promise<{ version: number }> {
    return this.#store.configure(terms);
  }

  async reserve(requests: ReserveRequest[]): Promise<ReserveOutcome[]> {
    return this.#commits.run(() => this.#store.reserve(requests, Date.now()));
  }

  async recordPayment(payment: Payment, merchantId: MerchantId): Promise<PaymentOutcome> {
    const outcome = await this.#commits.run(() =>
      this.#store.recordPayment(payment, merchantId, Date.now()),
    );
    this.ctx.waitUntil(this.#shard.collectAfter([outcome]));
    return outcome;
  }

  async recordPayments(reports: PaymentReport[]): Promise<PaymentRecord[]> {
    const records = await this.#commits.run(() => this.#store.recordPayments(reports, Date.now()));
    this.ctx.waitUntil(this.#shard.collectAfter(records));
    return records;
  }

  async cancel(request: CancelRequest) {
    return this.#commits.run(() => this.#store.cancel(request, Date.now()));
  }

  async bindAccount(request: BindRequest) {
    return this.#commits.run(() => this.#store.bindAccount(request));
  }

  async reroute(request: RerouteRequest) {
    return this.#commits.run(() => this.#store.reroute(request, Date.now()));
  }

  async fulfil(request: FulfilRequest) {
    return this.#commits.run(() => this.#store.fulfil(request, Date.now()));
  }

  async stopWaiting(request: StopRequest) {
    return this.#commits.run(() => this.#store.stopWaiting(request, Date.now()));
  }

  async review(request: ReviewRequest) {
    return this.#commits.run(() => this.#store.review(request, Date.now()));
  }

  async beginRefund(request: BeginRefund) {
    return this.#commits.run(() => this.#store.beginRefund(request, Date.now()));
  }

  async settleRefund(request: SettleRefund) {
    return this.#commits.run(() => this.#store.settleRefund(request, Date.now()));
  }

  async hearDispute(request: HearDispute) {
    return this.#commits.run(() => this.#store.hearDispute(request, Date.now()));
  }

  /** Alone and not with others: a dry run undoes its transaction, and theirs would go with it. */
  async importKeys(batch: KeyImport): Promise<KeyImportOutcome> {
    const outcome = this.#store.importKeys(batch, Date.now());
    this.#committed();
    return outcome;
  }

  async order(id: OrderId) {
    return this.#store.order(id);
  }

  async waitForChange(id: OrderId, knownVersion: number, waitMs: number) {
    const present = this.#store.order(id);
    if (present === null || present.version > knownVersion) return present;
    await this.#waiters.wait(id, Math.min(waitMs, WAIT_MS_MAX));
    return this.#store.order(id);
  }

  async stock() {
    return this.#store.stock();
  }

  async glance() {
    return this.#store.glance(Date.now());
  }

  async soldOut() {
    return this.#commits.run(() => this.#store.soldOut(Date.now()));
  }

  async keys(query: KeyQuery) {
    return this.#store.keys(query, parseStockName(this.ctx.id.name ?? ""));
  }

  async collect(request: ReserveRequest) {
    return this.#shard.collect(request);
  }

  async collectOwed(): Promise<void> {
    return this.#shard.collectOwed();
  }

  async registerKeys(registration: KeyRegistration) {
    return this.#commits.run(() => this.#store.registerKeys(registration));
  }

  async spare(query: SpareQuery) {
    return this.#shard.spare(query);
  }

  async lend(request: LendRequest): Promise<Transfer | null> {
    return this.#shard.lend(request);
  }

  async receive(transfer: Transfer): Promise<void> {
    return this.#shard.receive(transfer);
  }

  async settle(transferNumber: number): Promise<void> {
    this.#store.settle(transferNumber);
  }

  async finishTransfers(): Promise<void> {
    return this.#shard.finishTransfers();
  }

  async readForOrderBook(ids: OrderId[]): ReturnType<ProductStockRpc["readForOrderBook"]> {
    return this.#store.readForOrderBook(ids);
  }

  async acknowledge(published: { id: OrderId; version: number }[]): Promise<void> {
    this.#store.acknowledge(published);
  }

  async readForArchive(ids: OrderId[]) {
    return this.#store.readForArchive(ids);
  }

  async prune(archived: OrderVersion[]): Promise<OrderVersion[]> {
    return this.#commits.run(() => this.#store.prune(archived));
  }

  async restore(archived: ArchivedOrder) {
    return this.#commits.run(() => this.#store.restore(archived));
  }

  async checkOrders(afterId: string, limit: number) {
    return this.#commits.run(() => this.#store.checkOrders(afterId, limit, Date.now()));
  }

  async checkKeys(cursor: KeysCursor | null) {
    return this.#store.checkKeys(cursor, parseStockName(this.ctx.id.name ?? "") ?? 0);
  }

  async checkAlarm(): Promise<Finding[]> {
    const due = { dueAtMs: this.#dueAtMs(), nowMs: Date.now() };
    return checkAlarm(this.ctx.storage, this.#alarm, due);
  }

  async announce(ids: OrderId[]): Promise<OrderId[]> {
    return this.#commits.run(() => this.#store.announce(ids, Date.now()));
  }

  async books(query: BooksQuery) {
    return this.#store.books(query);
  }

  async health(): Promise<Health> {
    return this.#store.health();
  }

  /** May ring late, early, or twice: it does what is due and arms itself for what is not. */
  override async alarm(info?: AlarmInvocationInfo): Promise<void> {
    this.#alarm.forget();
    try {
      this.#store.tick(Date.now());
      this.#committed();
      await this.#shard.lookAfter();
    } catch (error) {
      log("error", "alarm_failed", { object: this.ctx.id.name, ...errorFields(error) });
      // The platform gives up after its last retry; the holds would then wait for the next sale.
      if ((info?.retryCount ?? 0) < ALARM_RETRIES_MAX) throw error;
      this.#alarm.arm(Date.now() + ALARM_AGAIN_MS);
    }
  }

  #warn(event: string, detail: Record<string, number>, error: unknown): void {
    log("warn", event, { object: this.ctx.id.name, ...detail, ...errorFields(error) });
  }

  /** After each commit, in its turn: the order book, the alarm, those who wait. */
  #committed(): void {
    const changed = this.#store.takeChanged();
    this.#publisher.publish();
    this.#alarm.arm(this.#dueAtMs());
    this.#waiters.wake(changed);
  }

  #dueAtMs(): DeadlineMs {
    const messagesDueAtMs = this.#store.messagesDueAtMs();
    return earliest([
      this.#store.tickDueAtMs(),
      this.#shard.dueAtMs(),
      messagesDueAtMs === null ? null : Math.max(messagesDueAtMs, this.#publisher.quietUntilMs),
    ]);
  }
}
