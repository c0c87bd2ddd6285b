import type { PaymentReport } from "../../durable-objects/product-stock/payment-contract.ts";
import type { PaymentVerdict } from "../../src/domain/payments/payment.ts";
import type { PaymentFacts } from "./row-facts.ts";
import type { Rows } from "./rows.ts";

/**
 * What a payment must become, by the rows as they stand before it: the promise in the auditor's own
 * words (src/domain/payments/payment.ts has the shop's). Where stock decides, either answer may follow; the
 * auditor looks at the keys afterwards. `remembered` are the payments under that number that it has
 * seen committed.
 */
export function verdictExpected(
  rows: Rows,
  {
    payment: { orderId, accountId, tradeNo, money, source },
    merchantId: merchant,
    late,
  }: PaymentReport,
  remembered: readonly PaymentFacts[],
): readonly PaymentVerdict[] {
  const order = rows.facts(orderId);
  if (order === undefined || order.merchant_id !== merchant) return ["unknown_order"];
  const fits = order.amount_minor === money.amountMinor && order.currency === money.currency;
  const earlier = [...rows.paymentsByTrade(accountId, tradeNo), ...remembered];
  const same = earlier.find((row) => row.order_id === orderId);
  const backMinor = rows
    .refundsOf(orderId)
    .filter((row) => row.account_id === accountId && row.trade_no === tradeNo)
    .filter(({ state }) => state !== "refused")
    .reduce((sum, row) => sum + row.amount_minor, 0);
  const corrects = same?.verdict === "mismatch" && fits && backMinor === 0;
  if (same !== undefined && !corrects) return ["already"];
  const used = earlier.some(
    (row) => row.order_id !== orderId && !["mismatch", "trade_reused"].includes(row.verdict),
  );
  if (used) return ["trade_reused"];
  if (!fits) return ["mismatch"];
  // A person had vouched for this money: it takes the place of their word.
  const word = rows.paymentsOf(orderId).find((row) => row.trade_no === `manual:${orderId}`);
  if (word !== undefined && source !== "merchant") return [word.verdict];
  if (["paid", "delivered", "unfilled", "refunded"].includes(order.state)) return ["surplus"];
  if (order.state !== "pending" && late === "refund") return ["too_late"];
  // The gateway's desk was faster than the word of the payment.
  if (backMinor >= money.amountMinor) return ["went_back"];
  if (order.delivery === "manual") return ["paid"];
  const isDisputed = rows
    .disputesOf(orderId)
    .some((row) => row.account_id === accountId && row.trade_no === tradeNo && row.state !== "won");
  if (isDisputed) return ["unfilled"];
  if (order.review === "asked") return order.state === "pending" ? ["paid"] : ["paid", "unfilled"];
  return order.state === "pending" ? ["delivered"] : ["late_delivered", "unfilled"];
}
