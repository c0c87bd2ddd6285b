import { z } from "zod";
import { disputeShown } from "../../domain/payments/dispute.ts";
import { maskEmail } from "../../domain/email.ts";
import { isSettled, ORDER_STATES, waitsForReview } from "../../domain/order/order.ts";
import { NEXT_STEPS, OUTLOOK_KINDS } from "../../domain/payments/money-outlook.ts";
import type { OrderView } from "../../flows/orders/show-order.ts";
import { instant, money, moneyJson, timeJson, type Json } from "./json.ts";

/** How soon a page that cannot listen should ask again. */
const POLL_PENDING_MS = 2_000;
const POLL_WAITING_MS = 15_000;

const toPay = { method: z.string().nullable(), expires_at: instant.nullable() };
const shape = z.object({
  id: z.string().startsWith("ord_"),
  state: z.enum(ORDER_STATES),
  product: z.object({ id: z.string().startsWith("prd_"), title: z.string() }),
  variant: z.object({ id: z.string(), title: z.string().nullable() }).nullable(),
  quantity: z.int(),
  amount: money.describe("What is paid in all: the price and the fee."),
  fee: money.describe("Of the way to pay, where the buyer bears it: a part of `amount`."),
  discount: money,
  email_masked: z.string(),
  fields: z.record(z.string(), z.string()).describe("What the buyer filled in."),
  placed_at: instant,
  expires_at: instant.nullable().describe("Until when keys are held for it."),
  paid_at: instant.nullable(),
  delivered_at: instant.nullable(),
  payment: z
    .union([
      z.object({ ...toPay, action: z.literal("redirect"), url: z.string() }),
      z.object({
        ...toPay,
        action: z.literal("form"),
        url: z.string(),
        fields: z.record(z.string(), z.string()),
      }),
      z.object({ ...toPay, action: z.literal("qr"), qr_text: z.string() }),
      z
        .object({
          ...toPay,
          action: z.literal("jsapi"),
          fields: z.record(z.string(), z.string()),
        })
        .describe("Inside WeChat: `fields` are what `getBrandWCPayRequest` is called with."),
      z.object({
        ...toPay,
        action: z.literal("none"),
        instructions: z.string().optional().describe("How to pay, in the merchant's words."),
        problem: z
          .enum(["gateway_refused", "gateway_unavailable"])
          .optional()
          .describe("Why it cannot be paid now. Unavailable: ask for the order again."),
      }),
    ])
    .nullable()
    .describe("What to do to pay; null where there is nothing to pay now."),
  keys: z
    .array(
      z.object({
        id: z.string().startsWith("key_"),
        secret: z.string(),
        note: z.string().nullable(),
      }),
    )
    .nullable()
    .describe("The keys, once they are delivered."),
  poll_after_ms: z.int().nullable().describe("Null when nothing more will happen by itself."),
  review: z
    .enum(["waiting", "rejected"])
    .nullable()
    .describe("Of a paid order: the shop checks it before it delivers, or has declined it."),
  dispute: z
    .enum(["open", "lost"])
    .nullable()
    .describe(
      "The buyer has asked their bank for the money back: `open` until it has decided, nothing more is delivered meanwhile; `lost` by the shop.",
    ),
  refunds: z
    .array(z.object({ amount: money, state: z.enum(["asked", "done"]), at: instant }))
    .describe("What of the money goes back, and whether it has."),
  money: z
    .array(
      z.object({
        kind: z.enum(OUTLOOK_KINDS).describe("What the payment is."),
        amount: money.describe("What is left of it."),
        paid_at: instant,
        next: z
          .enum(NEXT_STEPS)
          .describe(
            "`keys`: the order waits for them. `refund`: the gateway is asked to give it back. `person`: somebody of the shop settles it.",
          ),
        by: instant
          .nullable()
          .describe("At the latest; of `keys`, until when it waits. Null: nobody has set an end."),
      }),
    )
    .describe("Money that came and has not simply bought keys: what happens to it next."),
  keys_set_aside: z
    .int()
    .describe("Of an unfilled order: keys that are its own already, while the rest is waited for."),
  stop_waiting: z
    .object({ next: z.enum(NEXT_STEPS), by: instant.nullable() })
    .nullable()
    .describe("What would happen to the money if the buyer waited no longer; null: nothing waits."),
  refund_at: instant
    .nullable()
    .describe(
      "Of an unfilled order: when its money goes back if no keys have come; null: not set.",
    ),
  version: z.int().describe("Grows at each change."),
});

