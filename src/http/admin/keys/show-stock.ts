import { Hono } from "hono";
import type { AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { ownProduct } from "../products/own-product.ts";

/** Counted from rows, by the object that has them. */
export const showStockRoute = new Hono<AdminEnv>().get(
  "/:id/stock",
  allow("catalog:read"),
  async (c) => {
    const { number } = await ownProduct(c);
    const level = await c.var.deps.stock.of(number).stock();
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
