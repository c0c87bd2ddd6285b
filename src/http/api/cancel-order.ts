import { Hono } from "hono";
import { showOrder } from "../../flows/orders/show-order.ts";
import type { AppEnv } from "../env.ts";
import { describeRoute } from "../openapi/operation.ts";
import { payerOf } from "../payer.ts";
import { problem } from "../problem.ts";
import { heldOrder } from "./buyer.ts";
import { orderJson, orderShape } from "./order-json.ts";

/** Gives the held keys back. The order's id is the key of this act: again changes nothing. */
export const cancelOrderRoute = new Hono<AppEnv>().post("/:id/cancel", async (c) => {
  const { id, stockNumber } = await heldOrder(c);
  const stock = c.get("deps").stock.of(stockNumber);
  const outcome = await stock.cancel({ orderId: id, by: "buyer" });
  switch (outcome.kind) {
    case "changed":
    case "unchanged":
      return c.json(orderJson(await showOrder(c.get("deps"), outcome.order, payerOf(c))));
    case "refused":
      return problem(c, "state_conflict", {
        detail: "Only an order that waits for payment can be cancelled.",
        state: outcome.state,
      });
    case "unknown":
      return problem(c, "not_found");
    case "wrong_quantity":
    case "duplicate_key":
      throw new Error(`cancel answered ${outcome.kind}`);
    default:
      return outcome satisfies never;
  }
});

describeRoute(cancelOrderRoute, {
  name: "cancelOrder",
  summary: "Cancel an order that waits for payment",
  description: "Gives the held keys back. Again changes nothing.",
  orderToken: true,
  answers: { 200: { description: "The order, cancelled.", schema: orderShape } },
  problems: { state_conflict: "The order waits for no payment; `state` says what it is." },
});
