import { Hono } from "hono";
import { z } from "zod";
import type { OrderId, ProductId } from "../../../domain/ids.ts";
import { ORDER_STATES } from "../../../domain/order.ts";
import { email } from "../../api/order-request.ts";
import { readQuery } from "../../body.ts";
import type { AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { pageJson, pageQuery, readCursor } from "../page.ts";
import { time } from "../schemas.ts";
import { orderRowJson } from "./order-json.ts";

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
  /** Placed at or after, and before. */
  from: time.optional(),
  to: time.optional(),
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
