import type { OrderSnapshot } from "../../../durable-objects/product-stock/contract.ts";
import type { DeliveryId } from "../../domain/ids.ts";
import { mailDueMessage, type MailDue } from "./mail-due.ts";
import type { Deliveries, Outlet } from "../ports.ts";

interface ResendDeps {
  readonly deliveries: Pick<Deliveries, "addRound">;
  readonly deliveryEmails: Outlet<MailDue>;
}

/**
 * Mails the keys of a delivered order once more, as a round of its own. If the queue does not take
 * the hint, the round stands in the book and the schedule takes it up.
 */
export async function resendKeys(
  deps: ResendDeps,
  order: OrderSnapshot,
  nowMs: number,
): Promise<{ deliveryId: DeliveryId }> {
  if (order.state !== "delivered") throw new Error(`resendKeys: order is ${order.state}`);
  const { merchantId, id: orderId } = order;
  const id = await deps.deliveries.addRound({ merchantId, orderId, purpose: "keys" }, nowMs);
  await deps.deliveryEmails.send([mailDueMessage(id)]);
  return { deliveryId: id };
}
