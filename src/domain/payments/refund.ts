import type { AccountId, RefundId } from "../ids.ts";
import type { Money } from "../money.ts";
import type { OrderState } from "../order/order.ts";
import type { PaymentVerdict } from "./payment.ts";

/**
 * - `asked`: recorded, and its sum is spoken for; the gateway is asked, under this refund's id, until it says.
 * - `done`: the money has gone back.
 * - `refused`: the gateway will not; nothing has gone back, and the sum may be refunded another way.
 */
export const REFUND_STATES = ["asked", "done", "refused"] as const;
export type RefundState = (typeof REFUND_STATES)[number];

/** `gateway`: we ask it. `hand`: a person has given the money back. `desk`: it was done at the gateway's own. */
export const REFUND_METHODS = ["gateway", "hand", "desk"] as const;
export type RefundMethod = (typeof REFUND_METHODS)[number];

/** What becomes of keys that were delivered: nobody's any more, or still the buyer's. */
export const KEY_FATES = ["void", "keep"] as const;
export type KeyFate = (typeof KEY_FATES)[number];

/** Money that goes back, all of a payment or a part. At home in the order's stock object. */
export interface Refund {
  /** Ours, the same at every try, and what the gateway is told. */
  readonly id: RefundId;
  /** The payment that it is of. */
  readonly accountId: AccountId;
  readonly tradeNo: string;
  readonly money: Money;
  readonly state: RefundState;
  readonly method: RefundMethod;
  readonly keys: KeyFate;
  /** In the merchant's words, or those of a policy; the buyer's statement may show it. */
  readonly reason: string;
  /** What the gateway calls it; null until it has said. */
  readonly refundNo: string | null;
  /** The gateway's own word where it refused. */
  readonly refusal: string | null;
  readonly askedAtMs: number;
  readonly settledAtMs: number | null;
  /** The state that the order had, where this refund gave all of its money back; else null. */
  readonly orderWas: OrderState | null;
}

/** A payment as far as refunds care. */
export interface RefundablePayment {
  readonly accountId: AccountId;
  readonly tradeNo: string;
  readonly money: Money;
  readonly verdict: PaymentVerdict;
}

/** The payment by which the order is paid: giving all of it back is giving the order up. */
export function paidTheOrder({ verdict }: Pick<RefundablePayment, "verdict">): boolean {
  return (
    verdict === "delivered" ||
    verdict === "paid" ||
    verdict === "late_delivered" ||
    verdict === "unfilled" ||
    verdict === "went_back"
  );
}

/** The payment that is named, or the one that paid the order; null where there is none. */
export function paymentToRefund<Payment extends RefundablePayment>(
  payments: readonly Payment[],
  wanted: { readonly accountId: AccountId; readonly tradeNo: string } | null,
): Payment | null {
  const found =
    wanted === null
      ? payments.find(paidTheOrder)
      : payments.find(
          ({ accountId, tradeNo }) => accountId === wanted.accountId && tradeNo === wanted.tradeNo,
        );
  return found ?? null;
}

/** Minor units of a payment that may still go back: what it brought, less what is spoken for or gone. */
export function refundableMinor(
  { accountId, tradeNo, money }: Omit<RefundablePayment, "verdict">,
  refunds: readonly Pick<Refund, "accountId" | "tradeNo" | "money" | "state">[],
): number {
  const left = refunds
    .filter((refund) => refund.accountId === accountId && refund.tradeNo === tradeNo)
    .filter(({ state }) => state !== "refused")
    .reduce((rest, refund) => rest - refund.money.amountMinor, money.amountMinor);
  return Math.max(0, left);
}

/** What of an order's money a buyer is told of: it has gone back, and we know that it had come. */
export function goneBack<Gone extends Pick<Refund, "state" | "accountId" | "tradeNo">>({
  payments,
  refunds = [],
}: {
  readonly payments: readonly Pick<RefundablePayment, "accountId" | "tradeNo">[];
  readonly refunds?: readonly Gone[];
}): readonly Gone[] {
  return refunds.filter(
    (refund) =>
      refund.state === "done" &&
      payments.some(
        ({ accountId, tradeNo }) => accountId === refund.accountId && tradeNo === refund.tradeNo,
      ),
  );
}

/** Tries of a gateway that has not answered: a minute after the first, later twice as long, at most 6 hours. */
const BASE_MS = 60_000;
const LONGEST_MS = 6 * 3_600_000;

/** How long after its n-th try (1 is the first) a refund is asked for again. */
export function refundPatienceMs(tries: number): number {
  return Math.min(LONGEST_MS, BASE_MS * 2 ** Math.max(0, tries - 1));
}
