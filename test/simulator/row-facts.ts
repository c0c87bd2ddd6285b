import type { SqlRow } from "../../durable-objects/shared/sql.ts";
import type { AccountId, MerchantId, OrderId, RefundId } from "../../src/domain/ids.ts";
import type { OrderState } from "../../src/domain/order/order.ts";
import type { PaymentVerdict } from "../../src/domain/payments/payment.ts";
import type { DisputeState } from "../../src/domain/payments/dispute.ts";
import type { KeyFate, RefundMethod, RefundState } from "../../src/domain/payments/refund.ts";

/** An order as its rows have it. */
export interface Standing extends SqlRow {
  readonly id: OrderId;
  readonly state: OrderState;
  readonly version: number;
  readonly quantity: number;
  readonly delivery: "auto" | "manual";
  readonly amount_minor: number;
  readonly currency: string;
  readonly email: string;
  readonly expires_at_ms: number | null;
  /** JSON. */
  readonly history: string;
  readonly held: number;
  readonly sold: number;
  /** "asked": a person must look before it is delivered. */
  readonly review: string | null;
  /** The version that waits for the order book; null where none does. */
  readonly waiting: number | null;
}

export interface OrderFacts extends SqlRow {
  readonly merchant_id: MerchantId;
  readonly state: OrderState;
  readonly delivery: "auto" | "manual";
  readonly quantity: number;
  readonly amount_minor: number;
  readonly currency: string;
  readonly variant_id: string | null;
  readonly review: string | null;
  /** 1 while a dispute stands against the payment that paid it. */
  readonly held_back: number;
}

export interface KeyFacts extends SqlRow {
  readonly row: number;
  readonly state: "free" | "held" | "sold" | "void";
  readonly order_id: OrderId | null;
  readonly fingerprint: string;
  /** 1 where its text has left with its order. */
  readonly bare: number;
  /** 1 where it has gone to another shard. */
  readonly away: number;
}

export interface PaymentFacts extends SqlRow {
  readonly order_id: OrderId;
  readonly account_id: AccountId;
  readonly trade_no: string;
  readonly amount_minor: number;
  readonly currency: string;
  readonly verdict: PaymentVerdict;
}

/** Money that goes back, as its row has it. */
export interface RefundFacts extends SqlRow {
  readonly id: RefundId;
  readonly account_id: AccountId;
  readonly trade_no: string;
  readonly amount_minor: number;
  readonly currency: string;
  readonly state: RefundState;
  readonly method: RefundMethod;
  readonly keys: KeyFate;
  readonly reason: string;
  readonly refund_no: string | null;
  /** What the order was before this refund gave all of its money back; else null. */
  readonly order_was: OrderState | null;
}

/** A buyer's dispute with their bank, as its row has it. */
export interface DisputeFacts extends SqlRow {
  readonly account_id: AccountId;
  readonly trade_no: string;
  readonly dispute_no: string;
  readonly state: DisputeState;
  /** What becomes of keys that were delivered, where it is lost. */
  readonly keys: KeyFate | null;
  /** What the order was before it was lost; null where the loss has not moved it. */
  readonly order_was: OrderState | null;
}
