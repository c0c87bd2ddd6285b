import { z } from "zod";
import type { DropId, MerchantId, ProductId } from "../ids.ts";
import { SHARDS_MAX } from "../product/terms.ts";

/**
 * A drop: one product's flash sale, through a line. Who joined before it opens is ordered by a draw
 * (seed.ts), who comes later by the time of joining (rank.ts); a threshold that only rises says who
 * may order now (threshold.ts, controller.ts).
 */

const LINE_MAX_MAX = 100_000_000;

export const dropPolicySchema = z.object({
  /** People in line beyond whom newcomers are refused at random; null where nobody is. */
  lineMax: z.int().min(1).max(LINE_MAX_MAX).nullable(),
  /** What an address must prove before it gets a ticket. */
  qualification: z.enum(["none", "email_code"]),
  /** When newcomers must show that they are people. */
  challenge: z.enum(["never", "pressure", "always"]),
});
export type DropPolicy = z.infer<typeof dropPolicySchema>;

export interface Drop {
  readonly id: DropId;
  readonly merchantId: MerchantId;
  readonly productId: ProductId;
  readonly version: number;
  readonly opensAtMs: number;
  readonly closesAtMs: number;
  /** When a person ended it before its time; null where nobody did. */
  readonly closedAtMs: number | null;
  /** Keys on offer. */
  readonly quantity: number;
  readonly perBuyer: number | null;
  readonly holdSeconds: number;
  readonly policy: DropPolicy;
  /** Hex (seed.ts): published from the moment the drop is made, so that the draw cannot be chosen later. */
  readonly commitment: string;
  /** The seed under the vault's seal: whoever knows it before the opening knows the order of the line. */
  readonly sealedSeed: string;
}

/** What a controller must know: a versioned copy of what D1 holds. No seed: it orders nobody, it counts. */
export const controllerTermsSchema = z.object({
  dropId: z.string() as unknown as z.ZodType<DropId>,
  version: z.int().min(1),
  opensAtMs: z.int(),
  closesAtMs: z.int(),
  closedAtMs: z.int().nullable(),
  /** Keys on offer. */
  quantity: z.int().min(1),
  /** Whose stock is asked: the product's number, and over how many shards (domain/product/shards). */
  productNumber: z.int().min(1),
  shards: z.int().min(1).max(SHARDS_MAX),
});
export type ControllerTerms = z.infer<typeof controllerTermsSchema>;

export type DropPhase = "upcoming" | "open" | "closed";

/** Where a moment falls in a drop, by time alone: that it is sold out only its state can say. */
export function dropPhase(
  drop: Pick<Drop, "opensAtMs" | "closesAtMs" | "closedAtMs">,
  nowMs: number,
): DropPhase {
  if (nowMs >= drop.closesAtMs || (drop.closedAtMs !== null && nowMs >= drop.closedAtMs)) {
    return "closed";
  }
  return nowMs < drop.opensAtMs ? "upcoming" : "open";
}
