import { createMiddleware } from "hono/factory";
import { SCOPES, knownScopes } from "../../domain/scopes.ts";
import { tokenHash } from "../../flows/mint-token.ts";
import { errorFields, log } from "../../platform/log.ts";
import { bearerOf, isOperator } from "../operator-token.ts";
import { problem } from "../problem.ts";
import type { AdminContext, AdminEnv, Caller } from "./admin-env.ts";

/** "Last used" is told to the minute. */
const USE_NOTED_EVERY_MS = 60_000;

/**
 * Who is calling: the operator, by the token of the environment, or the holder of a merchant's
 * token. What is missing, unknown, expired or revoked is one 401: nobody learns which it was.
 */
export const authenticate = createMiddleware<AdminEnv>(async (c, next) => {
  const token = bearerOf(c.req.header("authorization"));
  const caller = token === undefined ? null : await callerOf(c, token);
  if (caller === null) return unauthorized(c, token !== undefined);
  c.set("caller", caller);
  await next();
});

async function callerOf(c: AdminContext, token: string): Promise<Caller | null> {
  const deps = c.get("deps");
  const hash = await tokenHash(token);
  if (await isOperator(deps, hash)) {
    const merchantId = await namedMerchant(c);
    return { actor: "operator", scopes: SCOPES, merchantId };
  }
  // Looked up by its hash: how long the look-up takes says nothing of the tokens that exist.
  const row = await deps.tokens.byHash(hash);
  const nowMs = deps.clock.nowMs();
  if (row === null || row.revokedAtMs !== null) return null;
  if (row.expiresAtMs !== null && row.expiresAtMs <= nowMs) return null;

  const sinceMs = nowMs - USE_NOTED_EVERY_MS;
  if (row.lastUsedAtMs === null || row.lastUsedAtMs < sinceMs) {
    c.executionCtx.waitUntil(
      deps.tokens.noteUse(row.id, nowMs, sinceMs).catch((error: unknown) => {
        log("warn", "token_use_not_noted", { token: row.id, ...errorFields(error) });
      }),
    );
  }
  const scopes = knownScopes(row.scopes);
  const named = c.req.header("kamidrop-merchant");
  if (named === undefined) return { actor: row.id, scopes, merchantId: row.merchantId };
  // A token speaks for its own merchant, whoever the header names; only an operator may change hats.
  const merchantId = await namedMerchant(c);
  const mayAct = merchantId === row.merchantId || scopes.includes("operator");
  return { actor: row.id, scopes, merchantId: mayAct ? merchantId : null };
}

async function namedMerchant(c: AdminContext): Promise<Caller["merchantId"]> {
  const deps = c.get("deps");
  const name = c.req.header("kamidrop-merchant") ?? deps.settings.defaultMerchant;
  return (await deps.merchants.find(name))?.id ?? null;
}

/** RFC 6750 §3: the challenge says what to send, and whether something was sent that did not do. */
function unauthorized(c: AdminContext, tokenSent: boolean): Response {
  const response = problem(c, "unauthorized");
  const error = tokenSent ? ', error="invalid_token"' : "";
  response.headers.set("www-authenticate", `Bearer realm="kamidrop admin"${error}`);
  return response;
}
