import type { OrderSnapshot } from "../../durable-objects/product-stock/contract.ts";
import {
  MAIL_ATTEMPTS_MAX,
  mailDueAtMs,
  purposeOwed,
  type Delivery,
} from "../../src/domain/mail/delivery.ts";
import {
  deliveryId,
  type DeliveryId,
  type MerchantId,
  type OrderId,
} from "../../src/domain/ids.ts";
import type { NoticeInbox } from "../../src/flows/ports.ts";
import { ArchiveTable } from "./archive-table.ts";

export interface MailRow extends Delivery {
  readonly dueAtMs: number;
}

type Notice = Parameters<NoticeInbox["keep"]>[0];
export interface Parked {
  readonly queue: "order-events" | "delivery-emails";
  readonly id: OrderId | DeliveryId;
  readonly atMs: number;
}

/**
 * D1 in memory: order book, deliveries, inbox, parked messages, under the laws that src/db writes in
 * SQL. Each method is one statement or one batch: it happens whole or not at all.
 */
export class Book {
  readonly orders = new Map<OrderId, OrderSnapshot>();
  readonly mails = new Map<DeliveryId, MailRow>();
  readonly notices = new Map<string, Notice>();
  readonly parked = new Map<string, Parked>();
  readonly archive = new ArchiveTable();
  readonly #open = new Set<DeliveryId>();

  publish(snapshots: readonly OrderSnapshot[], nowMs: number): DeliveryId[] {
    for (const order of snapshots) {
      const known = this.orders.get(order.id);
      if (known !== undefined && !this.isNewer(order, known)) continue;
      this.orders.set(order.id, order);
      this.archive.published(order);
    }
    return snapshots.flatMap((order) => this.owe(order, nowMs) ?? []);
  }

  isNewer(order: OrderSnapshot, known: OrderSnapshot): boolean {
    return order.version > known.version;
  }

  /** An e-mail alone finds nothing. */
  lookup(
    merchantId: MerchantId,
    by: { orderId: OrderId; email: string } | { email: string; lookupHash: string },
    limit: number,
  ): { id: OrderId }[] {
    if (!("orderId" in by)) return [];
    const order = this.orders.get(by.orderId);
    const theirs = order?.merchantId === merchantId && order.email === by.email;
    return theirs ? [order].slice(0, limit) : [];
  }

  /** The id of the mail where it was not owed before. */
  owe(order: OrderSnapshot, nowMs: number): DeliveryId | null {
    const purpose = purposeOwed(order);
    if (purpose === null) return null;
    const id = deliveryId(order.id, purpose, 0);
    const known = this.mails.get(id);
    // Struck off while the order was another, and owed again.
    if (known !== undefined && known.state !== "superseded") return null;
    this.addMail(order, purpose, 0, nowMs);
    return id;
  }

  addMail(
    order: OrderSnapshot,
    purpose: Delivery["purpose"],
    round: number,
    nowMs: number,
  ): DeliveryId {
    const { id: orderId, merchantId } = order;
    const id = deliveryId(orderId, purpose, round);
    const dueAtMs = mailDueAtMs(purpose, nowMs);
    this.#write({ id, orderId, merchantId, purpose, round, state: "queued", attempts: 0, dueAtMs });
    return id;
  }

  claim(id: DeliveryId, nowMs: number, leaseMs: number): MailRow | null {
    const row = this.mails.get(id);
    if (row === undefined || !this.#isDue(row, nowMs)) return null;
    const attempts = row.attempts + 1;
    return this.#write({ ...row, state: "sending", attempts, dueAtMs: nowMs + leaseMs });
  }

  /** Changes nothing once another has claimed the mail. */
  end(claimed: Delivery, change: Partial<MailRow>): void {
    const row = this.mails.get(claimed.id);
    if (row?.state === "sending" && row.attempts === claimed.attempts)
      this.#write({ ...row, ...change });
  }

  sent(id: DeliveryId): void {
    const row = this.mails.get(id);
    if (row) this.#write({ ...row, state: "sent" });
  }

  postpone(id: DeliveryId, dueAtMs: number): void {
    const row = this.mails.get(id);
    if (row?.state === "queued" || row?.state === "retrying") this.#write({ ...row, dueAtMs });
  }

  deadLettered(id: DeliveryId, dueAtMs: number): void {
    const row = this.mails.get(id);
    if (row === undefined || !isOpen(row)) return;
    const state = row.attempts >= MAIL_ATTEMPTS_MAX ? "failed" : "retrying";
    this.#write({ ...row, state, dueAtMs });
  }

  due(nowMs: number, limit: number): DeliveryId[] {
    const due: DeliveryId[] = [];
    for (const id of this.#open) {
      const row = this.mails.get(id);
      if (row !== undefined && this.#isDue(row, nowMs) && due.push(id) === limit) break;
    }
    return due;
  }

  /** Mails that are neither out nor given up. */
  get openMails(): number {
    return this.#open.size;
  }

  /** The same notice is kept once. */
  keep(notice: Notice): void {
    const name = [notice.accountId, notice.tradeNo, notice.orderRef, notice.verdict].join(" ");
    if (!this.notices.has(name)) this.notices.set(name, notice);
  }

  park(message: Parked): void {
    const name = `${message.queue}:${message.id}`;
    if (!this.parked.has(name)) this.parked.set(name, message);
  }

  #isDue(row: MailRow, nowMs: number): boolean {
    return isOpen(row) && row.dueAtMs <= nowMs;
  }

  #write(row: MailRow): MailRow {
    this.mails.set(row.id, row);
    if (isOpen(row)) this.#open.add(row.id);
    else this.#open.delete(row.id);
    return row;
  }
}

function isOpen({ state }: MailRow): boolean {
  return state === "queued" || state === "retrying" || state === "sending";
}
