import type {
  ArchivedOrder,
  OrderVersion,
} from "../../durable-objects/product-stock/archive-contract.ts";
import type {
  OrderSnapshot,
  ProductStockRpc,
  SealedKey,
} from "../../durable-objects/product-stock/contract.ts";
import type { Delivery, DeliveryPurpose } from "../domain/mail/delivery.ts";
import type {
  CodeMailId,
  DeliveryId,
  DropId,
  MerchantId,
  OrderId,
  ProductId,
} from "../domain/ids.ts";
import type { LimitQuestion, Standing } from "../domain/limits/limit-rules.ts";
import type { Locale } from "../domain/locale.ts";
import type { TicketSigner } from "../domain/drop/ticket.ts";
import type { Listing, Product } from "../domain/product/product.ts";
import type { Result } from "../domain/result.ts";
import type { Off } from "../domain/switches.ts";
import type { NoticeEntry } from "../domain/payments/notice-row.ts";

export type {
  NoticeAnswer,
  NoticeReading,
  PaymentAction,
  RawNotice,
} from "./payments/payment-ports.ts";

/**
 * What flows need of the world. Each port is as small as its users; platform/deps.ts fills them
 * with bindings, tests with memory.
 */
export interface Clock {
  nowMs(): number;
}

export interface Entropy {
  bytes(length: number): Uint8Array;
}

/** What an open breaker says at once, in place of a call that would probably fail. */
export interface BreakerOpen {
  readonly reason: "open";
  readonly dependency: string;
  readonly retryAfterMs: number;
}

/**
 * What counts as a failure of the dependency is the caller's word: a value that says so (none, unless
 * told), a thrown error that does (each, unless told). A card that was declined is no failure of the
 * gateway; a connection that was refused is.
 */
export interface FailureVerdict<Value> {
  readonly isFailure?: (value: Value) => boolean;
  readonly isFault?: (error: unknown) => boolean;
  /**
   * A call that has not come back after so long has failed, whatever becomes of it. For work that has
   * no time-out of its own: it costs a timer.
   */
  readonly slowMs?: number;
}

/** Calls to one dependency, through its breaker (domain/overload/breaker.ts). */
export interface GuardedCall {
  /** The value of the work, or that it was not begun. What the work throws is thrown. */
  run<Value>(
    work: () => Promise<Value>,
    verdict?: FailureVerdict<Value>,
  ): Promise<Result<Value, BreakerOpen>>;
  /** How long it will refuse; 0 where a call would be let through, perhaps as a probe. */
  closedForMs(): number;
}

/** What is switched off, for a shop; for null, for all of them. Never throws. */
export interface Switches {
  of(merchantId: MerchantId | null): Promise<Off>;
}

export interface Breakers {
  of(dependency: `gateway:${string}` | `mail:${string}` | "captcha" | "database"): GuardedCall;
}

/**
 * Stock objects by number. A call that fails for lack of the object throws Unavailable, and
 * is retried before that only where the platform says it may be.
 */
export interface StockObjects {
  of(stockNumber: number): ProductStockRpc;
  /** Whether a reservation would be refused now, because too many buyers wait for that object. */
  isFull?(stockNumber: number): boolean;
}

export interface Catalog {
  /** May be some seconds old: for pages and first quotes. */
  listing(merchantId: MerchantId, idOrSlug: string): Promise<Listing | null>;
  listings(merchantId: MerchantId): Promise<readonly Listing[]>;
  /** As D1 has it now: when an object says that the terms have changed. */
  freshListing(merchantId: MerchantId, productId: ProductId): Promise<Listing | null>;
  /** By the number in an order's or key's id, of whichever shard; archived products too. */
  productByNumber(number: number): Promise<Product | null>;
}

/** How often somebody may ask. Infrastructure that is down lets through; none of these throw for it. */
export interface Limits {
  /**
   * Counts one of each, in order, up to the first that is refused. What the isolate cannot answer from
   * memory it asks the world.
   */
  take(questions: readonly LimitQuestion[]): Promise<readonly Standing[]>;
  /** Counts one in this isolate's memory, and asks nobody. */
  takeHere(question: LimitQuestion): Standing;
  /** The refusal that this isolate knows of; counts nothing. */
  refusal(question: LimitQuestion): Standing | null;
}