export const orderShape = shape.meta({ id: "Order" });
export const placedOrderShape = shape
  .extend({ access_token: z.string().describe("Opens this order, and only it. Keep it secret.") })
  .meta({ id: "PlacedOrder" });

/** The Order of the HTTP contract. Only for whoever holds its token: it shows the keys. */
export function orderJson({
  order,
  keys,
  payment,
  money: shown,
}: OrderView): Json<typeof orderShape> {
  const { currency } = order;
  return {
    id: order.id,
    state: order.state,
    product: { id: order.productId, title: order.productTitle },
    variant: order.variantId === null ? null : { id: order.variantId, title: order.variantTitle },
    quantity: order.quantity,
    amount: moneyJson({ amountMinor: order.amountMinor, currency }),
    fee: moneyJson({ amountMinor: order.feeMinor ?? 0, currency }),
    discount: moneyJson({ amountMinor: order.discountMinor, currency }),
    email_masked: maskEmail(order.email),
    fields: order.fields,
    placed_at: timeJson(order.placedAtMs),
    expires_at: timeJson(order.expiresAtMs),
    paid_at: timeJson(order.paidAtMs),
    delivered_at: timeJson(order.deliveredAtMs),
    payment: payment === null ? null : paymentJson(order, payment),
    keys: keys.length === 0 ? null : keys,
    poll_after_ms: pollAfterMs(order),
    review: reviewShown(order),
    dispute: disputeShown(order),
    refunds: refundsShown(order),
    money: shown.outlook.map(({ kind, money: sum, paidAtMs, next, byMs }) => ({
      kind,
      amount: moneyJson(sum),
      paid_at: timeJson(paidAtMs),
      next,
      by: timeJson(byMs),
    })),
    keys_set_aside: order.setAside ?? 0,
    stop_waiting: shown.ifStopped && {
      next: shown.ifStopped.next,
      by: timeJson(shown.ifStopped.byMs),
    },
    refund_at: timeJson(shown.refundAtMs),
    version: order.version,
  };
}

/** What a gateway refused is the shop's matter. */
function refundsShown({ refunds = [] }: OrderView["order"]) {
  return refunds.flatMap(({ money: sum, state, askedAtMs, settledAtMs }) =>
    state === "refused"
      ? []
      : [{ amount: moneyJson(sum), state, at: timeJson(settledAtMs ?? askedAtMs) }],
  );
}

function paymentJson(
  { paymentMethod, expiresAtMs }: OrderView["order"],
  payment: NonNullable<OrderView["payment"]>,
): Json<typeof orderShape>["payment"] {
  const common = { method: paymentMethod, expires_at: timeJson(expiresAtMs) };
  switch (payment.action) {
    case "redirect":
      return { ...common, action: payment.action, url: payment.url };
    case "form":
      return { ...common, action: payment.action, url: payment.url, fields: payment.fields };
    case "qr":
      return { ...common, action: payment.action, qr_text: payment.qrText };
    case "jsapi":
      return { ...common, action: payment.action, fields: payment.fields };
    case "none":
      return { ...common, ...payment };
    default:
      return payment satisfies never;
  }
}

/** What a buyer sees of it: that somebody looks, and that they declined; never why. */
export function reviewShown(
  order: Pick<OrderView["order"], "state" | "review">,
): "waiting" | "rejected" | null {
  if (waitsForReview(order)) return "waiting";
  return order.state === "paid" && order.review === "rejected" ? "rejected" : null;
}

/** Money came that did not pay for the order: nobody may tell its buyer that they were not charged. */
export function hasStrayMoney({
  state,
  payments,
  refunds = [],
}: Pick<OrderView["order"], "state" | "payments" | "refunds">) {
  const isUnpaid = state === "pending" || state === "expired" || state === "cancelled";
  // What went back had come, whether its payment has been told of or not.
  return (
    isUnpaid && (payments.some(({ verdict }) => verdict !== "trade_reused") || refunds.length > 0)
  );
}

/** Something more may happen by itself: a gateway may also refuse the refund that it was asked for. */
export function isMoving({ state, refunds = [] }: Pick<OrderView["order"], "state" | "refunds">) {
  return !isSettled(state) || refunds.some((refund) => refund.state === "asked");
}

/** Null when nothing more will happen by itself. */
export function pollAfterMs(order: Pick<OrderView["order"], "state" | "refunds">): number | null {
  if (order.state === "pending") return POLL_PENDING_MS;
  return isMoving(order) ? POLL_WAITING_MS : null;
}
