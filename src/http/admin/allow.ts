import { createMiddleware } from "hono/factory";
import type { Scope } from "../../domain/scopes.ts";
import { problem } from "../problem.ts";
import { asksFor } from "../openapi/operation.ts";
import type { AdminEnv } from "./admin-env.ts";

/** Lets a caller with `scope` act for their merchant, and says which scope is missing otherwise. */
export function allow(scope: Exclude<Scope, "operator">) {
  const middleware = createMiddleware<AdminEnv>(async (c, next) => {
    const { caller } = c.var;
    if (!caller.scopes.includes(scope)) return problem(c, "scope_missing", { scope });
    if (caller.merchantId === null) {
      const detail =
        "There is no such merchant, or it is not yours. An operator creates one with POST /admin/api/v1/merchants and names it with the Kamidrop-Merchant header.";
      return problem(c, "not_found", { detail });
    }
    c.set("merchantId", caller.merchantId);
    return next();
  });
  return asksFor(scope, middleware);
}

/** For what is above merchants: making one. */
export const allowOperator = asksFor(
  "operator",
  createMiddleware<AdminEnv>(async (c, next) => {
    const scope = "operator";
    if (!c.var.caller.scopes.includes(scope)) return problem(c, "scope_missing", { scope });
    return next();
  }),
);