/** The shop's secrets at work. Everything that depends on one is here and nowhere else. */
export interface Vault extends TicketSigner {
  sealKeys(
    merchantId: MerchantId,
    productId: ProductId,
    secrets: readonly string[],
  ): Promise<Sealed[]>;
  /** Throws when the key was sealed for another product or was altered: that is never expected. */
  openKey(productId: ProductId, key: Sealed): Promise<string>;
  /** Digest that names an order: of the idempotency key, scoped to e-mail and product. */
  orderDigest(productId: ProductId, email: string, idempotencyKey: string): Promise<Uint8Array>;
  accessToken(id: OrderId): Promise<string>;
  /** Constant-time; false for any text that is not this order's token. */
  isAccessToken(id: OrderId, token: string): Promise<boolean>;
  /** A MAC that tells our own words from others', for as long as its key is listed. */
  signText(purpose: string, text: string): Promise<string>;
  /** Constant-time; false for any MAC that is not of this purpose and text. */
  isSigned(purpose: string, text: string, mac: string): Promise<boolean>;
  lookupHash(email: string, password: string): Promise<string>;
  /** Keyed: may be stored, says nothing of the text to whoever lacks the secret. */
  digestText(purpose: string, text: string): Promise<string>;
  sealText(purpose: string, text: string): Promise<string>;
  openText(purpose: string, sealed: string): Promise<string>;
}

export type Sealed = Pick<SealedKey, "sealed" | "fingerprint">;

/** Every notice that gateways sent, once, with what became of it. The same again is counted. */
export interface NoticeInbox {
  /** Resolves when it is kept: for what is recorded nowhere else. */
  keep(entry: NoticeEntry): Promise<void>;
  /**
   * Keeps it after the answer, at once with others: a copy of what an object holds, or no money. Never
   * throws; of forged ones it keeps a bounded sample.
   */
  keepLater(entry: NoticeEntry): void;
}

/** One mail, rendered. Its id is the same at every try: senders use it so that providers can tell. */
export interface Mail {
  readonly id: DeliveryId | CodeMailId;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/**
 * - `refused` with `permanent`: this address or this mail will never be taken; trying again is spam.
 * - `refused` otherwise: later, or by another sender.
 * `reason` is for the merchant's eyes: the provider's code, no address and no content.
 */
export type MailOutcome =
  | { kind: "sent"; messageId: string }
  | { kind: "refused"; permanent: boolean; reason: string };

export interface MailSender {
  readonly name: string;
  /** How long it will refuse without having tried, because it has been down; absent: not at all. */
  closedForMs?(): number;
  send(mail: Mail): Promise<MailOutcome>;
}

/** The order book as its one writer sees it. */
export interface OrderBookWriter {
  /**
   * Writes what is newer than the rows, and the deliveries that those orders owe, in one
   * transaction. Answers the deliveries that were not owed before.
   */
  publish(orders: readonly OrderSnapshot[], nowMs: number): Promise<readonly DeliveryId[]>;
}

/** Orders that left their objects (domain/order/archiving.ts), and the order book's list of who may. */
export interface Archive {
  /** Whose time has come, the longest first, as the book has them. */
  due(nowMs: number, limit: number): Promise<readonly OrderVersion[]>;
  /** Keeps what is newer than the records that are there. */
  keep(orders: readonly ArchivedOrder[], nowMs: number): Promise<void>;
  /** Those that are there, in no order. At most some hundreds. */
  read(ids: readonly OrderId[]): Promise<readonly ArchivedOrder[]>;
  /** When those may leave, or null for those that have. Another version is left alone. */
  reschedule(orders: readonly OrderVersion[], atMs: number | null): Promise<void>;
}

/** The record of what was mailed: its rows decide who may send, not the messages that ask to. */
export interface Deliveries {
  /**
   * Takes a delivery that is due, or whose holder has let `leaseMs` pass: to exactly one caller.
   * Null for anyone else, and where there is nothing to send.
   */
  claim(id: DeliveryId, nowMs: number, leaseMs: number): Promise<Delivery | null>;
  sent(
    id: DeliveryId,
    by: { readonly sender: string; readonly messageId: string },
    nowMs: number,
  ): Promise<void>;
  /** These three change nothing once another has claimed the delivery. */
  retry(claimed: Delivery, reason: string, dueAtMs: number): Promise<void>;
  failed(claimed: Delivery, reason: string): Promise<void>;
  superseded(claimed: Delivery, reason: string): Promise<void>;
  /** Without an attempt: it waits for something that is not its fault. */
  postpone(id: DeliveryId, reason: string, dueAtMs: number): Promise<void>;
  /**
   * One more mail of this purpose, asked for by a person. A mail that has not left yet is the one:
   * it becomes due now, and who asks twice (or loses the answer) is sent one.
   */
  addRound(
    of: {
      readonly merchantId: MerchantId;
      readonly orderId: OrderId;
      readonly purpose: DeliveryPurpose;
    },
    nowMs: number,
  ): Promise<DeliveryId>;
}

/** Someone waits for a code by mail. `sealed` holds the address: there is no row to point to. */
export interface CodeDue {
  readonly v: 1;
  readonly kind: "code_due";
  readonly dropId: DropId;
  readonly locale: Locale;
  readonly sealed: string;
  readonly askedAtMs: number;
}

/** Where ids of what changed go to be picked up by consumers. */
export interface Outlet<Message> {
  /**
   * Any number of them, in the queue's own batches. Throws when the queue does not take one: those
   * before it are on their way, so whoever sends all again sends some twice.
   */
  send(messages: readonly Message[]): Promise<void>;
}
