import { tokenHash } from "../flows/shop/mint-token.ts";
import type { Deps } from "../platform/deps.ts";

const BEARER = /^Bearer ([\x21-\x7e]{1,200})$/i;

/** The token of an Authorization header (RFC 6750 §2.1); undefined where there is none, or no token. */
export function bearerOf(header: string | undefined): string | undefined {
  return BEARER.exec(header ?? "")?.[1];
}

/**
 * Whether a token with this hash is the operator's, the one of the environment. Asks nobody: it works
 * while D1 is down. Both sides are digests, compared in constant time: neither length nor prefix shows.
 */
export async function isOperator(deps: Pick<Deps, "settings">, hash: string): Promise<boolean> {
  const { operatorToken } = deps.settings;
  if (operatorToken === "") return false;
  const bytes = new TextEncoder();
  const expected = bytes.encode(await tokenHash(operatorToken));
  return crypto.subtle.timingSafeEqual(bytes.encode(hash), expected);
}
