import type { ArchivedOrder } from "../../durable-objects/product-stock/archive-contract.ts";
import type {
  BooksPage,
  KeyRow,
  OrderSnapshot,
  StockLevel,
} from "../../durable-objects/product-stock/contract.ts";
import type { OrderId } from "../../src/domain/ids.ts";
import { transition, type OrderEvent, type OrderState } from "../../src/domain/order/order.ts";
import type { PaymentVerdict } from "../../src/domain/payments/payment.ts";

export type Book = BooksPage["orders"][number];

/** All that there is to judge, whoever was asked for it. */
export interface Read {
  readonly orders: readonly Book[];
  readonly keys: readonly KeyRow[];
  readonly stock: StockLevel;
  /** Free keys, as a dry run of an import of none says. */
  readonly available: number;
  /** The versions that the order book is owed. */
  readonly outbox: ReadonlyMap<string, number>;
}

/**
 * Keeps books of its own and judges the store's rows by them after each step. It is told what came
 * in from outside (keys, acknowledgements) and believes nothing else.
 */
export class Auditor {
  keysGiven = 0;
  readonly acknowledged = new Map<OrderId, number>();
  /** Records of the archive: they stand for the orders that the store has let go. */
  readonly archive = new Map<OrderId, ArchivedOrder>();
  readonly #seen = new Map<OrderId, OrderSnapshot>();

  judge({ orders: present, keys, stock, available, outbox }: Read, nowMs: number): void {
    const orders = [...present, ...this.#archived(present)];
    this.#conservation(stock, keys);
    const counted = keys.filter((key) => key.state === "free").length;
    same(available, counted, "what an import says is free is the free rows");
    this.#ownership(orders, keys);
    this.#history(orders);
    this.#outbox(orders, outbox);
    for (const order of orders) money(order);
    owed(orders, keys, nowMs);
  }

  /** R5: somebody was answered with this order, so it is part of its history for good. */
  told(order: OrderSnapshot): void {
    const before = this.#seen.get(order.id);
    if (before !== undefined && before.version === order.version) {
      return same(order, before, `${order.id}: one version, two orders`);
    }
    const [older, newer] =
      before !== undefined && before.version > order.version ? [order, before] : [before, order];
    const kept = newer.history.slice(0, older?.history.length ?? 0);
    same(kept, older?.history ?? [], `${order.id}: the history is only added to`);
    this.#seen.set(order.id, newer);
  }

  /** An order is in one place: what the store has is no longer the archive's. */
  #archived(present: readonly Book[]): Book[] {
    const here = new Set(present.map((order) => order.id));
    return Array.from(this.archive.values(), ({ order }) => ({ ...order, heldKeyRows: 0 })).filter(
      (order) => !here.has(order.id),
    );
  }

