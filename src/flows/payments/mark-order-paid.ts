import type { OrderSnapshot } from "../../../durable-objects/product-stock/contract.ts";
import type { AuditEntry, Author } from "../../domain/audit.ts";
import type { OrderState } from "../../domain/order/order.ts";
import { vouchedTradeNo, type PaymentVerdict } from "../../domain/payments/payment.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { StockObjects } from "../ports.ts";

interface Ports {
  readonly stock: StockObjects;
  readonly audit: { append(entry: AuditEntry): Promise<void> };
}

interface PaidByHand {
  readonly order: OrderSnapshot;
  readonly stockNumber: number;
  /** The merchant's own words, for the audit log. */
  readonly note: string | null;
}

/**
 * The merchant vouches for money that no gateway reported. It is a payment like any other (the
 * order's exact sum, under a trade number that names the order), so it counts once. A notice of the
 * same sum that comes after all is that money, told at last: it takes the payment's place.
 *
 * An order that is paid already is left alone: a payment by hand would read as money to give back.
 */
export async function markOrderPaid(
  ports: Ports,
  author: Author,
  { order, stockNumber, note }: PaidByHand,
): Promise<Result<OrderSnapshot, { state: OrderState }>> {
  const tradeNo = vouchedTradeNo(order.id);
  const isVouched = order.payments.some((payment) => payment.tradeNo === tradeNo);
  if (isVouched || order.history.some(({ event }) => event === "confirm")) return ok(order);
  const { id: orderId, paymentAccountId, amountMinor, currency, state } = order;
  if (paymentAccountId === null || !awaitsMoney(state)) return err({ state });

  // The entry comes first. A crash after it leaves a claim that the order's history disproves; the
  // other way round would leave a payment that nobody vouched for.
  const detail = { note };
  await ports.audit.append({ ...author, action: "order.mark_paid", subject: orderId, detail });
  const money = { amountMinor, currency };
  const outcome = await ports.stock.of(stockNumber).recordPayment(
    {
      accountId: paymentAccountId,
      tradeNo,
      orderId,
      money,
      source: "merchant",
      reportedAtMs: author.atMs,
    },
    author.merchantId,
  );
  return outcome.order !== null && isTaken(outcome.verdict)
    ? ok(outcome.order)
    : err({ state: outcome.order?.state ?? state });
}

/** Late money counts as well: the hold is gone, the order is not. */
function awaitsMoney(state: OrderState): boolean {
  return state === "pending" || state === "expired" || state === "cancelled";
}

/** Not taken: a gateway's notice was a moment faster, and the object says so. */
function isTaken(verdict: PaymentVerdict): boolean {
  return verdict !== "surplus" && verdict !== "trade_reused" && verdict !== "mismatch";
}
