import { Hono } from "hono";
import type { AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { ownProduct } from "./own-product.ts";
import { productJson } from "./product-json.ts";

export const getProductRoute = new Hono<AdminEnv>().get(
  "/:id",
  allow("catalog:read"),
  async (c) => {
    const record = await ownProduct(c);
    return c.json(productJson(record), 200, { etag: `"${record.version}"` });
  },
);
