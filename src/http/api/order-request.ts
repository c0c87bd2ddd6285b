import { z } from "zod";
import { normalizeEmail, EMAIL_CHARACTERS_MAX } from "../../domain/email.ts";
import { AMOUNT_MINOR_MAX } from "../../domain/money.ts";
import { QUANTITY_MAX } from "../../domain/product/terms.ts";
import type { WantedOrder } from "../../flows/orders/refuse-sold-out.ts";

/** What is asked for in a body, in the words of the flow. */
export function wantedOrder(
  body: z.output<typeof orderBody>,
  given: Pick<WantedOrder, "merchantId" | "idempotencyKey" | "surface">,
): WantedOrder {
  return {
    ...given,
    product: body.product_id,
    variantId: body.variant_id ?? null,
    quantity: body.quantity,
    email: body.email,
    locale: body.locale ?? "zh-CN",
    paymentMethod: body.payment_method ?? null,
    fields: body.fields ?? {},
    lookupPassword: body.lookup_password ?? null,
    coupon: body.coupon ?? null,
    expectedAmountMinor: body.expected_amount_minor ?? null,
  };
}

/** An e-mail address in the one form that the shop knows it by. */
export const email = z
  .string()
  .max(EMAIL_CHARACTERS_MAX)
  .transform((text, context) => {
    const normalized = normalizeEmail(text);
    if (normalized !== null) return normalized;
    context.addIssue({ code: "custom", message: "Not an e-mail address." });
    return z.NEVER;
  })
  .meta({ format: "email" });

const LOOKUP_PASSWORD_MIN = 6;
export const lookupPassword = z.string().min(LOOKUP_PASSWORD_MIN).max(128);
const FIELDS_MAX = 20;
/** No NUL: digests join their parts with it. */
const PLAIN_TEXT = /^[^\0]*$/;

/** The body of POST /api/v1/orders. A price is not among it: whoever sends one is refused. */
export const orderBody = z.strictObject({
  product_id: z.string().min(1).max(64).describe("Its id or its slug."),
  variant_id: z.string().min(1).max(32).nullish(),
  quantity: z.int().min(1).max(QUANTITY_MAX).default(1),
  email,
  payment_method: z
    .string()
    .min(1)
    .max(64)
    .nullish()
    .describe("One of the product's; may be left out where nothing is to be paid."),
  locale: z.enum(["zh-CN", "en"]).optional(),
  coupon: z.string().min(1).max(64).nullish(),
  fields: z
    .record(z.string().max(32), z.string().max(1_000).regex(PLAIN_TEXT))
    .refine((fields) => Object.keys(fields).length <= FIELDS_MAX, `At most ${FIELDS_MAX} fields.`)
    .optional(),
  lookup_password: lookupPassword
    .regex(PLAIN_TEXT)
    .nullish()
    .describe("Finds the order again, together with the e-mail."),
  ticket: z
    .string()
    .max(2_048)
    .nullish()
    .describe("A place in the line of the product's drop; needed while there is one."),
  challenge: z
    .string()
    .max(4_096)
    .nullish()
    .describe("What the widget of a challenge gave (`challenge_required`)."),
  expected_amount_minor: z
    .int()
    .min(0)
    .max(AMOUNT_MINOR_MAX)
    .nullish()
    .describe("What the buyer was shown, the fee included: another sum is refused."),
});
