import type { Deps } from "../platform/deps.ts";
import { ordersChanged, type OrdersChanged } from "./messages.ts";
import { readMessages } from "./read-messages.ts";
import { log } from "../platform/log.ts";

/** Parks what could not be published; the schedule sends it again. */
export async function orderEventsDead(batch: MessageBatch, deps: Deps): Promise<void> {
  const dead = await readMessages(batch, ordersChanged, deps);
  if (dead.length === 0) return;
  await deps.parked.park(
    dead.flatMap(({ body }) =>
      body.orders.map((order) => ({
        // By order, not by version: whoever takes it up reads the order as it is then.
        id: `order-events:${order.orderId}`,
        queue: "order-events",
        body: { ...body, orders: [order] } satisfies OrdersChanged,
        parkedAtMs: deps.clock.nowMs(),
      })),
    ),
  );
  for (const { message, body } of dead) {
    for (const { orderId } of body.orders)
      log("error", "order_event_parked", { order_id: orderId });
    message.ack();
  }
}
