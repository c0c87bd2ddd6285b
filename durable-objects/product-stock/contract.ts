import type {
  AccountId,
  BatchId,
  DropId,
  KeyId,
  MerchantId,
  OrderId,
  ProductId,
} from "../../src/domain/ids.ts";
import type { Locale } from "../../src/domain/locale.ts";
import type { Currency, Money } from "../../src/domain/money.ts";
import type { OrderState, Review } from "../../src/domain/order/order.ts";
import type { Payment, PaymentVerdict } from "../../src/domain/payments/payment.ts";
import type { OrderDispute } from "../../src/domain/payments/dispute.ts";
import type { Refund } from "../../src/domain/payments/refund.ts";
import type { RiskDecision } from "../../src/domain/risk/risk.ts";
import type { Terms } from "../../src/domain/product/terms.ts";
import type { ArchiveRpc } from "./archive-contract.ts";
import type { DisputeRpc } from "./dispute-contract.ts";
import type { KeyImport, KeyImportOutcome } from "./import-contract.ts";
import type { PaymentRpc } from "./payment-contract.ts";
import type { ReserveOutcome, ReserveRequest } from "./reserve-contract.ts";
import type { RefundRpc } from "./refund-contract.ts";
import type { ReconcileRpc } from "./reconcile-contract.ts";
import type { RerouteRpc } from "./reroute-contract.ts";
import type { ShardedStockRpc } from "./shard-contract.ts";
import type { SoldOutRpc } from "./sold-out-contract.ts";

/**
 * What a product's stock object answers over RPC. One object per product, named by
 * `stockName(product.number)`; it is the home of stock, keys, holds, the state of orders and their
 * payments, each call one transaction. Every mutating call carries its own key (an order id, a
 * batch id, a trade number), so a caller whose answer was lost may call again with the same words.
 *
 * All arguments and answers are plain data: they cross isolates and are kept in tests as JSON.
 */
export interface ProductStockRpc
  extends
    ArchiveRpc,
    DisputeRpc,
    PaymentRpc,
    ReconcileRpc,
    RefundRpc,
    RerouteRpc,
    ShardedStockRpc,
    SoldOutRpc {
  /** Takes newer terms; older or equal ones change nothing. Answers the version it now has. */
  configure(terms: Terms): Promise<{ version: number }>;

  /** Many buyers, one commit; `outcomes[i]` answers `requests[i]`. At most RESERVE_BATCH_MAX. */
  reserve(requests: ReserveRequest[]): Promise<ReserveOutcome[]>;

  cancel(request: CancelRequest): Promise<ChangeOutcome>;

  /** The buyer of a paid order without keys waits no longer: none will fill it, its money is to go back. */
  stopWaiting(request: StopRequest): Promise<ChangeOutcome>;

  /** A person hands over what a manual or unfilled order is owed. The sealed keys are new. */
  fulfil(request: FulfilRequest): Promise<ChangeOutcome>;

  /** A person has looked at an order that waited for it. */
  review(request: ReviewRequest): Promise<ChangeOutcome>;

  /** Null where it never was, and where it is in the archive. */
  order(id: OrderId): Promise<OrderSnapshot | null>;

  /**
   * Answers when the order's version is past `knownVersion`, or after `waitMs` with the order as it
   * is. A waiting page costs one call per change or time-out, not a poll each second.
   */
  waitForChange(id: OrderId, knownVersion: number, waitMs: number): Promise<OrderSnapshot | null>;

  importKeys(batch: KeyImport): Promise<KeyImportOutcome>;

  /** Counted from the rows as they are. */
  stock(): Promise<StockLevel>;

  /** The same for pages: a moment old where there are very many keys to count. */
  glance(): Promise<StockLevel>;

  /** Keys in any state, sealed, by row: the merchant's list. */
  keys(query: KeyQuery): Promise<KeyPage>;

  /** The present truth of those orders, for the order book and for those who look together; unknown ids are left out. */
  readForOrderBook(ids: OrderId[]): Promise<OrderSnapshot[]>;

  /** The order book holds these versions; what is older than them need not be sent again. */
  acknowledge(published: { id: OrderId; version: number }[]): Promise<void>;

  /** Everything an auditor needs to judge the object by its rows. Bounded pages by order id. */
  books(query: BooksQuery): Promise<BooksPage>;
}

export const RESERVE_BATCH_MAX = 200;
/** Of readForOrderBook and acknowledge; also the most orders that one queue message names. */
export const READ_BATCH_MAX = 100;
export const WAIT_MS_MAX = 30_000;

export function stockName(stockNumber: number): string {
  return `product-${stockNumber}`;
}

/** The inverse of stockName; null for any other name. */
export function parseStockName(name: string): number | null {
  const match = /^product-([1-9]\d*)$/.exec(name);
  return match === null ? null : Number(match[1]);
}

export type { LimitScope, ReserveOutcome, ReserveRequest } from "./reserve-contract.ts";

/**
 * Said where the order has left for the archive and the call asks for more than its tombstone has:
 * `restore` it and call again. The rest of the answer is for a Worker that does not know the word:
 * it refuses, and grants nothing twice.
 */
export interface InArchive {
  readonly archived?: true;
}

export interface CancelRequest {
  readonly orderId: OrderId;
  readonly by: "buyer" | "merchant";
}

export interface StopRequest {
  readonly orderId: OrderId;
}

export interface ReviewRequest {
  readonly orderId: OrderId;
  readonly word: "approve" | "reject";
}

export interface FulfilRequest {
  readonly orderId: OrderId;
  /** Names this act: the same again changes nothing. */
  readonly requestId: string;
  readonly keys: readonly SealedKey[];
}

