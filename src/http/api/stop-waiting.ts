import { Hono } from "hono";
import { showOrder } from "../../flows/orders/show-order.ts";
import type { AppEnv } from "../env.ts";
import { sayStanding, tooMany } from "../limits.ts";
import { describeRoute } from "../openapi/operation.ts";
import { payerOf } from "../payer.ts";
import { problem } from "../problem.ts";
import { stopForBuyer } from "../stop-for-buyer.ts";
import { heldOrder } from "./buyer.ts";
import { orderJson, orderShape } from "./order-json.ts";

/** The order's id is the key of this act: again changes nothing. */
export const stopWaitingRoute = new Hono<AppEnv>().post("/:id/stop-waiting", async (c) => {
  const stopped = await stopForBuyer(c, await heldOrder(c));
  if (stopped.ok) {
    return c.json(orderJson(await showOrder(c.get("deps"), stopped.value, payerOf(c))));
  }
  const { error } = stopped;
  switch (error.reason) {
    case "unknown":
      return problem(c, "not_found");
    case "not_waiting":
      return problem(c, "state_conflict", {
        detail: "Only an order that is paid and waits for keys can stop waiting.",
        state: error.state,
      });
    case "disputed":
      return problem(c, "disputed", {
        detail: "The buyer's bank decides about this payment; what it says holds.",
      });
    case "too_many":
      sayStanding(c, [error.standing]);
      return tooMany(c, error.standing);
    default:
      return error satisfies never;
  }
});

describeRoute(stopWaitingRoute, {
  name: "stopWaiting",
  summary: "Wait for keys no longer, and have the money back",
  description:
    "For an order that is paid and for which no keys are left (`unfilled`). It gets no keys from then on; its gateway is asked for the money, or a person of the shop gives it back: `stop_waiting` says before what will happen, `money` after. Keys that came first are the buyer's: 409. Again changes nothing.",
  orderToken: true,
  answers: { 200: { description: "The order, as it is from now on.", schema: orderShape } },
  problems: {
    state_conflict: "The order waits for no keys; `state` says what it is.",
    disputed: "The buyer's bank decides about the money, or has taken it.",
    too_many_requests: "Of an order five times a minute, of a network twenty times: `policy`.",
  },
});
