import type { Outlet } from "../flows/ports.ts";
import type { Deps } from "../platform/deps.ts";

/** Long enough for what broke to be mended, short enough for nobody to ask where the mail is. */
const REST_MS = 10 * 60_000;
const RESEND_MAX = 100;

/** Sends parked messages of both queues again, the oldest first. */
export async function resendParked(
  { parked, orderEvents, deliveryEmails }: Pick<Deps, "parked" | "orderEvents" | "deliveryEmails">,
  nowMs: number,
): Promise<number> {
  const sent = await Promise.all([
    resend(parked, "order-events", orderEvents, nowMs - REST_MS),
    resend(parked, "delivery-emails", deliveryEmails, nowMs - REST_MS),
  ]);
  return sent.reduce((sum, messages) => sum + messages, 0);
}

/**
 * Sent before it is removed: a crash between the two sends twice, which consumers bear. What fails
 * again comes back through the dead-letter queue.
 */
async function resend(
  parked: Deps["parked"],
  queue: string,
  outlet: Outlet<unknown>,
  parkedBeforeMs: number,
): Promise<number> {
  const messages = await parked.parkedBefore(queue, parkedBeforeMs, RESEND_MAX);
  if (messages.length === 0) return 0;
  await outlet.send(messages.map((message) => message.body));
  await parked.remove(messages.map((message) => message.id));
  return messages.length;
}
