import { publishOrders, type Unpublished } from "../flows/orders/publish-orders.ts";
import type { Deps } from "../platform/deps.ts";
import { errorFields, log } from "../platform/log.ts";
import { retryDelaySeconds } from "./backoff.ts";
import { ordersChanged } from "./messages.ts";
import { readMessages } from "./read-messages.ts";

/** Copies changed orders into the order book: many messages, one read per product, one write. */
export async function orderEvents(batch: MessageBatch, deps: Deps): Promise<void> {
  const events = await readMessages(batch, ordersChanged, deps);
  const failed = await publish(
    deps,
    events.flatMap(({ body }) => body.orders.map((order) => order.orderId)),
  );
  for (const { message, body } of events) {
    if (body.orders.some((order) => failed.has(order.orderId))) {
      message.retry({ delaySeconds: retryDelaySeconds(message.attempts, Math.random()) });
    } else {
      message.ack();
    }
  }
}

type OrderIds = Parameters<typeof publishOrders>[1];

/** The ids that must be tried again. */
async function publish(deps: Deps, ids: OrderIds): Promise<ReadonlySet<string>> {
  let unpublished: readonly Unpublished[];
  try {
    unpublished = await publishOrders(deps, ids, deps.clock.nowMs());
  } catch (error) {
    // The book or the mail queue is down. Every step may run again, so every order does.
    log("error", "orders_unpublished", { orders: ids.length, ...errorFields(error) });
    return new Set(ids);
  }
  for (const { stockNumber, ids: theirs, cause } of unpublished) {
    log("warn", "product_unpublished", {
      stock_number: stockNumber,
      orders: theirs.length,
      ...errorFields(cause),
    });
  }
  return new Set(unpublished.flatMap((product) => product.ids));
}
