import {
  vouchedTradeNo,
  type Payment,
  type PaymentVerdict,
} from "../../src/domain/payments/payment.ts";
import { paymentToRefund } from "../../src/domain/payments/refund.ts";
import type { HistoryEntry } from "./contract.ts";
import type { Ledger } from "./ledger.ts";
import { changeOrder } from "./orders.ts";
import type { OrderRow } from "./rows.ts";
import { recordedPayments } from "./snapshot.ts";
import { SQL } from "./statements.ts";

/**
 * A gateway tells of the order's sum after a person had vouched for it: that is the money, not a second one. It
 * takes the place of their word, with what this has bought and what has gone back of it, so that nobody gives the
 * buyer's only money back as a surplus, and a refund can go through the gateway. Null where nobody had vouched.
 */
export function confirm(
  ledger: Ledger,
  order: OrderRow,
  { accountId, tradeNo, source }: Payment,
  nowMs: number,
): { readonly verdict: PaymentVerdict; readonly order: OrderRow } | null {
  if (source === "merchant") return null;
  const word = recordedPayments(ledger, order).find(
    (payment) => payment.source === "merchant" && payment.tradeNo === vouchedTradeNo(order.id),
  );
  if (word === undefined) return null;
  ledger.sql.run(SQL.forgetPayment, order.id, word.accountId, word.tradeNo);
  ledger.sql.run(SQL.moveRefunds, order.id, word.accountId, word.tradeNo, accountId, tradeNo);
  const confirmed = changeOrder(ledger, order, "confirm", { by: "gateway", nowMs });
  return { verdict: word.verdict, order: confirmed };
}

/** What a person's word bought, where a gateway has confirmed it since: the word told again is no second payment. */
export function confirmedVerdict(
  ledger: Ledger,
  order: OrderRow,
  { tradeNo }: Payment,
): PaymentVerdict | null {
  if (tradeNo !== vouchedTradeNo(order.id)) return null;
  const history = JSON.parse(order.history) as HistoryEntry[];
  if (!history.some(({ event }) => event === "confirm")) return null;
  return paymentToRefund(recordedPayments(ledger, order), null)?.verdict ?? null;
}