export type ChangeOutcome =
  | { kind: "changed"; order: OrderSnapshot }
  | { kind: "unchanged"; order: OrderSnapshot }
  /** `disputed`: only for that, and until the dispute is won. */
  | { kind: "refused"; state: OrderState; order: OrderSnapshot; disputed?: true }
  /** fulfil only: the number of keys is not the order's quantity. */
  | { kind: "wrong_quantity"; quantity: number }
  /** fulfil only: a key of that fingerprint exists already. */
  | { kind: "duplicate_key"; index: number }
  | ({ kind: "unknown" } & InArchive);

/** A key as everyone but the edge sees it: AES-256-GCM, opened only by platform/vault.ts. */
export interface SealedKey {
  /** "<sealing key id>.<base64url nonce+ciphertext+tag>". */
  readonly sealed: string;
  /** Keyed digest of the secret, base64url: equal keys of one merchant are equal here. */
  readonly fingerprint: string;
  readonly note: string | null;
  readonly variantId: string | null;
  readonly expiresAtMs: number | null;
  readonly costMinor: number | null;
}

export interface OrderedKey {
  readonly id: KeyId;
  readonly sealed: string;
  readonly fingerprint: string;
  readonly note: string | null;
}

export interface OrderSnapshot {
  readonly id: OrderId;
  /** Grows by one at each change; copies are ordered by it. */
  readonly version: number;
  readonly merchantId: MerchantId;
  readonly productId: ProductId;
  readonly productTitle: string;
  readonly delivery: "auto" | "manual";
  readonly variantId: string | null;
  readonly variantTitle: string | null;
  readonly quantity: number;
  readonly unitPriceMinor: number;
  readonly amountMinor: number;
  readonly discountMinor: number;
  readonly currency: Currency;
  readonly email: string;
  readonly locale: Locale;
  readonly fields: Readonly<Record<string, string>>;
  readonly lookupHash: string | null;
  readonly paymentAccountId: AccountId | null;
  readonly paymentMethod: string | null;
  readonly state: OrderState;
  readonly placedAtMs: number;
  /** The hold's deadline; null where nothing is held. */
  readonly expiresAtMs: number | null;
  readonly paidAtMs: number | null;
  readonly deliveredAtMs: number | null;
  /** Only once delivered; empty before. */
  readonly keys: readonly OrderedKey[];
  readonly history: readonly HistoryEntry[];
  readonly payments: readonly RecordedPayment[];
  /** Not said by older objects. */
  readonly refunds?: readonly Refund[];
  /** Not said by older objects. */
  readonly disputes?: readonly OrderDispute[];
  /** Not said by older objects, and where nobody need look: then a payment delivers. */
  readonly review?: Review | null;
  /** What spoke against it, for the merchant alone. */
  readonly risk?: RiskDecision | null;
  /** The buyer's fee, a part of `amountMinor`. Not said by older objects: none. */
  readonly feeMinor?: number;
  /** Nobody was sent to pay yet: `bindAccount` first. Not said by older objects: it stays where it is. */
  readonly reroutable?: boolean;
  /** Since when its buyer waits for no keys any more, and wants the money back. Not said by older objects. */
  readonly stoppedAtMs?: number | null;
  /** Keys that are set aside for an order which waits for the rest of its quantity. Not said by older objects. */
  readonly setAside?: number;
}

export interface HistoryEntry {
  readonly atMs: number;
  readonly event: string;
  readonly state: OrderState;
  readonly by: "buyer" | "merchant" | "gateway" | "clock";
  /** `reroute` only: the account that asks from then on. */
  readonly accountId?: AccountId;
}

export interface RecordedPayment {
  readonly accountId: AccountId;
  readonly tradeNo: string;
  readonly money: Money;
  readonly verdict: PaymentVerdict;
  readonly source: Payment["source"];
  readonly atMs: number;
}

export type KeyState = "free" | "held" | "sold" | "void";

/** Counted from rows. */
export interface StockLevel {
  readonly free: number;
  readonly held: number;
  readonly sold: number;
  readonly void: number;
  /** Free keys by variant id; "" is what belongs to no variant. */
  readonly freeByVariant: Readonly<Record<string, number>>;
  /** Grows with every change of stock. */
  readonly version: number;
  /** What the drop that is announced or on may still sell of it. Only to those who glance. */
  readonly drop?: DropLevel;
}

export interface DropLevel {
  readonly id: DropId;
  readonly left: number;
  /** Keys that its unpaid orders hold, or that wait for a look: they may come back. Counted where nothing is left. */
  readonly held?: number;
  /** The product is closed: nobody can order. Not said by older objects. */
  readonly halted?: boolean;
}

export interface KeyQuery {
  readonly state: KeyState | null;
  readonly afterRow: number;
  readonly limit: number;
}

export interface KeyPage {
  readonly keys: readonly KeyRow[];
  readonly nextRow: number | null;
}

export interface KeyRow {
  readonly id: KeyId;
  readonly state: KeyState;
  /** "" where it left with its order for the archive, as did its note. */
  readonly sealed: string;
  readonly fingerprint: string;
  readonly variantId: string | null;
  readonly note: string | null;
  readonly orderId: OrderId | null;
  readonly batchId: BatchId | null;
  readonly expiresAtMs: number | null;
}

export interface BooksQuery {
  readonly afterOrderId: string;
  readonly limit: number;
}

export interface BooksPage {
  readonly orders: readonly (OrderSnapshot & { readonly heldKeyRows: number })[];
  readonly nextOrderId: string | null;
}
