import type { DeliveryId, OrderId } from "../../src/domain/ids.ts";
import { MAIL_LEASE_MS } from "../../src/domain/mail/delivery.ts";
import { archiveOrders } from "../../src/flows/orders/archive-orders.ts";
import { deliverMail } from "../../src/flows/mail/deliver-mail.ts";
import { mailDueMessage, type MailDue } from "../../src/flows/mail/mail-due.ts";
import { publishOrders } from "../../src/flows/orders/publish-orders.ts";
import type { OrderChanged } from "../../src/queues/messages.ts";
import { retryDelaySeconds } from "../../src/queues/backoff.ts";
import type { Edge } from "./edge.ts";
import type { Consumer, Message } from "./queue.ts";
import type { World } from "./world.ts";

const PARKED_REST_MS = 10 * 60_000;
const MAIL_REST_MS = 5 * 60_000;
const SWEEP_GRACE_MS = 30_000;

/** As src/queues/order-events.ts: one publication for the batch, a verdict for each message. */
export function orderEventsConsumer(world: World): Consumer<readonly OrderChanged[]> {
  return {
    async take(messages) {
      const ids = messages.flatMap(({ body }) => body.map((order) => order.orderId));
      const failed = await world.run((edge) => publish(edge, ids));
      return messages.map(({ body, attempts }) =>
        body.some((order) => failed.has(order.orderId))
          ? retryDelaySeconds(
              attempts,
              world.random.fork(`again-${body[0]?.orderId}-${attempts}`).fraction(),
            )
          : null,
      );
    },
    dead: ({ body }) => {
      for (const { orderId: id } of body)
        world.book.park({ queue: "order-events", id, atMs: world.timeline.nowMs });
    },
  };
}

async function publish(edge: Edge, ids: readonly OrderId[]): Promise<ReadonlySet<OrderId>> {
  try {
    const unpublished = await publishOrders(edge, ids, edge.clock.nowMs());
    return new Set(unpublished.flatMap((product) => product.ids));
  } catch {
    return new Set(ids);
  }
}

/** As src/queues/delivery-emails.ts. */
export function deliveryEmailsConsumer(world: World): Consumer<MailDue> {
  return {
    take: (messages) => Promise.all(messages.map((message) => deliver(world, message))),
    dead: ({ body: { deliveryId: id } }) => {
      world.book.park({ queue: "delivery-emails", id, atMs: world.timeline.nowMs });
      world.book.deadLettered(id, world.timeline.nowMs + MAIL_REST_MS);
    },
  };
}

async function deliver(world: World, { body }: Message<MailDue>): Promise<number | null> {
  try {
    const outcome = await world.run((edge) =>
      deliverMail(edge, body.deliveryId, edge.clock.nowMs()),
    );
    return outcome.kind === "retrying" ? outcome.delaySeconds : null;
  } catch {
    return MAIL_LEASE_MS / 1000 + 1;
  }
}

/** What the schedule does each minute: asks again for mails that are due, and for what was parked. */
export function runSchedule(world: World): void {
  const { book, timeline, orderEvents, deliveryEmails } = world;
  for (const id of book.due(timeline.nowMs - SWEEP_GRACE_MS, 500)) {
    deliveryEmails.add(mailDueMessage(id));
  }
  for (const [name, { queue, id, atMs }] of book.parked) {
    if (atMs > timeline.nowMs - PARKED_REST_MS) continue;
    book.parked.delete(name);
    if (queue === "order-events") orderEvents.add([{ orderId: id as OrderId, version: 0 }]);
    else deliveryEmails.add(mailDueMessage(id as DeliveryId));
  }
}

/** A month is too long for a simulation: the job of the archive lives that much ahead of the others. */
export async function runArchive(world: World, aheadMs: number): Promise<void> {
  // Most runs would find nothing to do, over four wires.
  if (world.book.archive.due(world.timeline.nowMs + aheadMs, 1).length === 0) return;
  try {
    await world.run((edge) => archiveOrders(edge, edge.clock.nowMs() + aheadMs));
  } catch {
    // Its next run finds what this one left.
  }
}
