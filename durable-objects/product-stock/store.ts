import type { MerchantId, OrderId } from "../../src/domain/ids.ts";
import type { Payment } from "../../src/domain/payments/payment.ts";
import type { Terms } from "../../src/domain/product/terms.ts";
import type { OrderChanged } from "../../src/queues/messages.ts";
import type { DeadlineMs } from "../shared/alarms.ts";
import { migrate } from "../shared/migrate.ts";
import type { Sql } from "../shared/sql.ts";
import { prune, readForArchive } from "./archive.ts";
import {
  ARCHIVE_BATCH_MAX,
  type ArchivedOrder,
  type ArchiveReading,
  type OrderVersion,
  type RestoreOutcome,
} from "./archive-contract.ts";
import { listBooks, listKeys, readOrders } from "./books.ts";
import { cancel } from "./cancel.ts";
import { configure } from "./configure.ts";
import { checkKeys, countFinding } from "./check-keys.ts";
import { announceAgain, checkOrders } from "./check-orders.ts";
import {
  READ_BATCH_MAX,
  type BooksPage,
  type BooksQuery,
  type CancelRequest,
  type ChangeOutcome,
  type FulfilRequest,
  type KeyPage,
  type KeyQuery,
  type OrderSnapshot,
  type ReserveOutcome,
  type ReserveRequest,
  type ReviewRequest,
  type StockLevel,
  type StopRequest,
} from "./contract.ts";
import { type PaymentOutcome, type PaymentRecord, type PaymentReport } from "./payment-contract.ts";
import type { KeyImport, KeyImportOutcome } from "./import-contract.ts";
import type {
  KeyRegistration,
  LendRequest,
  RegisterOutcome,
  Spare,
  SpareQuery,
  Transfer,
} from "./shard-contract.ts";
import type { HearDispute } from "./dispute-contract.ts";
import { hearDispute } from "./disputes.ts";
import * as door from "./door.ts";
import { fulfil } from "./fulfil.ts";
import { importKeys } from "./import-keys.ts";
import { Ledger } from "./ledger.ts";
import { findOrder } from "./orders.ts";
import { acknowledge, claimDueMessages, messagesDueAtMs, outboxHealth } from "./outbox.ts";
import { recordPayment, recordPayments } from "./payments.ts";
import {
  CHECK_ORDERS_MAX,
  type Health,
  type KeysChecked,
  type KeysCursor,
  type OrdersChecked,
} from "./reconcile-contract.ts";
import type { BeginRefund, RefundOutcome, SettleRefund } from "./refund-contract.ts";
import { beginRefund, settleRefund } from "./refunds.ts";
import { registerKeys } from "./register-keys.ts";
import { bindAccount, reroute } from "./reroute.ts";
import type { BindRequest, RerouteRequest } from "./reroute-contract.ts";
import { reserve } from "./reserve.ts";
import { owedSinceMs, owedWants } from "./restock.ts";
import { review } from "./review.ts";
import { restore } from "./restore.ts";
import { MIGRATIONS } from "./schema.ts";
import { soldOut } from "./sold-out.ts";
import { StockCount } from "./stock-count.ts";
import { stopWaiting } from "./stop-waiting.ts";
import { tick, tickDueAtMs } from "./tick.ts";
import { snapshot } from "./snapshot.ts";
import {
  claimTransfers,
  lend,
  receive,
  settle,
  spare,
  transfersDueAtMs,
  type OpenTransfer,
} from "./transfers.ts";

/**
 * The stock object without the object: every rule and row, over any SQLite, with the time as an
 * argument. Each mutating method is one transaction; called inside `transaction`, many are one.
 */
export class ProductStockStore {
  readonly #ledger: Ledger;
  readonly #count: StockCount;

  constructor(sql: Sql) {
    migrate(sql, MIGRATIONS);
    this.#ledger = new Ledger(sql);
    this.#count = new StockCount(this.#ledger);
  }

