import type { DeliveryPurpose } from "../../src/domain/mail/delivery.ts";
import type { OrderId } from "../../src/domain/ids.ts";
import type { OrderState } from "../../src/domain/order/order.ts";

/**
 * An object that looks through its own rows, in steps so small that no buyer waits for one. What it
 * finds is a bug or a damaged disk: no sequence of calls leads there. Where one side is the truth the
 * other is mended in the same step; everything else is reported and left as it is.
 */
export interface ReconcileRpc {
  /** The orders after `afterId` by id, with those in the archive, and the outbox between them. */
  checkOrders(afterId: string, limit: number): Promise<OrdersChecked>;

  /** The keys from where the last step ended, null to begin; the last step compares the counts. */
  checkKeys(cursor: KeysCursor | null): Promise<KeysChecked>;

  /** Whether the alarm will ring for what is due. Sets it where it would not. */
  checkAlarm(): Promise<Finding[]>;

  /** Tells the order book of these orders anew. Answers those of which it was not being told. */
  announce(ids: OrderId[]): Promise<OrderId[]>;

  health(): Promise<Health>;
}

/** Facts for readiness: rows waiting for the order book, and since when. */
export interface Health {
  readonly outboxRows: number;
  readonly oldestOutboxAtMs: number | null;
  readonly termsVersion: number | null;
}

/** Of checkOrders: some 10 ms of the object's single thread. */
export const CHECK_ORDERS_MAX = 500;

export const FINDING_KINDS = [
  /** An order holds or has another number of keys than its state and quantity say. */
  "order_keys",
  /** A held or sold key of an order that is not there. */
  "key_of_no_order",
  /** A key without its text, whose order is not in the archive. */
  "key_without_text",
  /** The count of the stock that the object remembers is not its rows'. */
  "stock_count",
  /** The outbox names an order that is not there, or a version that it does not have. */
  "outbox_row",
  /** Something is due and no alarm was set for it. */
  "alarm_missing",
  /** The order book lacks an order, or has an older version, and was not being told. */
  "book_behind",
  /** A payment that the order book shows with its order does not stand among payments by number. */
  "payment_uncopied",
  /** The order book has a newer version than the object. */
  "book_ahead",
  /** The order book has an order that its object does not know. */
  "order_unknown",
  /** The order book does not know when a settled order may leave for the archive. */
  "order_undated",
  /** A mail is owed and stands nowhere. */
  "delivery_missing",
  /** An order left its object and the archive has no record of it, or an older one. */
  "archive_lacks",
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

export interface Finding {
  readonly kind: FindingKind;
  /** What it is about: an order's or a key's id, or "". */
  readonly subject: string;
  /** Facts for a person: states, counts and versions; no address, no key. */
  readonly detail: Readonly<Record<string, string | number | null>>;
  /** One side was the truth and the other was mended. */
  readonly repaired: boolean;
}

export interface CheckedOrder {
  readonly id: OrderId;
  readonly version: number;
  /** Null where it is in the archive. */
  readonly state: OrderState | null;
  /** The order book is being told of it. */
  readonly waiting: boolean;
  /** The mail that it owes (domain/mail/delivery.ts). */
  readonly owes: DeliveryPurpose | null;
}

export interface OrdersChecked {
  /** Every order that the object ever granted, from after `afterId` up to `next`. */
  readonly orders: readonly CheckedOrder[];
  readonly findings: readonly Finding[];
  /** The id to go on after; null where these were the last. */
  readonly next: OrderId | null;
}

export interface KeysCursor {
  readonly afterRow: number;
  /** The stock's version when the first key was read: counts are compared only if it still stands. */
  readonly stockVersion: number;
  readonly counted: KeyCounts;
}

export interface KeyCounts {
  readonly free: number;
  readonly held: number;
  readonly sold: number;
  readonly void: number;
}

export interface KeysChecked {
  readonly counted: KeyCounts;
  readonly findings: readonly Finding[];
  readonly next: KeysCursor | null;
}
