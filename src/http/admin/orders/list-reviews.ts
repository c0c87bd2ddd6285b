import { Hono } from "hono";
import { z } from "zod";
import type { OrderId } from "../../../domain/ids.ts";
import { pageOf } from "../../api/json.ts";
import { readQuery } from "../../body.ts";
import { describeRoute } from "../../openapi/operation.ts";
import type { AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { pageJson, pageQuery, readCursor } from "../page.ts";
import { orderRowJson, orderRowShape } from "./order-json.ts";

const query = z.strictObject(pageQuery);
const place = z.strictObject({
  paidAtMs: z.int(),
  id: z.string().transform((id) => id as OrderId),
});

/** Paid and waiting for a person's look, the longest first: by the order book, moments behind. */
export const listReviewsRoute = new Hono<AdminEnv>().get("/", allow("orders:read"), async (c) => {
  const { limit, cursor } = readQuery(c, query);
  const { deps, merchantId } = c.var;
  const after = readCursor(place, cursor);
  const rows = await deps.orderBook.reviews(merchantId, after, limit + 1);
  const placeOf = ({ paidAtMs, id }: (typeof rows)[number]) => ({ paidAtMs: paidAtMs ?? 0, id });
  return c.json(pageJson(rows, limit, orderRowJson, placeOf));
});

describeRoute(listReviewsRoute, {
  name: "listReviews",
  summary: "Orders that were paid and wait for a look, the longest first",
  description: "With the reasons. Approve or reject each.",
  query,
  answers: { 200: { description: "A page of orders.", schema: pageOf(orderRowShape) } },
});
