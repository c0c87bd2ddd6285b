import { Hono } from "hono";
import { showOrder } from "../../flows/orders/show-order.ts";
import type { AppEnv } from "../env.ts";
import { describeRoute } from "../openapi/operation.ts";
import { noteVisit } from "../note-visit.ts";
import { payerOf } from "../payer.ts";
import { readHeldOrder } from "./buyer.ts";
import { orderJson, orderShape } from "./order-json.ts";

export const getOrderRoute = new Hono<AppEnv>().get("/:id", async (c) => {
  const order = await readHeldOrder(c);
  noteVisit(c, order, "api");
  return c.json(orderJson(await showOrder(c.get("deps"), order, payerOf(c))));
});

describeRoute(getOrderRoute, {
  name: "getOrder",
  summary: "An order as it is now, with its keys once they are delivered",
  description: "A wrong token and an unknown id are one 404.",
  orderToken: true,
  answers: { 200: { description: "The order.", schema: orderShape } },
});
