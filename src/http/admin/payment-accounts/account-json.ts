import type { AccountId } from "../../../domain/ids.ts";
import { CURRENCIES, type Currency } from "../../../domain/money.ts";
import { BORNE_BY, type BorneBy } from "../../../domain/payments/fee.ts";
import { SURFACES, type Surface } from "../../../domain/payments/surface.ts";
import { z } from "zod";
import { instant, timeJson, type Json } from "../../api/json.ts";
import { healthShape } from "./health-json.ts";
import { publicOrigin } from "../../origin.ts";
import type { AdminContext } from "../admin-env.ts";

interface Account {
  readonly id: AccountId;
  readonly slug: string;
  readonly title: string;
  readonly gateway: string;
  readonly currency: Currency;
  readonly active: boolean;
  readonly version: number;
  readonly credentialsAtMs: number | null;
  readonly method: string | null;
  readonly feeFixedMinor: number;
  readonly feeBasisPoints: number;
  readonly feeBorneBy: BorneBy;
  readonly minMinor: number | null;
  readonly maxMinor: number | null;
  readonly surfaces: readonly Surface[] | null;
  readonly position: number;
  readonly weight: number;
  readonly queriesPerMinute: number | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

const shape = z.object({
  id: z.string().startsWith("acct_"),
  slug: z.string(),
  title: z.string(),
  gateway: z.string(),
  currency: z.enum(CURRENCIES),
  active: z.boolean(),
  version: z.int().describe("What If-Match of the next edit says."),
  method: z.string().describe("What `payment_method` of an order says to be paid by it."),
  fee: z.object({
    fixed_minor: z.int(),
    basis_points: z.int(),
    borne_by: z.enum(BORNE_BY),
  }),
  limits: z.object({ min_minor: z.int().nullable(), max_minor: z.int().nullable() }),
  devices: z.array(z.enum(SURFACES)).nullable().describe("Null: everywhere."),
  position: z.int(),
  weight: z.int(),
  queries_per_minute: z
    .int()
    .nullable()
    .describe("Null: as the gateway's document says, 300 where none does."),
  credentials_set_at: instant.describe("When they were last given."),
  notify_url: z.string().describe("What you enter at the gateway, where it asks for one."),
  created_at: instant,
  updated_at: instant,
});

export const accountShape = shape.meta({
  id: "PaymentAccount",
  description: "Its credentials are written and never read.",
});
export const accountWithHealthShape = shape
  .extend({ health: healthShape })
  .meta({ id: "PaymentAccountInFull" });

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
    version: account.version,
    method: account.method ?? slug,
    fee: {
      fixed_minor: account.feeFixedMinor,
      basis_points: account.feeBasisPoints,
      borne_by: account.feeBorneBy,
    },
    limits: { min_minor: account.minMinor, max_minor: account.maxMinor },
    devices: account.surfaces,
    position: account.position,
    weight: account.weight,
    queries_per_minute: account.queriesPerMinute,
    credentials_set_at: timeJson(account.credentialsAtMs ?? account.createdAtMs),
    notify_url: `${publicOrigin(c)}/payments/${id}/notify`,
    created_at: timeJson(account.createdAtMs),
    updated_at: timeJson(account.updatedAtMs),
  };
}
