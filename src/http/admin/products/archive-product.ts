import { Hono } from "hono";
import { editProduct } from "../../../flows/shop/save-product.ts";
import { describeRoute } from "../../openapi/operation.ts";
import { author, type AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { ownProduct } from "./own-product.ts";
import { productJson, productShape } from "./product-json.ts";
import { savedProduct, saveProblem } from "./saved-product.ts";

/**
 * Takes a product off the shelves for good. Its orders live on: money that still comes for them is
 * resolved. Again changes nothing.
 */
export const archiveProductRoute = new Hono<AdminEnv>().post(
  "/:id/archive",
  allow("catalog:write"),
  async (c) => {
    const record = await ownProduct(c);
    if (record.status === "archived") return c.json(productJson(record));
    const { version } = record;
    const changes = { status: "archived" } as const;
    const change = { record, version, changes, action: "product.archive" } as const;
    const saved = await editProduct(c.get("deps"), author(c), change);
    if (!saved.ok) return saveProblem(c, saved.error);
    const { headers, body } = savedProduct(c, saved.value);
    return c.json(body, 200, headers);
  },
);

describeRoute(archiveProductRoute, {
  name: "archiveProduct",
  summary: "Take a product off the shelves for good",
  description: "Its orders live on: money that still comes for them is resolved.",
  answers: { 200: { description: "The product, archived.", schema: productShape } },
  problems: {
    version_conflict: "Someone edited it at the same moment; ask again.",
    drop_live: "Its drop, `drop_id`, is not over: close it first.",
  },
});
