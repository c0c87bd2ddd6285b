import { z } from "zod";
import { AMOUNT_MINOR_MAX, CURRENCIES } from "../../../domain/money.ts";
import { BORNE_BY, feeRule } from "../../../domain/payments/fee.ts";
import { SURFACES } from "../../../domain/payments/surface.ts";
import type { AccountRefusal, RulesGiven } from "../../../flows/payments/save-payment-account.ts";
import { problem } from "../../problem.ts";
import type { AdminContext } from "../admin-env.ts";
import { line, slug } from "../schemas.ts";

/** What is in them is the gateway's business: its own schema judges them. */
const credentials = z.record(z.string().max(64), z.unknown());
const title = line(1, 60);
const sum = z.int().min(0).max(AMOUNT_MINOR_MAX).nullable();
const RANK_MAX = 1_000;
const QUERIES_PER_MINUTE_MAX = 6_000;

const rules = z.strictObject({
  method: slug
    .optional()
    .describe("The payment method that it is one account of. Its own slug where nothing is said."),
  fee: z
    .strictObject({
      fixed_minor: feeRule.shape.fixedMinor.default(0),
      basis_points: feeRule.shape.basisPoints
        .default(0)
        .describe("Parts per 10,000 of the price, rounded half up to the minor unit."),
      borne_by: z.enum(BORNE_BY).describe("`buyer`: added to what they pay."),
    })
    .optional(),
  limits: z
    .strictObject({ min_minor: sum.default(null), max_minor: sum.default(null) })
    .optional()
    .describe("Of what the buyer pays, the fee included. Null: no such limit."),
  devices: z
    .array(z.enum(SURFACES))
    .min(1)
    .max(SURFACES.length)
    .refine((devices) => new Set(devices).size === devices.length, "each of them once")
    .nullish()
    .describe(
      "Where it is offered: computers, phones, the browsers inside apps. Null: everywhere. Of a new account, unless said, wherever its gateway's cashier works.",
    ),
  position: z.int().min(0).max(RANK_MAX).optional().describe("Accounts of the lowest come first."),
  weight: z
    .int()
    .min(0)
    .max(RANK_MAX)
    .optional()
    .describe("Its share of orders among its method's accounts of one position. 0: a stand-in."),
  queries_per_minute: z
    .int()
    .min(6)
    .max(QUERIES_PER_MINUTE_MAX)
    .nullish()
    .describe(
      "How many orders its gateway may be asked about in a minute by the schedule. Null: as its document says, 300 where none does.",
    ),
});

export const newAccountBody = rules.extend({
  slug,
  title,
  gateway: z.string().min(1).max(32),
  currency: z.enum(CURRENCIES),
  credentials,
  active: z.boolean().default(true),
});

export const accountEditBody = rules.extend({
  title: title.optional(),
  active: z.boolean().optional(),
  credentials: credentials.optional(),
});

/** What a body says of the account's rules; the rest stays. */
export function rulesIn(body: z.infer<typeof rules>): RulesGiven {
  const { method, fee, limits, devices, position, weight } = body;
  return {
    method,
    feeFixedMinor: fee?.fixed_minor,
    feeBasisPoints: fee?.basis_points,
    feeBorneBy: fee?.borne_by,
    minMinor: limits?.min_minor,
    maxMinor: limits?.max_minor,
    surfaces: devices,
    position,
    weight,
    queriesPerMinute: body.queries_per_minute,
  };
}

export function accountProblem(c: AdminContext, refusal: AccountRefusal): Response {
  switch (refusal.reason) {
    case "slug_taken":
    case "version_conflict":
      return problem(c, refusal.reason);
    case "limits_crossed": {
      const message = "must not be below min_minor";
      return problem(c, "invalid_body", { errors: [{ path: "limits.max_minor", message }] });
    }
    case "credentials_invalid": {
      const errors = refusal.errors.map(({ path, message }) => ({
        path: /^(gateway|currency)$/.test(path)
          ? path
          : ["credentials", path].filter(Boolean).join("."),
        message,
      }));
      return problem(c, "invalid_body", { errors });
    }
    default:
      return refusal satisfies never;
  }
}
