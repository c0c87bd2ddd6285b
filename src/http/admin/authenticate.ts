import { createMiddleware } from "hono/factory";
import { UNKNOWN_NETWORK } from "../../domain/network/caller.ts";
import { FAILED_LOGINS, TOKEN_CALLS } from "../../domain/limits/limit-rules.ts";
import { SCOPES, knownScopes } from "../../domain/scopes.ts";
import { tokenHash } from "../../flows/shop/mint-token.ts";
import { errorFields, log } from "../../platform/log.ts";
import { callerNetwork } from "../caller.ts";
import { limitsOf, sayStanding, tooMany } from "../limits.ts";
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
  if (token === undefined) return unauthorized(c, false);
  const hash = await tokenHash(token);
  // The operator is known without D1, and is never in the way of those who guess at tokens.
  if (await isOperator(c.get("deps"), hash)) {
    const merchantId = await namedMerchant(c);
    c.set("caller", { actor: "operator", scopes: SCOPES, merchantId });
    return next();
  }
  const limited = limitCalls(c, hash);
  if (limited !== null) return limited;
  const caller = await holderOf(c, hash);
  if (caller === null) return (await limitFailures(c)) ?? unauthorized(c, true);
  c.set("caller", caller);
  return next();
});

/** Who failed too often is refused before D1 is asked, and so is a token that is used without end. */
function limitCalls(c: AdminContext, hash: string): Response | null {
  const limits = limitsOf(c);
  const network = callerNetwork(c);
  const failed = limits.refusal({ rule: FAILED_LOGINS, key: network });
  if (failed !== null) return tooMany(c, failed);
  const calls = c.var.deps.limits.takeHere({ rule: TOKEN_CALLS, key: hash });
  if (calls.allowed) return null;
  sayStanding(c, [calls]);
  return tooMany(c, calls);
}

async function limitFailures(c: AdminContext): Promise<Response | null> {
  const network = callerNetwork(c);
  if (network === UNKNOWN_NETWORK) return null;
  const [standing] = await limitsOf(c).take([{ rule: FAILED_LOGINS, key: network }]);
  return standing === undefined || standing.allowed ? null : tooMany(c, standing);
}

async function holderOf(c: AdminContext, hash: string): Promise<Caller | null> {
  const deps = c.get("deps");
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
