import { z } from "zod";
import type { RiskListEntryId } from "../../../domain/ids.ts";
import {
  RISK_LIST_KINDS,
  RISK_LISTS,
  type RiskListEntry,
} from "../../../domain/risk/risk-lists.ts";
import { instant, timeJson, type Json } from "../../api/json.ts";

export const riskListEntryShape = z
  .object({
    id: z.string().startsWith("rle_"),
    list: z.enum(RISK_LISTS),
    kind: z.enum(RISK_LIST_KINDS),
    value: z.string().describe("In the form in which it is compared."),
    note: z.string(),
    expires_at: instant.nullable(),
    created_at: instant,
  })
  .meta({ id: "RiskListEntry" });

interface Row extends RiskListEntry {
  readonly id: RiskListEntryId;
  readonly note: string;
  readonly createdAtMs: number;
}

export function riskListEntryJson(row: Row): Json<typeof riskListEntryShape> {
  const { id, list, kind, value, note, expiresAtMs, createdAtMs } = row;
  return {
    id,
    list,
    kind,
    value,
    note,
    expires_at: timeJson(expiresAtMs),
    created_at: timeJson(createdAtMs),
  };
}
