import type { ParkedMessage } from "../db/parked-messages.ts";
import type { Deps } from "../platform/deps.ts";

/** Long enough for what broke to be mended, short enough for nobody to ask where the mail is. */
const REST_MS = 10 * 60_000;
const RESEND_MAX = 100;

/**
 * Sends parked messages again, the oldest first. Sent before it is removed: a crash between the two
 * sends twice, which consumers bear. What fails again comes back through the dead-letter queue.
 */
export async function resendParked(
  deps: Pick<Deps, "parked" | "orderEvents" | "deliveryEmails">,
  nowMs: number,
): Promise<number> {
  const outlets = { "order-events": deps.orderEvents, "delivery-emails": deps.deliveryEmails };
  let sent = 0;
  for (const [queue, outlet] of Object.entries(outlets)) {
    // Two queues, one after the other.
    /* oxlint-disable no-await-in-loop */
    const messages: ParkedMessage[] = await deps.parked.parkedBefore(
      queue,
      nowMs - REST_MS,
      RESEND_MAX,
    );
    if (messages.length === 0) continue;
    await outlet.send(messages.map((message) => message.body));
    await deps.parked.remove(messages.map((message) => message.id));
    /* oxlint-enable no-await-in-loop */
    sent += messages.length;
  }
  return sent;
}
