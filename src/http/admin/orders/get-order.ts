import { Hono } from "hono";
import type { AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { orderJson } from "./order-json.ts";
import { ownOrder } from "./own-order.ts";

export const getOrderRoute = new Hono<AdminEnv>().get("/:id", allow("orders:read"), async (c) => {
  const { order } = await ownOrder(c);
  return c.json(await orderJson(c, order));
});
