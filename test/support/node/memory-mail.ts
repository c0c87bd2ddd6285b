import type { OrderSnapshot } from "../../../durable-objects/product-stock/contract.ts";
import { mailsOwed, type Delivery } from "../../../src/domain/mail/delivery.ts";
import { deliveryId, type DeliveryId, type OrderId } from "../../../src/domain/ids.ts";
import type { MailDue } from "../../../src/flows/mail/mail-due.ts";
import type {
  Deliveries,
  Mail,
  MailOutcome,
  MailSender,
  OrderBookWriter,
  Outlet,
  StockObjects,
} from "../../../src/flows/ports.ts";
import { Shop } from "../../store/shop.ts";

/** Thrown where a crash was planted: nothing catches it by name. */
export class Crash extends Error {}

/**
 * Counts the steps of a flow and breaks one: steps are numbered in pairs, `2n` breaks before the
 * n-th has had its effect and `2n + 1` after it, when nobody hears that it had.
 */
export class Steps {
  breakAt = Number.POSITIVE_INFINITY;
  taken = 0;

  async take<T>(effect: () => T | Promise<T>): Promise<T> {
    if (this.taken++ === this.breakAt) throw new Crash("before");
    const result = await effect();
    if (this.taken++ === this.breakAt) throw new Crash("after");
    return result;
  }

  /** From now on no step breaks. */
  mend(): void {
    this.breakAt = Number.POSITIVE_INFINITY;
  }
}

interface Row extends Delivery {
  readonly dueAtMs: number;
  readonly lastError: string | null;
  readonly sender: string | null;
}

/** The order book and the deliveries in memory, under the same laws as in D1. */
class MemoryBook {
  readonly orders = new Map<OrderId, OrderSnapshot>();
  readonly rows = new Map<DeliveryId, Row>();

  publish(snapshots: readonly OrderSnapshot[], nowMs: number): DeliveryId[] {
    const added: DeliveryId[] = [];
    for (const order of snapshots) {
      const known = this.orders.get(order.id);
      if (known === undefined || known.version < order.version) this.orders.set(order.id, order);
      for (const { purpose, round } of mailsOwed(order)) {
        const id = this.#add(order, purpose, round, nowMs);
        if (id !== null) added.push(id);
      }
    }
    return added;
  }

  claim(id: DeliveryId, nowMs: number, leaseMs: number): Row | null {
    const row = this.rows.get(id);
    if (row === undefined || !isDue(row, nowMs)) return null;
    return this.#change(row, {
      state: "sending",
      attempts: row.attempts + 1,
      dueAtMs: nowMs + leaseMs,
    });
  }

  end(claimed: Delivery, change: Partial<Row>): void {
    const row = this.rows.get(claimed.id);
    if (row?.state === "sending" && row.attempts === claimed.attempts) this.#change(row, change);
  }

  sent(id: DeliveryId, sender: string): void {
    const row = this.rows.get(id);
    if (row) this.#change(row, { state: "sent", sender, lastError: null });
  }

  postpone(id: DeliveryId, lastError: string, dueAtMs: number): void {
    const row = this.rows.get(id);
    if (row) this.#change(row, { lastError, dueAtMs });
  }

  addRound(of: Pick<Delivery, "merchantId" | "orderId" | "purpose">, nowMs: number): DeliveryId {
    const last = [...this.rows.values()].findLast(
      (row) => row.orderId === of.orderId && row.purpose === of.purpose,
    );
    if (last && isOpen(last)) {
      if (last.state !== "sending") this.#change(last, { dueAtMs: nowMs });
      return last.id;
    }
    const round = (last?.round ?? -1) + 1;
    this.#add({ id: of.orderId, merchantId: of.merchantId }, of.purpose, round, nowMs);
    return deliveryId(of.orderId, of.purpose, round);
  }

  due(nowMs: number): DeliveryId[] {
    return [...this.rows.values()].filter((row) => isDue(row, nowMs)).map((row) => row.id);
  }

  #add(
    order: Pick<OrderSnapshot, "id" | "merchantId">,
    purpose: Delivery["purpose"],
    round: number,
    dueAtMs: number,
  ): DeliveryId | null {
    const id = deliveryId(order.id, purpose, round);
    if (this.rows.has(id)) return null;
    const { id: orderId, merchantId } = order;
    const blank = { state: "queued", attempts: 0, lastError: null, sender: null } as const;
    this.rows.set(id, { id, merchantId, orderId, purpose, round, dueAtMs, ...blank });
    return id;
  }

  #change(row: Row, change: Partial<Row>): Row {
    const changed = { ...row, ...change };
    this.rows.set(row.id, changed);
    return changed;
  }
}

