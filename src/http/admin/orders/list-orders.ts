import { Hono } from "hono";
import { z } from "zod";
import type { OrderId, ProductId } from "../../../domain/ids.ts";
import { ORDER_STATES } from "../../../domain/order/order.ts";
import { email } from "../../api/order-request.ts";
import { readQuery } from "../../body.ts";
import { describeRoute } from "../../openapi/operation.ts";
import type { AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { pageOf } from "../../api/json.ts";
import { pageJson, pageQuery, readCursor } from "../page.ts";
import { time } from "../schemas.ts";
import { orderRowJson, orderRowShape } from "./order-json.ts";

const query = z.strictObject({
  ...pageQuery,
  state: z.enum(ORDER_STATES).optional(),
  email: email.optional(),
  product_id: z
    .string()
    .max(64)
    .regex(/^prd_/)
    .transform((id) => id as ProductId)
    .optional(),
  from: time.optional().describe("Placed at or after."),
  to: time.optional().describe("Placed before."),
});
const place = z.strictObject({
  placedAtMs: z.int(),
  id: z.string().transform((id) => id as OrderId),
});

/** The order book, newest first: some moments behind the objects, which are the truth. */
export const listOrdersRoute = new Hono<AdminEnv>().get("/", allow("orders:read"), async (c) => {
  const {
    limit,
    cursor,
    state,
    email: buyer,
    product_id: productId,
    from,
    to,
  } = readQuery(c, query);
  const { deps, merchantId } = c.var;
  const rows = await deps.orderBook.list({
    merchantId,
    state,
    email: buyer,
    productId,
    fromMs: from,
    toMs: to,
    cursor: readCursor(place, cursor) ?? undefined,
    limit: limit + 1,
  });
  const placeOf = ({ placedAtMs, id }: (typeof rows)[number]) => ({ placedAtMs, id });
  return c.json(pageJson(rows, limit, orderRowJson, placeOf));
});

describeRoute(listOrdersRoute, {
  name: "listOrders",
  summary: "The order book, newest first",
  query,
  answers: { 200: { description: "A page of orders.", schema: pageOf(orderRowShape) } },
});
