import type { MerchantId, OrderId } from "../../src/domain/ids.ts";
import type { Payment, PaymentVerdict } from "../../src/domain/payments/payment.ts";
import type { InArchive, OrderSnapshot } from "./contract.ts";

/** How money reaches an order. The same payment again changes nothing, whichever of the two calls it. */
export interface PaymentRpc {
  /**
   * Genuine payments of many buyers, one commit; `records[i]` answers `reports[i]`. Never throws for
   * what a gateway may say. At most PAYMENT_BATCH_MAX.
   */
  recordPayments(reports: PaymentReport[]): Promise<PaymentRecord[]>;

  /** One of them, and the order as it stands then: for whoever shows it. */
  recordPayment(payment: Payment, merchantId: MerchantId): Promise<PaymentOutcome>;
}

export const PAYMENT_BATCH_MAX = 200;

export interface PaymentReport {
  readonly payment: Payment;
  /** Whose account it came to: an order of another merchant is unknown here. */
  readonly merchantId: MerchantId;
  /** What the shop does with money for an order that has been given up. Left out: it delivers. */
  readonly late?: "deliver" | "refund";
  /**
   * Which order the gateway's number has bought for, as the order book of all products has it: no other
   * is paid by it. Left out or null: none that it has heard of.
   */
  readonly takenBy?: OrderId | null;
}

export interface PaymentRecord extends InArchive {
  readonly verdict: PaymentVerdict;
  /** What the record of this payment says: where `verdict` is "already", what it was the first time. Null for unknown_order. */
  readonly firstVerdict: PaymentVerdict | null;
  /** Of a mismatch: what is not the order's. */
  readonly unfit?: "amount" | "currency";
}

export interface PaymentOutcome extends InArchive {
  readonly verdict: PaymentVerdict;
  /** Null for unknown_order only. */
  readonly order: OrderSnapshot | null;
}
