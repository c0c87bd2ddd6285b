import type { DeliveryId } from "../../domain/ids.ts";

/** The hint that a delivery wants to be sent; queues/messages.ts reads it back. */
export interface MailDue {
  readonly v: 1;
  readonly kind: "mail_due";
  readonly deliveryId: DeliveryId;
}

export function mailDueMessage(deliveryId: DeliveryId): MailDue {
  return { v: 1, kind: "mail_due", deliveryId };
}
