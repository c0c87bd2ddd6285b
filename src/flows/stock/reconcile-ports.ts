import type {
  Finding,
  KeysCursor,
} from "../../../durable-objects/product-stock/reconcile-contract.ts";
import type { DeliveryId, MerchantId, OrderId, ProductId } from "../../domain/ids.ts";

/** What reconcile reads of D1, and where it writes what it found. */
export interface ReconcileBook {
  /** Null before the first run. */
  place(): Promise<ReconcilePlace | null>;
  savePlace(place: ReconcilePlace): Promise<void>;
  /** The first object of the next product by number, archived ones too. */
  productAfter(productNumber: number): Promise<WalkedStock | null>;
  /** What the order book has after `afterId` and up to `upToId`, by id. */
  entries(afterId: string, upToId: string, limit: number): Promise<readonly BookEntry[]>;
  /**
   * Puts the payments of the book's orders between those ids where they are found by number, if they are not
   * there: a version of before there was such a place did not. Answers whose were missing.
   */
  copyPayments(afterId: string, upToId: string): Promise<readonly OrderId[]>;
  /** Those of `ids` that stand in the book. */
  knownDeliveries(ids: readonly DeliveryId[]): Promise<ReadonlySet<DeliveryId>>;
  /** The same thing found again is one row, seen again. */
  record(stock: WalkedStock, findings: readonly Finding[], nowMs: number): Promise<void>;
  finish(stock: ReconciledStock): Promise<void>;
}

/** One stock object of a product. */
export interface WalkedStock {
  /** The object's, which stands in the ids of its orders and keys. */
  readonly number: number;
  /** How many objects the product has (domain/product/shards.ts). */
  readonly shards: number;
  readonly productId: ProductId;
  readonly merchantId: MerchantId;
}

export interface BookEntry {
  readonly id: OrderId;
  readonly version: number;
  readonly archivableAtMs: number | null;
  /** Of its record in the archive; null where there is none. */
  readonly archivedVersion: number | null;
}

/** Object by object in rounds; in an object first its orders by id, then its keys by row. */
export interface ReconcilePlace {
  readonly roundAtMs: number;
  /** The object that was walked through last, or is being walked through; null between two rounds. */
  readonly stock: WalkedStock | null;
  readonly walk: Walk | null;
}

export interface Walk {
  readonly startedAtMs: number;
  /** The order after which to go on; null once all were seen. */
  readonly afterId: string | null;
  readonly keys: KeysCursor | null;
  readonly orders: number;
  /** Findings so far that nothing repaired. */
  readonly open: number;
}

export interface ReconciledStock {
  readonly stockNumber: number;
  readonly startedAtMs: number;
  readonly checkedAtMs: number;
  readonly orders: number;
  readonly keys: number;
  readonly open: number;
  readonly outboxRows: number;
  readonly oldestOutboxAtMs: number | null;
}
