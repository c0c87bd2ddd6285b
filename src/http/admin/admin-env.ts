import type { Context } from "hono";
import type { AuditEntry, Author } from "../../domain/audit.ts";
import type { MerchantId } from "../../domain/ids.ts";
import type { Scope } from "../../domain/scopes.ts";
import type { AppEnv } from "../env.ts";

/** Who calls the admin API, and for whom. */
export interface Caller {
  /** A token's id, or "operator": what the audit log says. */
  readonly actor: string;
  readonly scopes: readonly Scope[];
  /** Null until the merchant that the operator named exists. */
  readonly merchantId: MerchantId | null;
}

export interface AdminEnv {
  Bindings: AppEnv["Bindings"];
  Variables: AppEnv["Variables"] & {
    caller: Caller;
    /** The merchant that everything is scoped to; set by `allow`. */
    merchantId: MerchantId;
  };
}

export type AdminContext = Context<AdminEnv>;

export function author(c: AdminContext): Author {
  const { deps, caller, merchantId } = c.var;
  return { merchantId, actor: caller.actor, atMs: deps.clock.nowMs() };
}

export function auditEntry(
  c: AdminContext,
  action: string,
  subject: string,
  detail: AuditEntry["detail"] = {},
): AuditEntry {
  return { ...author(c), action, subject, detail };
}
