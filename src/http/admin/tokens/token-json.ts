import type { TokenId } from "../../../domain/ids.ts";
import { timeJson } from "../../api/json.ts";

interface Token {
  readonly id: TokenId;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly lastUsedAtMs: number | null;
  readonly revokedAtMs: number | null;
}

/** A token without what makes it one: neither it nor its hash. */
export function tokenJson(token: Token) {
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
