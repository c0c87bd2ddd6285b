import type { AccountId, MerchantId, OrderId, RefundId } from "../../src/domain/ids.ts";
import type { PaymentVerdict } from "../../src/domain/payments/payment.ts";
import type { KeyFate, Refund, RefundMethod } from "../../src/domain/payments/refund.ts";
import type { InArchive, OrderSnapshot } from "./contract.ts";

/**
 * How money goes back. A refund is begun in the object before anybody moves money, and settled when its
 * end is known: in between its sum is spoken for, so that no two can give the same money back. Each call
 * may be repeated.
 */
export interface RefundRpc {
  beginRefund(request: BeginRefund): Promise<RefundOutcome>;
  settleRefund(request: SettleRefund): Promise<RefundOutcome>;
}

export interface BeginRefund {
  readonly orderId: OrderId;
  readonly merchantId: MerchantId;
  /** Names this act: the same again changes nothing. */
  readonly refundId: RefundId;
  /** Null: the one by which the order is paid. */
  readonly payment: { readonly accountId: AccountId; readonly tradeNo: string } | null;
  /** Null: all that is left of it. */
  readonly amountMinor: number | null;
  /** Of keys that were delivered, where all of the order's money goes back. */
  readonly keys: KeyFate;
  /** By hand and at the gateway's desk it is done as it is begun. */
  readonly method: RefundMethod;
  readonly reason: string;
  /**
   * What the gateway calls it, or whoever gave it back by hand, where that is known from the beginning. Of a payment the
   * same again is the same refund, whatever names it here.
   */
  readonly refundNo: string | null;
  /**
   * Only while the payment has this verdict, and for `unfilled` the order is owed keys: one that was filled
   * meanwhile keeps them, and the answer is not_found.
   */
  readonly onlyWhile?: PaymentVerdict;
  /** Also of a payment that the buyer's bank is taking back, or has: said by whoever means to pay twice. */
  readonly despiteDispute?: boolean;
}

export interface SettleRefund {
  readonly orderId: OrderId;
  readonly refundId: RefundId;
  readonly end:
    | { readonly kind: "done"; readonly refundNo: string | null }
    | { readonly kind: "refused"; readonly reason: string };
}

export type RefundOutcome =
  /** `isNew`: by this call. */
  | { kind: "refund"; refund: Refund; order: OrderSnapshot; isNew: boolean }
  /** No such payment, or no such refund. */
  | { kind: "not_found" }
  /** More than is left of the payment; nothing is left where it has gone back already. */
  | { kind: "too_much"; leftMinor: number }
  /** The bank is taking the payment back, or has. Not of what was done at the desk: that is a fact. */
  | { kind: "disputed"; disputeNo: string; state: "opened" | "lost" }
  | ({ kind: "unknown" } & InArchive);
