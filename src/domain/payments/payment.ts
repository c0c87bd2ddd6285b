import type { Money } from "../money.ts";
import type { AccountId, OrderId } from "../ids.ts";

/** Money as a gateway (or the merchant, by hand) reports it, after its signature was verified. */
export interface Payment {
  readonly accountId: AccountId;
  /** The gateway's own transaction number: unique per account. By hand: vouchedTradeNo. */
  readonly tradeNo: string;
  readonly orderId: OrderId;
  readonly money: Money;
  /** Who says so: recorded in the order's history. */
  readonly source: "notice" | "query" | "merchant";
  readonly reportedAtMs: number;
}

/**
 * What became of a payment. Every one of them is recorded; none throws.
 * - `delivered`: the order had its keys held; they are the buyer's now.
 * - `paid`: a manual product; a person delivers it.
 * - `late_delivered`: the hold had lapsed or the order was cancelled, keys were left.
 * - `unfilled`: the money is here and no keys are; the merchant's policy runs.
 * - `went_back`: all of it had gone back before it was told of; the order is refunded and delivers nothing.
 * - `already`: this very payment was recorded before; nothing changed.
 * - `too_late`: the hold had lapsed or the order was cancelled, and the shop gives such money back; the order
 *   stays as it was.
 * - `surplus`: a second, different payment for an order that has been paid; needs a refund.
 * - `mismatch`: the sum or currency is not the order's; the order stays as it was.
 * - `trade_reused`: this transaction number paid another order; the order stays as it was.
 * - `unknown_order`: no such order of this merchant; kept as unmatched.
 */
export const PAYMENT_VERDICTS = [
  "delivered",
  "paid",
  "late_delivered",
  "unfilled",
  "too_late",
  "went_back",
  "already",
  "surplus",
  "mismatch",
  "trade_reused",
  "unknown_order",
] as const;
export type PaymentVerdict = (typeof PAYMENT_VERDICTS)[number];

/** A person of the merchant's must look: money came that no order could take as it is. */
export function needsAttention(verdict: PaymentVerdict): boolean {
  return (
    verdict === "surplus" ||
    verdict === "mismatch" ||
    verdict === "trade_reused" ||
    verdict === "unknown_order" ||
    verdict === "unfilled" ||
    verdict === "too_late"
  );
}

/** Whether that record accounts for the money, so that its number cannot pay a second order. */
export function tookTheMoney(verdict: PaymentVerdict): boolean {
  return verdict !== "mismatch" && verdict !== "trade_reused";
}

/** What stands in place of a gateway's number where a person vouches for money that no gateway has told of. */
export function vouchedTradeNo(id: OrderId): string {
  return `manual:${id}`;
}
