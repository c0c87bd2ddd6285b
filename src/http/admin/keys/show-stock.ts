import { Hono } from "hono";
import { z } from "zod";
import { toProduct } from "../../../domain/product/product-record.ts";
import { countProductStock } from "../../../flows/stock/shards.ts";
import { describeRoute } from "../../openapi/operation.ts";
import type { AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { ownProduct } from "../products/own-product.ts";

/** Counted from rows, by the objects that have them. */
export const showStockRoute = new Hono<AdminEnv>().get(
  "/:id/stock",
  allow("catalog:read"),
  async (c) => {
    const { terms } = toProduct(await ownProduct(c));
    const level = await countProductStock(c.get("deps").stock, terms, "stock");
    return c.json({
      free: level.free,
      held: level.held,
      sold: level.sold,
      void: level.void,
      free_by_variant: level.freeByVariant,
      version: level.version,
    });
  },
);

const stock = z
  .object({
    free: z.int(),
    held: z.int().describe("For orders that wait for payment."),
    sold: z.int(),
    void: z.int(),
    free_by_variant: z
      .record(z.string(), z.int())
      .describe("By variant id; the empty name is what belongs to none."),
    version: z.int().describe("Grows with every change of stock."),
  })
  .meta({ id: "Stock" });

describeRoute(showStockRoute, {
  name: "showStock",
  summary: "How many keys there are, counted from rows",
  answers: { 200: { description: "The counts.", schema: stock } },
});
