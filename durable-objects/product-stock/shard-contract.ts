import type { BatchId, OrderId } from "../../src/domain/ids.ts";
import type { ReserveOutcome, ReserveRequest, SealedKey } from "./contract.ts";

/** What the Worker asks of an object because its product may have several. */
export interface ShardedStockRpc {
  /**
   * As `reserve` of one, for a product whose stock is shared out over shards: says "sold out" only
   * when all of them together had too few keys at one moment, and moves keys here where they have
   * enough. Safe to repeat, as `reserve` is.
   */
  collect(request: ReserveRequest): Promise<CollectOutcome>;

  /** Looks in the other shards for keys that orders here are owed. Bounded; returns when it is done. */
  collectOwed(): Promise<void>;

  /**
   * Makes keys known here that a person hands over to an order of another shard: an import would
   * bring them here. All or none; the same for the same order again changes nothing.
   */
  registerKeys(registration: KeyRegistration): Promise<RegisterOutcome>;
}

/**
 * What the shards of one product ask of each other. Keys move by `lend` (out of one, kept there
 * until it is known that they came), `receive` (into the other, once) and `settle`; whoever dies
 * between two of them leaves a transfer that the lender's alarm brings to its end.
 */
export interface ShardRpc {
  /** What is free here for a variant, and what tells whether that has changed. */
  spare(query: SpareQuery): Promise<Spare>;

  /** Takes keys out for another shard; null where it has none to give. Again lends others. */
  lend(request: LendRequest): Promise<Transfer | null>;

  /** Takes those keys in, and fills orders that are owed some. Again changes nothing. */
  receive(transfer: Transfer): Promise<void>;

  /** The keys have come: the transfer can be forgotten. Again changes nothing. */
  settle(transferNumber: number): Promise<void>;

  /** Brings what it lent and nobody settled to where it was to go. Does not throw where it cannot. */
  finishTransfers(): Promise<void>;
}

/** Keys that one shard asks another for at once: the most that one order may want. */
export const SPARE_MAX = 1_000;

export type CollectOutcome =
  | ReserveOutcome
  /** Keys were on the move, or a shard did not answer, each time that it looked: ask again. */
  | { kind: "busy" };

export interface SpareQuery {
  readonly variantId: string | null;
  /** Counts up to this many. */
  readonly quantity: number;
}

export interface Spare {
  /** Free keys that an order for the variant could get, at most as many as were asked for. */
  readonly free: number;
  /** Grows whenever keys become free: as long as it stands, there are not more than there were. */
  readonly arrivals: number;
  /** Numbers of its transfers that may have such keys and are not settled. */
  readonly moving: readonly number[];
}

export interface LendRequest {
  /** The number of the shard that asks. */
  readonly to: number;
  readonly variantId: string | null;
  /** What it needs now. It gets more where there are plenty, so that not each order needs a transfer. */
  readonly quantity: number;
}

/** Keys on their way from one shard to another; `from` and `number` name it. */
export interface Transfer {
  readonly from: number;
  readonly number: number;
  readonly keys: readonly TransferredKey[];
}

export type TransferredKey = SealedKey & { readonly batchId: BatchId | null };

export interface KeyRegistration {
  readonly orderId: OrderId;
  readonly keys: readonly SealedKey[];
}

export type RegisterOutcome =
  | { kind: "registered" }
  /** A key of that fingerprint exists already, and not because it was registered for this order. */
  | { kind: "duplicate_key"; index: number };
