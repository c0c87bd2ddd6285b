import { Hono } from "hono";
import { z } from "zod";
import { markOrderPaid } from "../../../flows/payments/mark-order-paid.ts";
import { readOptionalJson } from "../../body.ts";
import { problem } from "../../problem.ts";
import { describeRoute, json } from "../../openapi/operation.ts";
import { author, type AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { line } from "../schemas.ts";
import { orderJson, orderShape } from "./order-json.ts";
import { ownOrder } from "./own-order.ts";

const body = z.strictObject({ note: line(0, 500).nullish() });

/** The merchant has the money and no gateway said so. Again changes nothing. */
export const markOrderPaidRoute = new Hono<AdminEnv>().post(
  "/:id/mark-paid",
  allow("orders:write"),
  async (c) => {
    const { note = null } = await readOptionalJson(c, body);
    const { order, stockNumber } = await ownOrder(c);
    const request = { order, stockNumber, note };
    const marked = await markOrderPaid(c.get("deps"), author(c), request);
    if (marked.ok) return c.json(await orderJson(c, marked.value));
    const { state } = marked.error;
    return problem(c, "state_conflict", { state, detail: `The order awaits no money: ${state}.` });
  },
);

describeRoute(markOrderPaidRoute, {
  name: "markOrderPaid",
  summary: "Record that the money came another way",
  description: "The order's exact sum, once. Again changes nothing.",
  body: json(body, { note: "bank transfer" }),
  bodyOptional: true,
  answers: { 200: { description: "The order, paid.", schema: orderShape } },
  problems: { state_conflict: "The order awaits no money; `state` says what it is." },
});
