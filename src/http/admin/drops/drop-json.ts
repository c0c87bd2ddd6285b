import { z } from "zod";
import type { DropRecord } from "../../../domain/drop/drop-record.ts";
import { dropPhase } from "../../../domain/drop/drop.ts";
import { instant, timeJson, type Json } from "../../api/json.ts";

export const dropShape = z
  .object({
    id: z.string().startsWith("drop_"),
    product_id: z.string().startsWith("prd_"),
    opens_at: instant,
    closes_at: instant,
    quantity: z.int().describe("Keys on offer."),
    per_buyer: z.int().nullable(),
    hold_seconds: z.int(),
    policy: z.object({
      line_max: z.int().nullable(),
      qualification: z.enum(["none", "email_code"]),
      challenge: z.enum(["never", "pressure", "always"]),
    }),
    state: z
      .enum(["upcoming", "open", "closed"])
      .describe("By the clock; that it is sold out, its line says."),
    closed_at: instant.nullable().describe("When it was closed before its time."),
    seed_commitment: z
      .string()
      .describe("SHA-256 of the seed of the draw, hex: promised at once, never changed."),
    version: z.int().describe("What If-Match of the next edit says."),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: "MerchantDrop", description: "A drop in the words in which it is written." });

/** What a write answers beside the drop. */
export const savedDropShape = z.object({
  ...dropShape.shape,
  warnings: z
    .array(z.object({ code: z.enum(["quantity_above_stock"]), available: z.int() }))
    .describe("`quantity_above_stock`: the pool has fewer free keys now, `available`."),
});

export function dropJson(drop: DropRecord, nowMs: number): Json<typeof dropShape> {
  const { policy } = drop;
  return {
    id: drop.id,
    product_id: drop.productId,
    opens_at: timeJson(drop.opensAtMs),
    closes_at: timeJson(drop.closesAtMs),
    quantity: drop.quantity,
    per_buyer: drop.perBuyer,
    hold_seconds: drop.holdSeconds,
    policy: {
      line_max: policy.lineMax,
      qualification: policy.qualification,
      challenge: policy.challenge,
    },
    state: dropPhase(drop, nowMs),
    closed_at: timeJson(drop.closedAtMs),
    seed_commitment: drop.commitment,
    version: drop.version,
    created_at: timeJson(drop.createdAtMs),
    updated_at: timeJson(drop.updatedAtMs),
  };
}
