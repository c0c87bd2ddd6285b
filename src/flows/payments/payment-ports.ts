import type { AccountId, MerchantId, OrderId } from "../../domain/ids.ts";
import type { Currency, Money } from "../../domain/money.ts";
import type { App } from "../../domain/payments/surface.ts";
import type { RefusedCheck } from "../../domain/payments/notice.ts";
import type { RawNotice } from "../../domain/payments/raw-notice.ts";
import type { Recognition } from "./recognition-ports.ts";
import type { DisputeReading, OrderOfPayment } from "../disputes/dispute-ports.ts";
import type { EvidenceSubmission, EvidenceTaken } from "../disputes/evidence-ports.ts";

import type {
  GatewayRefunds,
  RefundOutcome,
  RefundQuestion,
  RefundRequest,
} from "../refunds/gateway-refunds.ts";

export type { RawNotice };
export type { GatewayRefunds, RefundOutcome, RefundQuestion, RefundRequest };

/** What flows need of payment gateways. The rules of each gateway: docs/payments.md. */

/** What the buyer does next, in the words of the HTTP contract. */
export type PaymentAction =
  | { action: "redirect"; url: string; fromShop?: FromShop | undefined }
  | { action: "form"; url: string; fields: Record<string, string> }
  | { action: "qr"; qrText: string }
  /** A page inside WeChat hands these to `getBrandWCPayRequest`. */
  | { action: "jsapi"; fields: Record<string, string> }
  /** Nothing is to be opened: the buyer reads how to pay, or why it cannot be done now. */
  | { action: "none"; instructions?: string; problem?: "gateway_refused" | "gateway_unavailable" };

/** The gateway takes a buyer only from a page of the shop's, which the browser must name (Referer), and not for long. */
export interface FromShop {
  readonly untilMs: number;
}

/** What the buyer holds in their hands, as far as a gateway must know. */
export type Device = "desktop" | "phone";

/** What a gateway needs to ask a buyer for money. */
export interface PaymentRequest {
  readonly orderId: OrderId;
  readonly title: string;
  readonly money: Money;
  /** The hold's deadline, for gateways that close a payment in time; null where nothing is held. */
  readonly expiresAtMs: number | null;
  readonly notifyUrl: string;
  readonly returnUrl: string;
  readonly buyer: Buyer;
}

export interface Buyer {
  readonly device: Device;
  /** Their address, which some gateways ask for; null where we do not know it. */
  readonly ip: string | null;
  /** What WeChat's JSAPI calls them; null outside WeChat. */
  readonly openId: string | null;
}

/**
 * A gateway that did not answer as its document says it would: what was asked may or may not have
 * happened there. Asking again is safe, since every request names what it is about.
 */
export interface GatewayUnavailable {
  readonly kind: "unavailable";
  readonly reason:
    | "address"
    | "network"
    | "timeout"
    | "redirect"
    | "status"
    | "too_large"
    | "not_understood"
    | "signature"
    | "other_order"
    | "credentials"
    /** Nobody was asked: it has not answered others a moment ago. */
    | "breaker_open";
  /** How long the gateway asked to be left alone; null where it did not say. */
  readonly retryAfterSeconds: number | null;
}

/** The account's gateway has no such function. */
export interface Unsupported {
  readonly kind: "unsupported";
}

/** The gateway understood and said no; `reason` is its own word, for the merchant's eyes. */
export interface GatewayRefusal {
  readonly kind: "refused";
  readonly reason: string;
}

export interface Opened {
  readonly action: PaymentAction;
  /** What the gateway calls the payment it opened, where `query` needs to be told it. */
  readonly reference: string | null;
}

export type Opening = ({ readonly kind: "opened" } & Opened) | GatewayRefusal | GatewayUnavailable;

/** A payment that is asked about. */
export interface PaymentQuestion {
  readonly orderId: OrderId;
  /** The sum that was asked for. */
  readonly money: Money;
  /** From `open`. */
  readonly reference: string | null;
}

