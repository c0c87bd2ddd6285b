import type { TokenId } from "../../../domain/ids.ts";
import { z } from "zod";
import { instant, timeJson, type Json } from "../../api/json.ts";

interface Token {
  readonly id: TokenId;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly lastUsedAtMs: number | null;
  readonly revokedAtMs: number | null;
}

const shape = z.object({
  id: z.string().startsWith("tok_"),
  name: z.string(),
  scopes: z.array(z.string()),
  created_at: instant,
  expires_at: instant.nullable(),
  last_used_at: instant.nullable().describe("To the minute."),
  revoked_at: instant.nullable(),
});
export const tokenShape = shape.meta({ id: "Token" });
export const newTokenShape = shape
  .extend({ token: z.string().startsWith("kdm_").describe("Shown this once.") })
  .meta({ id: "NewToken" });

/** A token without what makes it one: neither it nor its hash. */
export function tokenJson(token: Token): Json<typeof tokenShape> {
  return {
    id: token.id,
    name: token.name,
    scopes: token.scopes,
    created_at: timeJson(token.createdAtMs),
    expires_at: timeJson(token.expiresAtMs),
    last_used_at: timeJson(token.lastUsedAtMs),
    revoked_at: timeJson(token.revokedAtMs),
  };
}
