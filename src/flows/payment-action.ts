import type { OrderSnapshot } from "../../durable-objects/product-stock/contract.ts";
import type { Buyer, Opening, PaymentAccounts, PaymentAction } from "./payment-ports.ts";

/** A buyer who is about to pay. `origin`: where they came to us, for the gateway's way back. */
export interface Payer extends Buyer {
  readonly origin: string;
}

/**
 * What the buyer of a pending order does to pay; null for an order that waits for no money. The
 * gateway's addresses of ours carry the order's id and no secret. A gateway that cannot be reached
 * takes nothing from the order: the next look asks it again.
 */
export async function paymentAction(
  accounts: PaymentAccounts,
  order: OrderSnapshot,
  { origin, ...buyer }: Payer,
): Promise<PaymentAction | null> {
  if (order.state !== "pending" || order.paymentAccountId === null) return null;
  const account = await accounts.account(order.paymentAccountId);
  if (account === null) return null;
  const opening = await account.gateway.open({
    orderId: order.id,
    title: order.productTitle,
    money: { amountMinor: order.amountMinor, currency: order.currency },
    expiresAtMs: order.expiresAtMs,
    notifyUrl: `${origin}/payments/${account.id}/notify`,
    returnUrl: `${origin}/orders/${order.id}`,
    buyer,
  });
  return actionOf(opening);
}

function actionOf(opening: Opening): PaymentAction {
  switch (opening.kind) {
    case "opened":
      return opening.action;
    case "refused":
      return { action: "none", problem: "gateway_refused" };
    case "unavailable":
      return { action: "none", problem: "gateway_unavailable" };
    default:
      return opening satisfies never;
  }
}
