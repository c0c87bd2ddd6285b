import type { MerchantId } from "../../../domain/ids.ts";
import { z } from "zod";
import { instant, timeJson, type Json } from "../../api/json.ts";

interface Merchant {
  readonly id: MerchantId;
  readonly slug: string;
  readonly name: string;
  readonly createdAtMs: number;
}

export const merchantShape = z
  .object({
    id: z.string().startsWith("mer_"),
    slug: z.string(),
    name: z.string(),
    created_at: instant,
  })
  .meta({ id: "Merchant" });

export function merchantJson(merchant: Merchant): Json<typeof merchantShape> {
  const { id, slug, name, createdAtMs } = merchant;
  return { id, slug, name, created_at: timeJson(createdAtMs) };
}