export type PaymentStatus =
  | {
      readonly kind: "paid";
      readonly tradeNo: string;
      readonly money: Money;
      readonly paidAtMs: number | null;
    }
  /** It was paid, and all of it has gone back, or a part where the gateway tells no more. */
  | { readonly kind: "refunded"; readonly tradeNo: string }
  | { readonly kind: "pending" }
  /** Nobody can pay it any more, and nobody has. */
  | { readonly kind: "closed" }
  /** The gateway has never heard of it: the buyer did not get as far, or it was never opened. */
  | { readonly kind: "unknown" }
  | Unsupported
  | GatewayUnavailable;

/**
 * What a notice says once its signature has been checked over the raw material.
 * `invalid` says which check failed; nothing else of it may be believed.
 */
export type NoticeReading =
  | { kind: "paid"; tradeNo: string; orderRef: string; money: Money }
  | { kind: "not_paid"; tradeNo: string; orderRef: string; status: string }
  /** The buyer has agreed and no money has moved: `settle` takes it. */
  | { kind: "approved"; tradeNo: string; orderRef: string }
  | {
      kind: "refunded";
      tradeNo: string;
      /** Null where the gateway names only its own number. */
      orderRef: string | null;
      refundNo: string | null;
      /** Our number for it, where the gateway repeats that beside its own. */
      refundId?: string;
      /** `refundNo` is the notice's own number, which names no refund (Stripe's). */
      numberedByNotice?: true;
      /** What went back with this refund. */
      money: Money | null;
      /** `money` is what has gone back of the payment by now, this one included (Alipay's). */
      sumOfAll?: true;
    }
  | DisputeReading
  /** Genuine, and about nothing that concerns an order. */
  | { kind: "ignored"; about: string }
  | {
      kind: "invalid";
      check: RefusedCheck;
      /**
       * Only where the signature was genuine all the same: what a person needs to find the money. Empty
       * where the notice could not be read as far.
       */
      about?: { tradeNo: string; orderRef: string };
    }
  /** Whether it is genuine could not be found out now: the gateway is to send it again. */
  | GatewayUnavailable;

/** What can be done with an account of a gateway, for merchants, pages and schedules. */
export interface GatewayCapabilities {
  /** What it can charge in; null where its own settings decide. */
  readonly currencies: readonly Currency[] | null;
  readonly devices: readonly Device[];
  /** Apps whose own browser its cashier does not work in; left out where there is none. */
  readonly shutOutBy?: readonly App[];
  /** The least sum that it charges, in minor units; left out where it takes any. */
  readonly leastMinor?: number;
  /** How often it may be asked by the schedule in a minute, by its own document; left out where none says. */
  readonly queriesPerMinute?: number;
  /** It signs what it answers to a query, and what is not signed rightly is not believed. */
  readonly signsAnswers?: true;
  /** We sign with the secret that it signs with: a request of ours reads as its own. */
  readonly oneSecret?: true;
  /** What `open` may answer. */
  readonly actions: readonly PaymentAction["action"][];
  /** False where `open` is arithmetic: it cannot fail and costs nothing. */
  readonly opensByCall: boolean;
  readonly query: boolean;
  readonly refund: "none" | "full" | "partial";
  /** Whether it tells of refunds that were made at its own desk. */
  readonly tellsRefunds: boolean;
  readonly tellsDisputes: boolean;
}

/** A day on the gateway's own calendar. */
export interface StatementDay {
  /** "2026-11-24". */
  readonly day: string;
  readonly fromMs: number;
  /** The first moment of the next day. */
  readonly toMs: number;
  /** Where to go on behind a part of it (`rest`); absent or null: at its beginning. */
  readonly from?: string | null | undefined;
}

