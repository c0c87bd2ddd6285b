import { Hono } from "hono";
import type { AppEnv } from "../env.ts";
import { seconds } from "../limits.ts";
import { stopForBuyer } from "../stop-for-buyer.ts";
import { openedOrder } from "./order-access.ts";
import { orderNotFound } from "./order-not-found.tsx";
import { htmlProblem } from "./problems.tsx";

/** Keys may have come first: whatever came of it, the order's page says how things stand. */
export const stopWaitingForm = new Hono<AppEnv>().post("/orders/:id/stop-waiting", async (c) => {
  const opened = await openedOrder(c, c.req.param("id"));
  if (opened === null) return orderNotFound(c);
  const stopped = await stopForBuyer(c, opened);
  if (!stopped.ok && stopped.error.reason === "too_many") {
    return htmlProblem(c, "too_many_requests", seconds(stopped.error.standing.retryAfterMs));
  }
  return c.redirect(`/orders/${opened.id}`, 303);
});
