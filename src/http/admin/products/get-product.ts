import { Hono } from "hono";
import { describeRoute } from "../../openapi/operation.ts";
import type { AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { ownProduct } from "./own-product.ts";
import { productJson, productShape } from "./product-json.ts";

export const getProductRoute = new Hono<AdminEnv>().get(
  "/:id",
  allow("catalog:read"),
  async (c) => {
    const record = await ownProduct(c);
    return c.json(productJson(record), 200, { etag: `"${record.version}"` });
  },
);

describeRoute(getProductRoute, {
  name: "getProduct",
  summary: "One product",
  answers: {
    200: { description: "The product.", schema: productShape, headers: { ETag: "Its version." } },
  },
});
