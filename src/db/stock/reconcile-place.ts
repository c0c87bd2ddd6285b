import { z } from "zod";
import type { MerchantId, ProductId } from "../../domain/ids.ts";
import type { ReconcilePlace } from "../../flows/stock/reconcile-ports.ts";

const count = z.int().min(0);

/** How far reconcile has come, as a row holds it. */
export const placeSchema: z.ZodType<ReconcilePlace> = z.object({
  roundAtMs: z.int(),
  stock: z
    .object({
      number: z.int(),
      shards: z.int(),
      productId: z.string() as unknown as z.ZodType<ProductId>,
      merchantId: z.string() as unknown as z.ZodType<MerchantId>,
    })
    .nullable(),
  walk: z
    .object({
      startedAtMs: z.int(),
      afterId: z.string().nullable(),
      keys: z
        .object({
          afterRow: z.int(),
          stockVersion: z.int(),
          counted: z.object({ free: count, held: count, sold: count, void: count }),
        })
        .nullable(),
      orders: count,
      open: count,
    })
    .nullable(),
});
