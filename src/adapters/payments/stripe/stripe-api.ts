import type { Stripe } from "stripe";
import { z } from "zod";
import type { Money } from "../../../domain/money.ts";
import type {
  GatewayRefunds,
  Opening,
  PaymentQuestion,
  PaymentRequest,
  PaymentStatus,
  RefundOutcome,
  RefundQuestion,
  RefundRequest,
} from "../../../flows/payments/payment-ports.ts";
import type { OrderOfPayment } from "../../../flows/disputes/dispute-ports.ts";
import { cutToBytes, payUrl, reference, refusalReason } from "../fields.ts";
import type { GatewayWorld } from "../gateway.ts";
import { unavailable } from "../outgoing.ts";
import { isMissing, outcomeOf } from "./stripe-client.ts";
import { stripeMoney } from "./stripe-money.ts";

/**
 * The shortest life of a session that Stripe takes, and the longest, each with a minute to spare: "anywhere from 30
 * minutes to 24 hours after Checkout Session creation" (docs.stripe.com/api/checkout/sessions/create, `expires_at`).
 */
const SESSION_MS_MIN = 31 * 60_000;
const SESSION_MS_MAX = 24 * 3_600_000 - 60_000;
const NAME_BYTES_MAX = 250;

const session = z.object({
  id: z.string().startsWith("cs_"),
  url: z.string().nullable(),
  client_reference_id: z.string().nullable(),
  amount_total: z.int().nullable(),
  currency: z.string().nullable(),
});

/** One session an order: its key is the order's id, so that a second try finds the first one. */
export async function openSession(
  client: Stripe,
  world: GatewayWorld,
  request: PaymentRequest,
): Promise<Opening> {
  const { orderId, expiresAtMs } = request;
  const endsAtMs = expiresAtMs === null ? null : expiresAtMs + SESSION_MS_MIN;
  // Of a hold of nearly a day Stripe takes no such end: it ends a session after a day by itself.
  const isTooFar = endsAtMs !== null && endsAtMs > world.clock.nowMs() + SESSION_MS_MAX;
  let answer: unknown;
  try {
    answer = await client.checkout.sessions.create(
      sessionOf(request, isTooFar ? null : endsAtMs),
      // A try half an hour later may have other words, and so another key: nobody saw what the first one opened.
      { idempotencyKey: `open-${orderId}${isTooFar ? "-day" : ""}` },
    );
  } catch (error) {
    return outcomeOf(error);
  }
  const parsed = session.safeParse(answer);
  if (!parsed.success) return unavailable("not_understood");
  const { id, url, client_reference_id, amount_total, currency } = parsed.data;
  const money = stripeMoney(amount_total, currency);
  const isAsked =
    client_reference_id === request.orderId &&
    money?.amountMinor === request.money.amountMinor &&
    money.currency === request.money.currency;
  if (!isAsked) return unavailable("other_order");
  const address = payUrl(url ?? "", world);
  if (address === null) return unavailable("not_understood");
  return { kind: "opened", action: { action: "redirect", url: address }, reference: id };
}

/**
 * It lives half an hour longer than the hold, the least that Stripe takes at any moment of the hold: the same
 * words at every try, as its idempotency wants them.
 */
function sessionOf(
  request: PaymentRequest,
  endsAtMs: number | null,
): Stripe.Checkout.SessionCreateParams {
  const { orderId, money, returnUrl } = request;
  const metadata = { order_id: orderId };
  return {
    mode: "payment",
    client_reference_id: orderId,
    line_items: [
      {
        quantity: 1,
        price_data: {
          currency: money.currency.toLowerCase(),
          unit_amount: money.amountMinor,
          product_data: { name: cutToBytes(request.title, NAME_BYTES_MAX) },
        },
      },
    ],
    metadata,
    payment_intent_data: { metadata },
    // A sum in the buyer's own currency would not be the order's.
    adaptive_pricing: { enabled: false },
    success_url: returnUrl,
    cancel_url: returnUrl,
    ...(endsAtMs === null ? {} : { expires_at: Math.floor(endsAtMs / 1_000) }),
  };
}

const charge = z.object({ refunded: z.boolean(), created: z.number() });
const asked = session.extend({
  status: z.enum(["open", "complete", "expired"]).nullable(),
  payment_status: z.enum(["paid", "unpaid", "no_payment_required"]),
  payment_intent: z
    .object({
      id: z.string(),
      status: z.string(),
      latest_charge: charge.nullish().catch(null),
    })
    .nullish(),
});

export async function querySession(
  client: Stripe,
  { orderId, reference: id }: PaymentQuestion,
): Promise<PaymentStatus> {
  if (id === null) return { kind: "unknown" };
  let answer: unknown;
  try {
    answer = await client.checkout.sessions.retrieve(id, {
      expand: ["payment_intent.latest_charge"],
    });
  } catch (error) {
    if (isMissing(error)) return { kind: "unknown" };
    const outcome = outcomeOf(error);
    return outcome.kind === "unavailable" ? outcome : unavailable("credentials");
  }
  const parsed = asked.safeParse(answer);
  if (!parsed.success) return unavailable("not_understood");
  const { client_reference_id, status, payment_status, payment_intent: intent } = parsed.data;
  if (parsed.data.id !== id || client_reference_id !== orderId) return unavailable("other_order");
  if (payment_status !== "paid") return unpaid(status, intent?.status);
  const tradeNo = reference(intent?.id);
  const money = stripeMoney(parsed.data.amount_total, parsed.data.currency);
  if (tradeNo === null || money === null) return unavailable("not_understood");
  const paid = intent?.latest_charge ?? null;
  if (paid?.refunded === true) return { kind: "refunded", tradeNo };
  return { kind: "paid", tradeNo, money, paidAtMs: paid === null ? null : paid.created * 1_000 };
}

