import { Hono } from "hono";
import { z } from "zod";
import { showOrder } from "../../flows/orders/show-order.ts";
import { askForBuyer } from "../ask-for-buyer.ts";
import type { AppEnv } from "../env.ts";
import { sayStanding, tooMany } from "../limits.ts";
import { describeRoute } from "../openapi/operation.ts";
import { noteVisit } from "../note-visit.ts";
import { payerOf } from "../payer.ts";
import { Refused } from "../problem.ts";
import { heldOrder } from "./buyer.ts";
import { orderJson, orderShape } from "./order-json.ts";

const shape = z
  .object({
    answer: z
      .enum([
        ...(["paid", "refunded", "pending", "closed", "unknown", "unsupported"] as const),
        ...(["unavailable", "settled"] as const),
      ])
      .describe(
        "What the gateway says; `settled`: the order waits for no money, nobody was asked.",
      ),
    order: orderShape,
  })
  .meta({ id: "BuyersGatewayAnswer" });

/** For a buyer who has paid and sees nothing: what their gateway says counts as its notice. */
export const askForPaymentRoute = new Hono<AppEnv>().post("/:id/ask-gateway", async (c) => {
  const { id, stockNumber } = await heldOrder(c);
  const deps = c.get("deps");
  const order = await deps.stock.of(stockNumber).order(id);
  if (order === null) throw new Refused("not_found");
  const answer = await askForBuyer(c, order, stockNumber);
  if (answer.kind === "too_soon") {
    sayStanding(c, [answer.standing]);
    return tooMany(c, answer.standing);
  }
  noteVisit(c, answer.order, "api");
  const view = await showOrder(deps, answer.order, payerOf(c));
  return c.json({ answer: answer.kind, order: orderJson(view) });
});

describeRoute(askForPaymentRoute, {
  name: "askForPayment",
  summary: "Have the gateway asked whether an order was paid",
  description:
    "The schedule asks every minute anyway. What was paid is given to the order; again changes nothing.",
  orderToken: true,
  answers: { 200: { description: "What it says, and the order after it.", schema: shape } },
  problems: {
    too_many_requests:
      "An order is asked about every ten seconds, by a network twenty times a minute: `policy`.",
  },
});
