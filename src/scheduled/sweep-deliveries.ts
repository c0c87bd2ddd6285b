import { mailDueMessage } from "../flows/mail/mail-due.ts";
import type { Deps } from "../platform/deps.ts";

/** What has been due for less is probably in the queue already. */
const GRACE_MS = 30_000;
const SWEEP_MAX = 500;

/**
 * Asks again for mails that should be under way and are not: a crash came between the order book
 * and the queue, a lease lapsed, a sender was set up at last. A mail asked for twice is sent once.
 */
export async function sweepDeliveries(
  { deliveries, deliveryEmails }: Pick<Deps, "deliveries" | "deliveryEmails">,
  nowMs: number,
): Promise<number> {
  const due = await deliveries.due(nowMs - GRACE_MS, SWEEP_MAX);
  if (due.length > 0) await deliveryEmails.send(due.map(mailDueMessage));
  return due.length;
}