/** A completed session without money waits for a slow method, or has been let down by one. */
function unpaid(status: string | null, intent: string | undefined): PaymentStatus {
  const failed = intent === "requires_payment_method" || intent === "canceled";
  const over = status === "expired" || (status === "complete" && failed);
  return { kind: over ? "closed" : "pending" };
}

const refund = z.object({
  id: z.string(),
  amount: z.int(),
  currency: z.string(),
  payment_intent: z.string().nullable(),
  status: z.string().nullable(),
  failure_reason: z.string().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
});
const refunds = z.object({ data: z.array(refund) });

/**
 * Stripe forgets an idempotency key after a day or so. A refund of that number that was made before is
 * looked for first, so that a try of next week makes no second one.
 */
export async function refundPayment(
  client: Stripe,
  request: RefundRequest,
): Promise<RefundOutcome> {
  let answer: unknown;
  try {
    const known = await listRefunds(client, request.tradeNo);
    if (known === null) return unavailable("not_understood");
    answer =
      known.find(({ metadata }) => metadata?.["refund_id"] === request.refundId) ??
      (await client.refunds.create(
        {
          payment_intent: request.tradeNo,
          amount: request.money.amountMinor,
          metadata: { refund_id: request.refundId, order_id: request.orderId },
        },
        { idempotencyKey: request.refundId },
      ));
  } catch (error) {
    return outcomeOf(error);
  }
  const parsed = refund.safeParse(answer);
  return parsed.success ? refundOutcome(parsed.data, request) : unavailable("not_understood");
}

/** All that were made of a payment: far fewer than a page of them. Null where the answer cannot be read. */
async function listRefunds(client: Stripe, tradeNo: string) {
  const made: unknown = await client.refunds.list({ payment_intent: tradeNo, limit: 100 });
  const known = refunds.safeParse(made);
  return known.success ? known.data.data : null;
}

/** Stripe's notices are of the charge: which refund they tell of is only to be had by asking. */
export async function refundsOfPayment(
  client: Stripe,
  { tradeNo }: RefundQuestion,
): Promise<GatewayRefunds> {
  try {
    const made = await listRefunds(client, tradeNo);
    if (made === null) return unavailable("not_understood");
    const done = made.filter(
      ({ status, payment_intent }) => status === "succeeded" && payment_intent === tradeNo,
    );
    return {
      kind: "refunds",
      refunds: done.flatMap(({ id, amount, currency, metadata }) => {
        const [refundNo, money] = [reference(id), stripeMoney(amount, currency)];
        const refundId = reference(metadata?.["refund_id"]);
        return refundNo === null || money === null ? [] : [{ refundNo, refundId, money }];
      }),
    };
  } catch (error) {
    const outcome = outcomeOf(error);
    return outcome.kind === "unavailable" ? outcome : unavailable("not_understood");
  }
}

const intentOfOrder = z.object({
  id: z.string(),
  object: z.literal("payment_intent"),
  metadata: z.record(z.string(), z.string()).nullish(),
});

/** Stripe's disputes name the payment only; our number of the order is in its metadata since its session was made. */
export async function orderOfPayment(client: Stripe, tradeNo: string): Promise<OrderOfPayment> {
  // Of a charge without a payment intent nobody here has heard: our sessions make one.
  if (!tradeNo.startsWith("pi_")) return { kind: "order", orderRef: null };
  let answer: unknown;
  try {
    answer = await client.paymentIntents.retrieve(tradeNo);
  } catch (error) {
    if (isMissing(error)) return { kind: "order", orderRef: null };
    const outcome = outcomeOf(error);
    return outcome.kind === "unavailable" ? outcome : unavailable("not_understood");
  }
  const parsed = intentOfOrder.safeParse(answer);
  if (!parsed.success) return unavailable("not_understood");
  const { id, metadata } = parsed.data;
  if (id !== tradeNo) return unavailable("other_order");
  return { kind: "order", orderRef: reference(metadata?.["order_id"]) };
}

function refundOutcome(
  made: z.infer<typeof refund>,
  { tradeNo, money }: RefundRequest,
): RefundOutcome {
  const sum: Money | null = stripeMoney(made.amount, made.currency);
  const isAsked =
    made.payment_intent === tradeNo &&
    sum?.amountMinor === money.amountMinor &&
    sum.currency === money.currency;
  if (!isAsked) return unavailable("other_order");
  const refundNo = reference(made.id);
  if (made.status === "succeeded") return { kind: "done", refundNo };
  if (made.status === "failed" || made.status === "canceled") {
    return { kind: "refused", reason: refusalReason(made.failure_reason ?? made.status) };
  }
  return { kind: "pending", refundNo };
}