  configure(terms: Terms): { version: number } {
    return configure(this.#ledger, terms);
  }

  reserve(requests: readonly ReserveRequest[], nowMs: number): ReserveOutcome[] {
    door.checkReserve(requests);
    return this.transaction(() => reserve(this.#ledger, requests, nowMs));
  }

  recordPayment(payment: Payment, merchantId: MerchantId, nowMs: number): PaymentOutcome {
    door.checkPayment(payment);
    const report = { payment, merchantId };
    return this.transaction(() => recordPayment(this.#ledger, report, nowMs));
  }

  recordPayments(reports: readonly PaymentReport[], nowMs: number): PaymentRecord[] {
    door.checkPayments(reports);
    return this.transaction(() => recordPayments(this.#ledger, reports, nowMs));
  }

  cancel = (request: CancelRequest, nowMs: number) =>
    this.transaction(() => cancel(this.#ledger, request, nowMs));

  stopWaiting = (request: StopRequest, nowMs: number) =>
    this.transaction(() => stopWaiting(this.#ledger, request, nowMs));

  review = (request: ReviewRequest, nowMs: number) =>
    this.transaction(() => review(this.#ledger, request, nowMs));

  bindAccount = (request: BindRequest) =>
    this.transaction(() => bindAccount(this.#ledger, request));

  reroute = (request: RerouteRequest, nowMs: number) =>
    this.transaction(() => reroute(this.#ledger, request, nowMs));

  fulfil(request: FulfilRequest, nowMs: number): ChangeOutcome {
    door.checkFulfil(request);
    return this.transaction(() => fulfil(this.#ledger, request, nowMs));
  }

  beginRefund(request: BeginRefund, nowMs: number): RefundOutcome {
    door.checkRefund(request);
    return this.transaction(() => beginRefund(this.#ledger, request, nowMs));
  }

  settleRefund = (request: SettleRefund, nowMs: number) =>
    this.transaction(() => settleRefund(this.#ledger, request, nowMs));

  hearDispute = (request: HearDispute, nowMs: number) =>
    this.transaction(() => hearDispute(this.#ledger, request, nowMs));

  importKeys(batch: KeyImport, nowMs: number): KeyImportOutcome {
    door.checkImport(batch);
    return importKeys(this.#ledger, batch, nowMs);
  }

  get terms(): Terms | null {
    return this.#ledger.terms;
  }

  spare(query: SpareQuery, nowMs: number): Spare {
    door.checkWanted(query);
    return this.transaction(() => spare(this.#ledger, query, nowMs));
  }

  lend(request: LendRequest, nowMs: number): Transfer | null {
    door.checkWanted(request);
    return this.transaction(() => lend(this.#ledger, request, nowMs));
  }

  receive(transfer: Transfer, nowMs: number): void {
    door.checkTransfer(transfer);
    this.transaction(() => receive(this.#ledger, transfer, nowMs));
  }

  registerKeys(registration: KeyRegistration): RegisterOutcome {
    door.checkRegistration(registration);
    return this.transaction(() => registerKeys(this.#ledger, registration));
  }

  settle = (transferNumber: number): void => settle(this.#ledger, transferNumber);

  claimTransfers(due: { dueByMs: number; nowMs: number }): OpenTransfer[] {
    return claimTransfers(this.#ledger, due);
  }

  transfersDueAtMs = (): DeadlineMs => transfersDueAtMs(this.#ledger);

  owedWants = () => owedWants(this.#ledger);

  owedSinceMs = (): DeadlineMs => owedSinceMs(this.#ledger);

  /** What is due by the clock. Bounded; answers whether more is due at once. */
  tick(nowMs: number): boolean {
    return this.transaction(() => tick(this.#ledger, nowMs));
  }

  tickDueAtMs = (): DeadlineMs => tickDueAtMs(this.#ledger);

  /** When somebody must look after the outbox, should the drain of the turn that wrote it have died. */
  messagesDueAtMs(): DeadlineMs {
    return messagesDueAtMs(this.#ledger);
  }

  order(id: OrderId): OrderSnapshot | null {
    const order = findOrder(this.#ledger, id);
    return order === null ? null : snapshot(this.#ledger, order);
  }

  stock(): StockLevel {
    return this.#count.count();
  }

  glance(nowMs: number): StockLevel {
    return this.#count.glance(nowMs);
  }

  soldOut = (nowMs: number) => this.transaction(() => soldOut(this.#ledger, nowMs));

  /** `productNumber` names the keys where no terms have come yet. */
  keys(query: KeyQuery, productNumber: number | null = null): KeyPage {
    door.checkPage(query.limit);
    const number = this.#ledger.terms?.productNumber ?? productNumber;
    if (number === null) throw new TypeError("keys: the product has no number yet");
    return listKeys(this.#ledger, number, query);
  }

  readForOrderBook(ids: readonly OrderId[]): OrderSnapshot[] {
    door.checkList(ids.length, READ_BATCH_MAX);
    return readOrders(this.#ledger, ids);
  }

  acknowledge(published: readonly { id: OrderId; version: number }[]): void {
    door.checkList(published.length, READ_BATCH_MAX);
    acknowledge(this.#ledger, published);
  }

  readForArchive(ids: readonly OrderId[]): ArchiveReading {
    door.checkList(ids.length, ARCHIVE_BATCH_MAX);
    return readForArchive(this.#ledger, ids);
  }

  prune(archived: readonly OrderVersion[]): OrderVersion[] {
    door.checkList(archived.length, ARCHIVE_BATCH_MAX);
    return this.transaction(() => archived.filter((order) => prune(this.#ledger, order)));
  }

  restore(archived: ArchivedOrder): RestoreOutcome {
    return this.transaction(() => restore(this.#ledger, archived));
  }

  checkOrders(afterId: string, limit: number, nowMs: number): OrdersChecked {
    door.checkPage(limit);
    const bounded = Math.min(limit, CHECK_ORDERS_MAX);
    return this.transaction(() => checkOrders(this.#ledger, afterId, bounded, nowMs));
  }

  /** A remembered count that is wrong is forgotten: the next one is counted. */
  checkKeys(cursor: KeysCursor | null, stockNumber: number): KeysChecked {
    const checked = checkKeys(this.#ledger, stockNumber, cursor);
    if (checked.next !== null) return checked;
    const finding = countFinding(this.#ledger, this.#count.last, cursor, checked.counted);
    if (finding === null) return checked;
    this.#count.forget();
    this.#ledger.forgetFree();
    return { ...checked, findings: [...checked.findings, finding] };
  }

  announce(ids: readonly OrderId[], nowMs: number): OrderId[] {
    door.checkList(ids.length, READ_BATCH_MAX);
    return this.transaction(() => ids.filter((id) => announceAgain(this.#ledger, id, nowMs)));
  }

  claimDueMessages = (nowMs: number): OrderChanged[] => claimDueMessages(this.#ledger, nowMs);

  books(query: BooksQuery): BooksPage {
    door.checkPage(query.limit);
    return listBooks(this.#ledger, query);
  }

  health(): Health {
    const outbox = outboxHealth(this.#ledger);
    return {
      outboxRows: outbox.rows,
      oldestOutboxAtMs: outbox.oldestAtMs,
      termsVersion: this.#ledger.terms?.version ?? null,
    };
  }

  transaction<T>(work: () => T): T {
    return this.#ledger.transaction(work);
  }

  /** Orders that changed since the last call, for those who wait: ask after the commit. */
  takeChanged(): OrderId[] {
    return this.#ledger.takeChanged();
  }
}
