import type { AuditEntry, Author } from "../../domain/audit.ts";
import { base64url } from "../../domain/encoding.ts";
import { ID_BYTES, newId, type MerchantId, type TokenId } from "../../domain/ids.ts";
import type { Scope } from "../../domain/scopes.ts";
import { sha256Hex } from "../orders/body-hash.ts";
import type { Entropy } from "../ports.ts";

/** 256 bits: nobody guesses one, so a plain hash of it is as good as a slow one. */
const TOKEN_BYTES = 32;

interface Token {
  readonly id: TokenId;
  readonly merchantId: MerchantId;
  readonly name: string;
  readonly hash: string;
  readonly scopes: string[];
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly lastUsedAtMs: number | null;
  readonly revokedAtMs: number | null;
}

interface Ports {
  readonly tokens: { create(row: Token, audit: AuditEntry): Promise<void> };
  readonly entropy: Entropy;
}

interface TokenRequest {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expiresAtMs: number | null;
}

/** Makes a token. This answer is the only place where it ever stands in full. */
export async function mintToken(
  { tokens, entropy }: Ports,
  author: Author,
  { name, scopes, expiresAtMs }: TokenRequest,
): Promise<{ row: Token; token: string }> {
  const token = `kdm_${base64url(entropy.bytes(TOKEN_BYTES))}`;
  const row: Token = {
    id: newId("token", entropy.bytes(ID_BYTES)),
    merchantId: author.merchantId,
    name,
    hash: await tokenHash(token),
    scopes: [...scopes],
    createdAtMs: author.atMs,
    expiresAtMs,
    lastUsedAtMs: null,
    revokedAtMs: null,
  };
  const detail = { name, scopes };
  await tokens.create(row, { ...author, action: "token.create", subject: row.id, detail });
  return { row, token };
}

/** The form in which tokens are kept and found. */
export function tokenHash(token: string): Promise<string> {
  return sha256Hex(token);
}
