import { Hono } from "hono";
import { describeRoute } from "../../openapi/operation.ts";
import type { AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { orderJson, orderShape } from "./order-json.ts";
import { ownOrder } from "./own-order.ts";

export const getOrderRoute = new Hono<AdminEnv>().get("/:id", allow("orders:read"), async (c) => {
  const { order } = await ownOrder(c);
  return c.json(await orderJson(c, order));
});

describeRoute(getOrderRoute, {
  name: "getOrder",
  summary: "An order with all that happened to it",
  answers: { 200: { description: "The order.", schema: orderShape } },
});
