import { Hono } from "hono";
import { streamSSE, type SSEStreamingApi } from "hono/streaming";
import { z } from "zod";
import {
  WAIT_MS_MAX,
  type OrderSnapshot,
} from "../../../durable-objects/product-stock/contract.ts";
import { showOrder } from "../../flows/orders/show-order.ts";
import { errorFields, log } from "../../platform/log.ts";
import type { AppContext, AppEnv } from "../env.ts";
import { describeRoute } from "../openapi/operation.ts";
import { noteVisit } from "../note-visit.ts";
import { payerOf } from "../payer.ts";
import { heldOrder, type HeldOrder } from "./buyer.ts";
import { isMoving, orderJson } from "./order-json.ts";

/** A listener is let go after this long and comes back: no stream lives for ever. */
const LISTEN_MS_MAX = 15 * 60_000;
/** An object with too many who wait answers at once: then we ask again no faster than this. */
const PAUSE_MS = 2_000;

/**
 * Server-Sent Events: the Order as it is, then at each change, until nothing more will happen.
 * One call to the object waits for each change; nothing polls.
 */
export const orderEventsRoute = new Hono<AppEnv>().get("/:id/events", async (c) => {
  const held = await heldOrder(c);
  const first = await c.get("deps").stock.of(held.stockNumber).order(held.id);
  if (first === null) return c.notFound();
  const response = streamSSE(c, async (stream) => {
    try {
      await follow(c, stream, held, first);
    } catch (error) {
      // The answer has begun, so there is nothing to refuse with: the line ends and the page comes back.
      log("warn", "order_events_ended", { order_id: held.id, ...errorFields(error) });
    }
  });
  // Hono says no-cache, which lets a cache keep it: the stream shows a buyer's keys.
  response.headers.set("cache-control", "no-store");
  return response;
});

async function follow(
  c: AppContext,
  stream: SSEStreamingApi,
  { id, stockNumber }: HeldOrder,
  first: OrderSnapshot,
): Promise<void> {
  const deps = c.get("deps");
  const stock = deps.stock.of(stockNumber);
  const untilMs = deps.clock.nowMs() + LISTEN_MS_MAX;
  let order = first;
  await send(c, stream, order);
  // Each wait depends on what the one before it saw.
  /* oxlint-disable no-await-in-loop */
  while (isMoving(order) && !stream.aborted && deps.clock.nowMs() < untilMs) {
    const askedAtMs = deps.clock.nowMs();
    const next = await stock.waitForChange(id, order.version, WAIT_MS_MAX);
    if (next === null) return;
    if (next.version > order.version) {
      order = next;
      await send(c, stream, order);
    } else {
      // A comment: it keeps proxies from closing the line, and tells us when the buyer has gone.
      await stream.write(": waiting\n\n");
      if (deps.clock.nowMs() - askedAtMs < PAUSE_MS) await scheduler.wait(PAUSE_MS);
    }
  }
  /* oxlint-enable no-await-in-loop */
}

async function send(c: AppContext, stream: SSEStreamingApi, order: OrderSnapshot): Promise<void> {
  noteVisit(c, order, "stream");
  const view = await showOrder(c.get("deps"), order, payerOf(c));
  await stream.writeSSE({
    id: String(order.version),
    data: JSON.stringify(orderJson(view)),
  });
}

describeRoute(orderEventsRoute, {
  name: "followOrder",
  summary: "Follow an order: Server-Sent Events",
  description:
    "The `data` of each event `order` is an Order: first as it is, then at each change, until nothing more will happen.",
  orderToken: true,
  answers: {
    200: { description: "The stream.", type: "text/event-stream", schema: z.string() },
  },
});
