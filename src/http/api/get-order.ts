import { Hono } from "hono";
import { showOrder } from "../../flows/show-order.ts";
import type { AppEnv } from "../env.ts";
import { publicOrigin } from "../origin.ts";
import { readHeldOrder } from "./buyer.ts";
import { orderJson } from "./order-json.ts";

export const getOrderRoute = new Hono<AppEnv>().get("/:id", async (c) => {
  const order = await readHeldOrder(c);
  return c.json(orderJson(await showOrder(c.var.deps, order, publicOrigin(c))));
});
