import type { Deps } from "../platform/deps.ts";
import { orderChanged } from "./messages.ts";
import { readMessages } from "./read-messages.ts";
import { log } from "../platform/log.ts";

/** Parks what could not be published; the schedule sends it again. */
export async function orderEventsDead(batch: MessageBatch, deps: Deps): Promise<void> {
  const dead = await readMessages(batch, orderChanged, deps);
  if (dead.length === 0) return;
  await deps.parked.park(
    dead.map(({ body }) => ({
      // By order, not by version: whoever takes it up reads the order as it is then.
      id: `order-events:${body.orderId}`,
      queue: "order-events",
      body,
      parkedAtMs: deps.clock.nowMs(),
    })),
  );
  for (const { message, body } of dead) {
    log("error", "order_event_parked", { order_id: body.orderId });
    message.ack();
  }
}
