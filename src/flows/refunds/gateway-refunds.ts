import type { OrderId } from "../../domain/ids.ts";
import type { Money } from "../../domain/money.ts";
import type { GatewayRefusal, GatewayUnavailable, Unsupported } from "../payments/payment-ports.ts";

/** How a gateway is asked to give money back, and which refunds it has. */

export interface RefundRequest {
  /** Ours, the same at every try: the gateway refunds it once. At most 32 letters, digits, "_", "-". */
  readonly refundId: string;
  readonly orderId: OrderId;
  readonly tradeNo: string;
  readonly reference: string | null;
  /** What was paid, all of it. */
  readonly paid: Money;
  /** What is to go back: from 1 to `paid`. */
  readonly money: Money;
  /** For the buyer's statement. */
  readonly reason: string;
  readonly notifyUrl: string;
}

export type RefundOutcome =
  | { readonly kind: "done"; readonly refundNo: string | null }
  /** Taken, and on its way: a notice or the same request later says how it ended. */
  | { readonly kind: "pending"; readonly refundNo: string | null }
  | GatewayRefusal
  | Unsupported
  | GatewayUnavailable;

/** Which refund a notice was about. */
export interface RefundQuestion {
  readonly tradeNo: string;
  readonly orderRef: string | null;
  /** As the notice has it: see `numberedByNotice`. */
  readonly refundNo: string | null;
}

/** A refund as the gateway has it, whoever made it. */
export interface GatewayRefund {
  readonly refundNo: string;
  /** Ours, where it was we who asked; null for one that was made at its desk. */
  readonly refundId: string | null;
  /** With this refund alone. */
  readonly money: Money;
}

export type GatewayRefunds =
  /** Those that are done. */
  { readonly kind: "refunds"; readonly refunds: readonly GatewayRefund[] } | GatewayUnavailable;
