import { Hono } from "hono";
import type { AppEnv } from "../env.ts";
import { openedOrder } from "./order-access.ts";
import { orderNotFound } from "./order-not-found.tsx";

/** Whatever came of it, the order's page says how things stand. */
export const cancelOrder = new Hono<AppEnv>().post("/orders/:id/cancel", async (c) => {
  const opened = await openedOrder(c, c.req.param("id"));
  if (opened === null) return orderNotFound(c);
  const stock = c.get("deps").stock.of(opened.stockNumber);
  await stock.cancel({ orderId: opened.id, by: "buyer" });
  return c.redirect(`/orders/${opened.id}`, 303);
});
