import type { AccountId } from "../../../domain/ids.ts";
import { CURRENCIES, type Currency } from "../../../domain/money.ts";
import { z } from "zod";
import { instant, timeJson, type Json } from "../../api/json.ts";
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

export const accountShape = z
  .object({
    id: z.string().startsWith("acct_"),
    slug: z.string(),
    title: z.string(),
    gateway: z.string(),
    currency: z.enum(CURRENCIES),
    active: z.boolean(),
    notify_url: z.string().describe("What you enter at the gateway, where it asks for one."),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: "PaymentAccount", description: "Its credentials are written and never read." });

/** An account without its credentials: they are written and never read. */
export function accountJson(c: AdminContext, account: Account): Json<typeof accountShape> {
  const { id, slug, title, gateway, currency, active } = account;
  return {
    id,
    slug,
    title,
    gateway,
    currency,
    active,
    notify_url: `${publicOrigin(c)}/payments/${id}/notify`,
    created_at: timeJson(account.createdAtMs),
    updated_at: timeJson(account.updatedAtMs),
  };
}
