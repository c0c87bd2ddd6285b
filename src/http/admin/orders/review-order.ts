import { Hono } from "hono";
import { z } from "zod";
import { reviewOrder } from "../../../flows/orders/review-order.ts";
import { readOptionalJson } from "../../body.ts";
import { describeRoute, json } from "../../openapi/operation.ts";
import { author, type AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { line } from "../schemas.ts";
import { changedOrder } from "./changed-order.ts";
import { orderShape } from "./order-json.ts";
import { ownOrder } from "./own-order.ts";

const body = z.strictObject({ note: line(0, 500).nullish() });

/** One word on an order that waits for a person's look. Again changes nothing; the other is refused. */
function reviewRoute(word: "approve" | "reject") {
  return new Hono<AdminEnv>().post(`/:id/${word}`, allow("orders:write"), async (c) => {
    const { note = null } = await readOptionalJson(c, body);
    const own = await ownOrder(c);
    const outcome = await reviewOrder(c.get("deps"), author(c), { ...own, word, note });
    const answer = await changedOrder(c, outcome);
    return answer instanceof Response ? answer : c.json(answer.body);
  });
}

export const approveOrderRoute = reviewRoute("approve");
export const rejectOrderRoute = reviewRoute("reject");

const common = { body: json(body, { note: "spoke to the buyer" }), bodyOptional: true } as const;

describeRoute(approveOrderRoute, {
  ...common,
  name: "approveOrder",
  summary: "Deliver an order that waited for a look",
  description:
    "With the keys that were held for it; the mail goes. Before it is paid: the payment will deliver. Again changes nothing.",
  answers: { 200: { description: "The order.", schema: orderShape } },
  problems: {
    disputed: "The payment is disputed: nothing is delivered until that is won.",
    state_conflict: "Nobody need look at it, or it was rejected.",
  },
});

describeRoute(rejectOrderRoute, {
  ...common,
  name: "rejectOrder",
  summary: "Deliver nothing, and give the keys back",
  description:
    "The order stays `paid` with the review `rejected`: its buyer is owed the money. Again changes nothing.",
  answers: { 200: { description: "The order.", schema: orderShape } },
  problems: {
    state_conflict: "It waits for no look, it was approved, or it is not paid: cancel it instead.",
  },
});
