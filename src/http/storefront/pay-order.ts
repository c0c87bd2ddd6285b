import { Hono } from "hono";
import { paymentAction } from "../../flows/payments/payment-action.ts";
import type { AppEnv } from "../env.ts";
import { payerOf } from "../payer.ts";
import { handOff } from "./hand-off.tsx";
import { openedOrder, readOpened } from "./order-access.ts";
import { orderNotFound } from "./order-not-found.tsx";

/** To where the order is paid now: for gateways whose address is good for some minutes, less than a page is looked at. */
export const payOrder = new Hono<AppEnv>().get("/orders/:id/pay", async (c) => {
  const opened = await openedOrder(c, c.req.param("id"));
  const order = opened === null ? null : await readOpened(c, opened);
  if (order === null) return orderNotFound(c);
  const action = await paymentAction(c.get("deps"), order, payerOf(c));
  return action === null ? c.redirect(`/orders/${order.id}`, 303) : handOff(c, order.id, action);
});