function isOpen(row: Row): boolean {
  return ["queued", "retrying", "sending"].includes(row.state);
}

function isDue(row: Row, nowMs: number): boolean {
  return isOpen(row) && row.dueAtMs <= nowMs;
}

/** A provider that honours the mail's id, as Resend does: the same mail twice is one mail. */
class MemoryProvider {
  readonly mails = new Map<Mail["id"], Mail>();
  calls = 0;
  /** What it answers instead of taking the mail. */
  answer: MailOutcome | null = null;

  send(mail: Mail): MailOutcome {
    this.calls++;
    if (this.answer !== null) return this.answer;
    this.mails.set(mail.id, mail);
    return { kind: "sent", messageId: `m-${mail.id}` };
  }
}

/** A shop with its order book, its mail queue and its provider, every step of which can break. */
export function mailShop({ keys = 10, delivery = "auto" as "auto" | "manual" } = {}) {
  const shop = new Shop({ delivery }, keys);
  const steps = new Steps();
  const book = new MemoryBook();
  const provider = new MemoryProvider();
  const queue: MailDue[] = [];
  const step = steps.take.bind(steps);

  const stock = {
    of: () => ({
      readForOrderBook: (ids: OrderId[]) => step(() => shop.store.readForOrderBook(ids)),
      acknowledge: (published: { id: OrderId; version: number }[]) =>
        step(() => shop.store.acknowledge(published)),
      order: (id: OrderId) => step(() => shop.store.order(id)),
    }),
    // Only what these flows call: another call would fail loudly.
  } as unknown as StockObjects;
  const orderBook: OrderBookWriter = {
    publish: (orders, nowMs) => step(() => book.publish(orders, nowMs)),
  };
  const deliveries: Deliveries = {
    claim: (id, nowMs, leaseMs) => step(() => book.claim(id, nowMs, leaseMs)),
    sent: (id, { sender }) => step(() => book.sent(id, sender)),
    retry: (claimed, lastError, dueAtMs) =>
      step(() => book.end(claimed, { state: "retrying", lastError, dueAtMs })),
    failed: (claimed, lastError) => step(() => book.end(claimed, { state: "failed", lastError })),
    superseded: (claimed, lastError) =>
      step(() => book.end(claimed, { state: "superseded", lastError })),
    postpone: (id, reason, dueAtMs) => step(() => book.postpone(id, reason, dueAtMs)),
    addRound: (of, nowMs) => step(() => book.addRound(of, nowMs)),
  };
  const deliveryEmails: Outlet<MailDue> = {
    send: (messages) => step(() => void queue.push(...messages)),
  };
  const sender: MailSender = { name: "memory", send: (mail) => step(() => provider.send(mail)) };
  const deps = {
    stock,
    orderBook,
    trades: { reused: async () => [] },
    notices: { keep: () => Promise.reject(new Error("nothing was paid twice")) },
    deliveries,
    deliveryEmails,
    mailSenders: [sender] as MailSender[],
    vault: {
      openKey: (_product: unknown, key: { fingerprint: string }) =>
        step(() => `secret-${key.fingerprint}`),
      accessToken: (id: OrderId) => step(() => `token-${id}`),
    },
    settings: { publicOrigin: "https://shop.example.com" },
  };
  return { shop, steps, book, provider, queue, deps };
}
