import type { OrderSnapshot } from "../../durable-objects/product-stock/contract.ts";
import type { PaymentAccounts, PaymentAction } from "./ports.ts";

/**
 * What the buyer of a pending order does to pay; null for an order that waits for no money. The
 * gateway's addresses of ours carry the order's id and no secret.
 */
export async function paymentAction(
  accounts: PaymentAccounts,
  order: OrderSnapshot,
  origin: string,
): Promise<PaymentAction | null> {
  if (order.state !== "pending" || order.paymentAccountId === null) return null;
  const account = await accounts.account(order.paymentAccountId);
  if (account === null) return null;
  return account.gateway.open({
    orderId: order.id,
    title: order.productTitle,
    money: { amountMinor: order.amountMinor, currency: order.currency },
    expiresAtMs: order.expiresAtMs,
    notifyUrl: `${origin}/payments/${account.id}/notify`,
    returnUrl: `${origin}/orders/${order.id}`,
  });
}
