/** What the Worker asks so that it can refuse orders by itself. */
export interface SoldOutRpc {
  /**
   * What is left for whom, due holds lapsed, and which orders there may be. Whoever has it may refuse an
   * order for a moment without asking: what it wants is not there, and the object does not know it.
   */
  soldOut(): Promise<SoldOutReport>;
}

export interface SoldOutReport {
  /** Null where no terms have come: nothing is known then. */
  readonly termsVersion: number | null;
  /**
   * Free keys that an order for a variant could get ("" where there are no variants), counted up to
   * FREE_COUNTED_MAX.
   */
  readonly free: Readonly<Record<string, number>>;
  /** Keys are on their way to another shard, or more holds are due than lapse at once: ask. */
  readonly isMoving: boolean;
  /** Null where there is enough for everyone, and where there are too many orders to tell: ask. */
  readonly knownOrders: KnownOrdersText | null;
}

/** A Bloom filter (src/domain/memory/bloom-filter.ts) of the ids of all orders, those in the archive too. */
export interface KnownOrdersText {
  /** Base 64. */
  readonly bits: string;
  readonly hashes: number;
}

export const FREE_COUNTED_MAX = 20;
