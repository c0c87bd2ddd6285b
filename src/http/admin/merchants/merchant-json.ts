import type { MerchantId } from "../../../domain/ids.ts";
import { timeJson } from "../../api/json.ts";

interface Merchant {
  readonly id: MerchantId;
  readonly slug: string;
  readonly name: string;
  readonly createdAtMs: number;
}

export function merchantJson({ id, slug, name, createdAtMs }: Merchant) {
  return { id, slug, name, created_at: timeJson(createdAtMs) };
}
