/**
 * What a token may do. Each stands for itself: none implies another, so a token says on its face
 * all that it can do.
 */
export const SCOPES = [
  "catalog:read",
  "catalog:write",
  "keys:import",
  /** Unmasked keys; each look is in the audit log. */
  "keys:read",
  "orders:read",
  "orders:write",
  "payments:read",
  "payments:write",
  "settings:write",
  "tokens:write",
  /** Merchants and switches; may act for any merchant. */
  "operator",
] as const;
export type Scope = (typeof SCOPES)[number];

/** Those of `wanted` that the holder of `held` cannot give away, because they lack them. */
export function missingScopes(held: readonly Scope[], wanted: readonly Scope[]): Scope[] {
  return wanted.filter((scope) => !held.includes(scope));
}

/** Scopes as stored; a name that this version does not know grants nothing. */
export function knownScopes(stored: readonly string[]): Scope[] {
  return SCOPES.filter((scope) => stored.includes(scope));
}