export type StatementDownload =
  /**
   * The bytes of a file as a merchant would have fetched it by hand (domain/statements). Throws Unavailable
   * where it breaks off, or is another file than was announced.
   */
  | {
      readonly kind: "file";
      readonly pieces: AsyncIterable<Uint8Array>;
      /** Of what comes in parts: where the next one begins, once the pieces have ended; null behind the last. */
      readonly rest?: (() => string | null) | undefined;
    }
  | GatewayRefusal
  | GatewayUnavailable;

/** One gateway, for one account whose credentials it was made with. */
export interface PaymentGateway {
  readonly capabilities: GatewayCapabilities;
  /** The same request again opens the same payment and never a second one. */
  open(request: PaymentRequest): Promise<Opening>;
  /** Checks the signature first, then reads. Never throws on what a stranger sent. */
  read(notice: RawNotice): Promise<NoticeReading>;
  query(question: PaymentQuestion): Promise<PaymentStatus>;
  /** The same `refundId` again never sends money back twice. */
  refund(request: RefundRequest): Promise<RefundOutcome>;
  /**
   * The refunds of a payment, or the one that was named: where a notice alone does not tell which refund it is of, or
   * how much went back with it. Absent where notices tell both.
   */
  refundsOf?(question: RefundQuestion): Promise<GatewayRefunds>;
  /** Which order a payment is of, where notices of disputes do not tell it (Stripe's). Absent where they do. */
  orderOf?(tradeNo: string): Promise<OrderOfPayment>;
  /** Takes money that a buyer has agreed to (PayPal). Once, however often it is called. */
  settle?(approved: { tradeNo: string; orderRef: string }): Promise<PaymentStatus>;
  /**
   * Whose money it is at the gateway: accounts of one kind with the same payee are one account there. Absent where a
   * number is one payment in all of the gateway, whoever tells of it.
   */
  readonly payee?: string;
  /** What its statements call the account; absent where they do not say, or it is not known. */
  readonly accountNumber?: string | undefined;
  /** Absent where it opens payments for whoever comes. */
  readonly recognition?: Recognition;
  /** Answers a dispute with our evidence; absent where it takes none by a call. The same `submissionId` again is one. */
  sendEvidence?(submission: EvidenceSubmission): Promise<EvidenceTaken>;
  /** Its own books of a day; absent where they are only to be had by hand. */
  statement?(day: StatementDay): Promise<StatementDownload>;
  /** What the gateway wants to hear so that it stops, and so that it sends again. */
  readonly answers: { readonly accepted: NoticeAnswer; readonly rejected: NoticeAnswer };
}

export interface NoticeAnswer {
  readonly status: 200 | 400;
  readonly contentType: string;
  readonly body: string;
}

export interface PaymentAccount {
  readonly id: AccountId;
  readonly merchantId: MerchantId;
  readonly gateway: PaymentGateway;
  /** How often its gateway may be asked by the schedule, as the merchant says; absent: as the gateway's document says. */
  readonly queriesPerMinute?: number | null;
}

export interface PaymentAccounts {
  /** Null for an id that names none; an inactive account still reads its notices. */
  account(id: AccountId): Promise<PaymentAccount | null>;
}

/** An account that has not opened the payment in the time that a buyer has for it. */
export interface Slow {
  readonly kind: "slow";
  /** What it comes to in the end; asks it now, where it was put aside before it was asked. */
  readonly later: () => Promise<Opening>;
}

/** How long an account is waited for where another stands ready (src/platform/opening-pace.ts). */
export interface OpeningPace {
  within(accountId: AccountId, open: () => Promise<Opening>): Promise<Opening | Slow>;
}

/** A payment that a gateway opened for a buyer of an order. */
export interface OpeningKey {
  readonly orderId: OrderId;
  readonly accountId: AccountId;
  /** The app, where what was opened is for the one who is logged in there. */
  readonly device: Device | App;
}

/** What was opened by a call, so that it is made once. */
export interface PaymentOpenings {
  find(key: OpeningKey): Promise<Opened | null>;
  /** The first one stays. */
  keep(key: OpeningKey, opened: Opened, openedAtMs: number): Promise<void>;
}
