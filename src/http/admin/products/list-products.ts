import { Hono } from "hono";
import { z } from "zod";
import { readQuery } from "../../body.ts";
import { describeRoute } from "../../openapi/operation.ts";
import type { AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { pageOf } from "../../api/json.ts";
import { pageJson, pageQuery, readCursor } from "../page.ts";
import { productJson, productShape } from "./product-json.ts";

const query = z.strictObject(pageQuery);
const place = z.strictObject({ number: z.int() });

/** In the order they were made, archived ones too. */
export const listProductsRoute = new Hono<AdminEnv>().get("/", allow("catalog:read"), async (c) => {
  const { limit, cursor } = readQuery(c, query);
  const { deps, merchantId } = c.var;
  const after = readCursor(place, cursor)?.number ?? 0;
  const rows = await deps.products.list(merchantId, after, limit + 1);
  return c.json(pageJson(rows, limit, productJson, ({ number }) => ({ number })));
});

describeRoute(listProductsRoute, {
  name: "listProducts",
  summary: "Every product, archived ones too, in the order they were made",
  query,
  answers: { 200: { description: "A page of products.", schema: pageOf(productShape) } },
});
