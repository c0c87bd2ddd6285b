import type { AccountId } from "../../../domain/ids.ts";
import type { Currency } from "../../../domain/money.ts";
import { timeJson } from "../../api/json.ts";
import { publicOrigin } from "../../origin.ts";
import type { AdminContext } from "../admin-env.ts";

interface Account {
  readonly id: AccountId;
  readonly slug: string;
  readonly title: string;
  readonly gateway: string;
  readonly currency: Currency;
  readonly active: boolean;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** An account without its credentials: they are written and never read. */
export function accountJson(c: AdminContext, account: Account) {
  const { id, slug, title, gateway, currency, active } = account;
  return {
    id,
    slug,
    title,
    gateway,
    currency,
    active,
    /** What the merchant enters at the gateway, where it asks for one. */
    notify_url: `${publicOrigin(c)}/payments/${id}/notify`,
    created_at: timeJson(account.createdAtMs),
    updated_at: timeJson(account.updatedAtMs),
  };
}
