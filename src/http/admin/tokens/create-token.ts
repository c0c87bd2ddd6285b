import { Hono } from "hono";
import { z } from "zod";
import { missingScopes, SCOPES } from "../../../domain/scopes.ts";
import { mintToken } from "../../../flows/shop/mint-token.ts";
import { readJson } from "../../body.ts";
import { problem, Refused } from "../../problem.ts";
import { describeRoute, json } from "../../openapi/operation.ts";
import { author, type AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { idempotent } from "../idempotent.ts";
import { line, time } from "../schemas.ts";
import { newTokenShape, tokenJson } from "./token-json.ts";

const body = z.strictObject({
  name: line(1, 100),
  scopes: z
    .array(z.enum(SCOPES))
    .min(1)
    .max(SCOPES.length)
    .refine((scopes) => new Set(scopes).size === scopes.length, "a scope stands twice"),
  expires_at: time.nullish(),
});

/** Nobody gives away more than they have. The answer shows the token; nothing shows it again. */
export const createTokenRoute = new Hono<AdminEnv>().post("/", allow("tokens:write"), async (c) => {
  const { deps, caller, merchantId } = c.var;
  const { name, scopes, expires_at: expiresAtMs = null } = await readJson(c, body);
  const [scope] = missingScopes(caller.scopes, scopes);
  if (scope !== undefined) return problem(c, "scope_missing", { scope });
  if (expiresAtMs !== null && expiresAtMs <= deps.clock.nowMs()) {
    const errors = [{ path: "expires_at", message: "is in the past" }];
    throw new Refused("invalid_body", { errors });
  }
  const act = { operation: "tokens.create", body: { name, scopes, expiresAtMs }, merchantId };
  return idempotent(c, act, async () => {
    const { row, token } = await mintToken(deps, author(c), { name, scopes, expiresAtMs });
    return { status: 201, body: { ...tokenJson(row), token } };
  });
});

describeRoute(createTokenRoute, {
  name: "createToken",
  summary: "Make a token",
  description: "Nobody gives away more than they have.",
  idempotencyKey: "optional",
  body: json(body, { name: "catalogue robot", scopes: ["catalog:read", "keys:import"] }),
  answers: { 201: { description: "The token; nothing shows it again.", schema: newTokenShape } },
  problems: { scope_missing: "`scope` is what the caller lacks." },
});
