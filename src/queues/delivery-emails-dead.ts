import type { Deps } from "../platform/deps.ts";
import { log } from "../platform/log.ts";
import { mailDue } from "./messages.ts";
import { readMessages } from "./read-messages.ts";

/** The row is what counts: it waits this long, then the schedule asks for it again. */
const REST_MS = 5 * 60_000;

/** Parks mails whose messages ran out of tries, and shows it on the delivery. */
export async function deliveryEmailsDead(batch: MessageBatch, deps: Deps): Promise<void> {
  const dead = await readMessages(batch, mailDue, deps);
  const nowMs = deps.clock.nowMs();
  if (dead.length === 0) return;
  await deps.parked.park(
    dead.map(({ body }) => ({
      id: `delivery-emails:${body.deliveryId}`,
      queue: "delivery-emails",
      body,
      parkedAtMs: nowMs,
    })),
  );
  await Promise.all(
    dead.map(({ body }) => deps.deliveries.deadLettered(body.deliveryId, nowMs + REST_MS)),
  );
  for (const { message, body } of dead) {
    log("error", "mail_parked", { delivery_id: body.deliveryId });
    message.ack();
  }
}