  /** R1: free + held + sold + void is what was given, counted twice. */
  #conservation(stock: StockLevel, keys: readonly KeyRow[]): void {
    const states = { free: 0, held: 0, sold: 0, void: 0 };
    for (const key of keys) states[key.state]++;
    const { free, held, sold, void: voided } = stock;
    same({ free, held, sold, void: voided }, states, "the stock is its rows");
    same(keys.length, this.keysGiven, "no key comes from nowhere or goes nowhere");
    same(new Set(keys.map((key) => key.fingerprint)).size, keys.length, "no key is there twice");
  }

  #ownership(orders: readonly Book[], keys: readonly KeyRow[]): void {
    const shown = new Set<string>();
    for (const order of orders) {
      const own = keys.filter((key) => key.orderId === order.id);
      const sold = own.filter((key) => key.state === "sold");
      const held = own.filter((key) => key.state === "held");
      const delivered = order.state === "delivered" ? order.quantity : 0;
      // Until a person has looked, what was paid is held as it was, without an end.
      const waits = order.state === "paid" && order.review === "asked";
      const holding = order.state === "pending" || waits;
      // What is set aside for an order that waits for the rest; never all of it.
      const setAside = order.state === "unfilled" ? held.length : 0;
      const holds = holding && order.delivery === "auto" ? order.quantity : setAside;
      truth(setAside === 0 || setAside < order.quantity, `${order.id} has all and is not filled`);
      same(order.setAside, setAside, `${order.id}: says what is set aside for it`);
      same(sold.length, delivered, `${order.id} ${order.state}: delivered is the whole quantity`);
      same(
        held.length,
        holds,
        `${order.id} ${order.state}: only a pending order, or one that waits, holds`,
      );
      same(order.heldKeyRows, holds, `${order.id}: the books say what is held`);
      same(order.keys.length, delivered, `${order.id}: shows what was delivered, no sooner`);
      for (const key of order.keys) {
        truth(!shown.has(key.fingerprint), `${key.id} goes to two orders`);
        shown.add(key.fingerprint);
      }
      for (const key of own) {
        const fits = key.variantId === null || key.variantId === order.variantId;
        truth(fits, `${order.id} has a key of another variant`);
      }
    }
    const known = new Set(orders.map((order) => order.id));
    for (const key of keys) {
      const taken = key.state === "held" || key.state === "sold";
      truth(taken === (key.orderId !== null), `${key.id} is ${key.state} of ${key.orderId}`);
      truth(key.orderId === null || known.has(key.orderId), `${key.id} is nobody's`);
    }
  }

  /** A version names one content, grows with each other, and every move is one of the table's. */
  #history(orders: readonly Book[]): void {
    for (const { heldKeyRows: _, ...order } of orders) {
      const before = this.#seen.get(order.id);
      this.#seen.set(order.id, order);
      let state: OrderState | null = null;
      for (const entry of order.history) {
        if (state !== null) {
          const next = transition(state, entry.event as OrderEvent);
          same(entry.state, next, `${order.id}: ${state} → ${entry.event}`);
        }
        state = entry.state;
      }
      same(state, order.state, `${order.id}: the history ends in the state`);
      if (before === undefined) continue;
      truth(order.version >= before.version, `${order.id}: the version went back`);
      if (order.version === before.version) same(order, before, `${order.id}: changed unversioned`);
      const kept = order.history.slice(0, before.history.length);
      same(kept, before.history, `${order.id}: the history is only added to`);
    }
    for (const id of this.#seen.keys()) {
      truth(
        orders.some((order) => order.id === id),
        `${id} has vanished`,
      );
    }
  }

  /** What the order book does not hold is in the outbox, with the version that it lacks. */
  #outbox(orders: readonly Book[], rows: Read["outbox"]): void {
    for (const order of orders) {
      const behind = (this.acknowledged.get(order.id) ?? 0) < order.version;
      same(rows.get(order.id), behind ? order.version : undefined, `${order.id}: the outbox`);
    }
  }
}

const TAKEN: ReadonlySet<PaymentVerdict> = new Set([
  "delivered",
  "paid",
  "late_delivered",
  "unfilled",
]);

/** An order has its keys, or is owed them, because exactly one payment of its sum was taken. */
function money(order: OrderSnapshot): void {
  const taken = order.payments.filter((payment) => TAKEN.has(payment.verdict));
  const bought = ["paid", "delivered", "unfilled"].includes(order.state);
  same(taken.length, bought ? 1 : 0, `${order.id} ${order.state}: payments taken`);
  for (const { money: sum, verdict } of order.payments) {
    const fits = sum.amountMinor === order.amountMinor && sum.currency === order.currency;
    if (verdict === "mismatch") truth(!fits, `${order.id}: its own sum is no mismatch`);
    if (TAKEN.has(verdict)) truth(fits, `${order.id}: another sum was taken`);
  }
}

/**
 * R2, R3: no key lies free that a paid order is waiting for, and none is set aside for an order of a variant that
 * another waits for longer.
 */
function owed(orders: readonly Book[], keys: readonly KeyRow[], nowMs: number): void {
  const free = keys.filter(
    (key) => key.state === "free" && (key.expiresAtMs === null || key.expiresAtMs > nowMs),
  );
  const waiting = orders.filter((order) => order.state === "unfilled" && !hasStopped(order));
  for (const order of orders) {
    if (hasStopped(order)) same(order.setAside, 0, `${order.id} waits no longer, and keeps keys`);
  }
  for (const order of waiting) {
    const fitting = free.filter(
      (key) => key.variantId === null || key.variantId === order.variantId,
    );
    same(fitting.length, 0, `${order.id} waits, and keys for it are free`);
    const overtaken = waiting.filter(
      (other) =>
        other.variantId === order.variantId && (other.paidAtMs ?? 0) > (order.paidAtMs ?? 0),
    );
    for (const other of overtaken) {
      same(other.setAside, 0, `${other.id} has keys that ${order.id} waits for longer`);
    }
  }
}

function hasStopped({ stoppedAtMs }: OrderSnapshot): boolean {
  return (stoppedAtMs ?? null) !== null;
}

function same(actual: unknown, expected: unknown, law: string): void {
  const [is, should] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (is !== should) throw new Error(`${law}: ${is}, not ${should}`);
}

function truth(holds: boolean, law: string): void {
  if (!holds) throw new Error(law);
}
