import { z } from "zod";
import {
  DROP_DEFAULTS,
  LINE_MAX_MAX,
  LINE_MAX_MIN,
  type DropSettings,
} from "../../../domain/drop/drop-record.ts";
import type { DropPolicy } from "../../../domain/drop/drop.ts";
import {
  DROP_QUANTITY_MAX,
  HOLD_SECONDS_MAX,
  HOLD_SECONDS_MIN,
  QUANTITY_MAX,
} from "../../../domain/product/terms.ts";
import { time } from "../schemas.ts";

const policy = z.strictObject({
  line_max: z
    .int()
    .min(LINE_MAX_MIN)
    .max(LINE_MAX_MAX)
    .nullish()
    .describe("People in line beyond which newcomers are turned away at random; null: nobody is."),
  qualification: z
    .enum(["none", "email_code"])
    .optional()
    .describe("`email_code`: whoever joins shows a code that was mailed to them."),
  challenge: z
    .enum(["never", "pressure", "always"])
    .optional()
    .describe("When those who join must show that they are people."),
});

const required = {
  opens_at: time.describe("In the future."),
  closes_at: time,
  quantity: z
    .int()
    .min(1)
    .max(DROP_QUANTITY_MAX)
    .describe("Keys on offer; the pool may have more."),
};
const settings = {
  per_buyer: z
    .int()
    .min(1)
    .max(QUANTITY_MAX)
    .nullable()
    .describe("The most that one buyer gets; null: the product's own limit."),
  hold_seconds: z.int().min(HOLD_SECONDS_MIN).max(HOLD_SECONDS_MAX),
  policy,
};

const product = z.string().min(1).max(64).describe("Its id or its slug.");

export const newDropBody = z
  .strictObject({ product_id: product, ...required })
  .extend(z.object(settings).partial().shape);
export const dropEditBody = z.strictObject({ ...required, ...settings }).partial();

export function settingsOfNew(body: z.infer<typeof newDropBody>): DropSettings {
  return {
    opensAtMs: body.opens_at,
    closesAtMs: body.closes_at,
    quantity: body.quantity,
    perBuyer: body.per_buyer === undefined ? DROP_DEFAULTS.perBuyer : body.per_buyer,
    holdSeconds: body.hold_seconds ?? DROP_DEFAULTS.holdSeconds,
    policy: policyIn(body.policy, DROP_DEFAULTS.policy),
  };
}

/** What the body changes of a drop; pieces of the policy that it does not mention stay as they are. */
export function changesIn(
  body: z.infer<typeof dropEditBody>,
  present: DropPolicy,
): Partial<DropSettings> {
  return {
    ...(body.opens_at === undefined ? {} : { opensAtMs: body.opens_at }),
    ...(body.closes_at === undefined ? {} : { closesAtMs: body.closes_at }),
    ...(body.quantity === undefined ? {} : { quantity: body.quantity }),
    ...(body.per_buyer === undefined ? {} : { perBuyer: body.per_buyer }),
    ...(body.hold_seconds === undefined ? {} : { holdSeconds: body.hold_seconds }),
    ...(body.policy === undefined ? {} : { policy: policyIn(body.policy, present) }),
  };
}

function policyIn(body: z.infer<typeof policy> | undefined, present: DropPolicy): DropPolicy {
  return {
    lineMax: body?.line_max === undefined ? present.lineMax : body.line_max,
    qualification: body?.qualification ?? present.qualification,
    challenge: body?.challenge ?? present.challenge,
  };
}
