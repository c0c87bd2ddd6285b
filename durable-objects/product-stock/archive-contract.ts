import type { OrderId } from "../../src/domain/ids.ts";
import type { OrderSnapshot } from "./contract.ts";

/**
 * How settled orders leave their object for the archive (D1), and come back. The object is the truth
 * of an order as long as it has it; the archive is once the object has pruned it, and keeps only a
 * tombstone: enough to refuse a second order under the same id, to count what a buyer has bought,
 * and to know its order again. Every call may be repeated, and may be the last one that was heard.
 */
export interface ArchiveRpc {
  /** Orders in full, for the archive. At most ARCHIVE_BATCH_MAX ids. */
  readForArchive(ids: OrderId[]): Promise<ArchiveReading>;

  /**
   * The archive holds these versions: what is exactly that leaves, each order in one transaction
   * with its payments and the text of its keys. Answers those that are gone, now or before.
   */
  prune(archived: OrderVersion[]): Promise<OrderVersion[]>;

  /** Takes an order back, exactly as it left. No version grows and no copy is behind. */
  restore(archived: ArchivedOrder): Promise<RestoreOutcome>;
}

export const ARCHIVE_BATCH_MAX = 100;
/** An order of more characters stays in its object: D1 takes values of 2 MB, in UTF-8. */
export const ARCHIVED_CHARACTERS_MAX = 500_000;

export interface OrderVersion {
  readonly id: OrderId;
  readonly version: number;
}

/** All that an object knows of an order. The keys are sealed, as they are in the object. */
export interface ArchivedOrder {
  readonly order: OrderSnapshot;
  readonly bodyHash: string;
  readonly fulfilRequest: string | null;
}

/**
 * Who is in neither list must stay for now: it is not settled, the order book has not said that it
 * holds it, it is too large, or the answer is full.
 */
export interface ArchiveReading {
  readonly orders: readonly ArchivedOrder[];
  /** Left before, at that version. */
  readonly gone: readonly OrderVersion[];
}

export type RestoreOutcome =
  | { kind: "restored" }
  /** It is there: somebody else brought it back, and it may have changed since. */
  | { kind: "present" }
  /** The object has no tombstone of it, or one of another version or body: the record is not it. */
  | { kind: "refused" };
