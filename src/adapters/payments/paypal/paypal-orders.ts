import { z } from "zod";
import { CURRENCIES, formatDecimal, type Money } from "../../../domain/money.ts";
import type {
  Opening,
  PaymentQuestion,
  PaymentRequest,
  PaymentStatus,
  RefundOutcome,
  RefundRequest,
} from "../../../flows/payments/payment-ports.ts";
import { cutToBytes, payUrl, readAnswer, reference, refusalReason, sumOf } from "../fields.ts";
import type { GatewayWorld } from "../gateway.ts";
import { unavailable, type OutgoingAnswer } from "../outgoing.ts";
import { refusal, type PaypalCall } from "./paypal-client.ts";
import { SUMS, type SumRule } from "../../../domain/payments/sums.ts";

const DESCRIPTION_BYTES_MAX = 127;

const amount = z.object({ currency_code: z.string(), value: z.string() });
const capture = z.object({
  id: z.string(),
  status: z.string(),
  amount,
  create_time: z.string().optional(),
});
const order = z.object({
  id: z.string(),
  status: z.string(),
  links: z.array(z.object({ rel: z.string(), href: z.string() })).default([]),
  purchase_units: z
    .array(
      z.object({
        custom_id: z.string().optional(),
        amount: amount.optional(),
        payments: z.object({ captures: z.array(capture).default([]) }).optional(),
      }),
    )
    .default([]),
});
type PaypalOrder = z.infer<typeof order>;

/** One order of theirs for one of ours: the request's id is our order's. */
export async function createOrder(
  call: PaypalCall,
  world: GatewayWorld,
  request: PaymentRequest,
): Promise<Opening> {
  const { orderId, money, returnUrl } = request;
  const answer = await call({
    method: "POST",
    path: "/v2/checkout/orders",
    requestId: `open-${orderId}`,
    content: {
      intent: "CAPTURE",
      purchase_units: [
        {
          custom_id: orderId,
          description: cutToBytes(request.title, DESCRIPTION_BYTES_MAX),
          amount: amountOf(money),
        },
      ],
      payment_source: {
        paypal: {
          experience_context: {
            return_url: returnUrl,
            cancel_url: returnUrl,
            user_action: "PAY_NOW",
            shipping_preference: "NO_SHIPPING",
          },
        },
      },
    },
  });
  if (answer.kind === "failed") return refusal(answer);
  if (answer.kind !== "answered") return answer;
  const read = readAnswer(answer, order);
  if (read.kind !== "read") return read;
  const { id, links, purchase_units } = read.value;
  const [unit] = purchase_units;
  const sum = paypalMoney(unit?.amount);
  const isAsked =
    unit?.custom_id === orderId &&
    sum?.amountMinor === money.amountMinor &&
    sum.currency === money.currency;
  if (!isAsked) return unavailable("other_order");
  const link = links.find(({ rel }) => rel === "payer-action" || rel === "approve");
  const url = payUrl(link?.href ?? "", world);
  const theirs = reference(id);
  if (url === null || theirs === null) return unavailable("not_understood");
  return { kind: "opened", action: { action: "redirect", url }, reference: theirs };
}

/** An order that the buyer has approved is captured when it is asked about: its notice may be lost. */
export async function queryOrder(
  call: PaypalCall,
  world: Pick<GatewayWorld, "clock">,
  { orderId, reference: id }: PaymentQuestion,
): Promise<PaymentStatus> {
  if (id === null) return { kind: "unknown" };
  const status = await lookUp(call, id, orderId);
  return status === "approved" ? captureOrder(call, world, id, orderId) : status;
}

/** How long one try to take the money is the same try, ms. */
const SAME_TRY_MS = 5 * 60_000;

/**
 * Takes the money that the buyer agreed to. Taken already, it is answered with what was taken: an order is captured
 * once, whatever the request's id is ("ORDER_ALREADY_CAPTURED"). Its id is for tries that come close together. For
 * longer it would be in the way: PayPal answers an id that it knows with what came of it then
 * (developer.paypal.com/api/rest/reference/idempotency), for six hours, and a buyer whose card was declined
 * ("INSTRUMENT_DECLINED") approves the same order again with another. PayPal's own samples take a new one for each try.
 */
export async function captureOrder(
  call: PaypalCall,
  { clock }: Pick<GatewayWorld, "clock">,
  id: string,
  orderRef: string,
): Promise<PaymentStatus> {
  const answer = await call({
    method: "POST",
    path: `/v2/checkout/orders/${encodeURIComponent(id)}/capture`,
    requestId: `capture-${id}-${Math.floor(clock.nowMs() / SAME_TRY_MS)}`,
    content: {},
  });
  if (answer.kind === "failed") {
    if (answer.issue === "ORDER_ALREADY_CAPTURED") {
      const status = await lookUp(call, id, orderRef);
      return status === "approved" ? unavailable("not_understood") : status;
    }
    // "NOT_AUTHORIZED", "PERMISSION_DENIED": no buyer can mend that.
    if (answer.status === 403) return unavailable("credentials");
    // The buyer's bank said no, or they took too long: they may approve again.
    return answer.status === 404 ? { kind: "unknown" } : { kind: "pending" };
  }
  if (answer.kind !== "answered") return answer;
  const status = statusOf(answer, id, orderRef);
  return status === "approved" ? unavailable("not_understood") : status;
}

async function lookUp(
  call: PaypalCall,
  id: string,
  orderRef: string,
): Promise<PaymentStatus | "approved"> {
  const path = `/v2/checkout/orders/${encodeURIComponent(id)}`;
  const answer = await call({ method: "GET", path });
  if (answer.kind === "failed") {
    return answer.status === 404 ? { kind: "unknown" } : unavailable("credentials");
  }
  return answer.kind === "answered" ? statusOf(answer, id, orderRef) : answer;
}

function statusOf(
  answer: OutgoingAnswer,
  id: string,
  orderRef: string,
): PaymentStatus | "approved" {
  const read = readAnswer(answer, order);
  if (read.kind !== "read") return read;
  const { value } = read;
  if (value.id !== id || value.purchase_units[0]?.custom_id !== orderRef) {
    return unavailable("other_order");
  }
  switch (value.status) {
    case "CREATED":
    case "SAVED":
    case "PAYER_ACTION_REQUIRED":
      return { kind: "pending" };
    case "APPROVED":
      return "approved";
    case "VOIDED":
      return { kind: "closed" };
    case "COMPLETED":
      return captured(value);
    default:
      return unavailable("not_understood");
  }
}

/** A completed order has one capture, whose own status says whether the money is there. */
function captured({ purchase_units }: PaypalOrder): PaymentStatus {
  const [taken] = purchase_units[0]?.payments?.captures ?? [];
  const tradeNo = reference(taken?.id);
  const money = paypalMoney(taken?.amount);
  if (taken === undefined || tradeNo === null || money === null) {
    return unavailable("not_understood");
  }
  switch (taken.status) {
    // `amount` is what was paid; what went back of it is told by its own event.
    case "PARTIALLY_REFUNDED":
    case "COMPLETED": {
      const paidAtMs = Date.parse(taken.create_time ?? "");
      return { kind: "paid", tradeNo, money, paidAtMs: Number.isNaN(paidAtMs) ? null : paidAtMs };
    }
    case "PENDING":
      return { kind: "pending" };
    case "REFUNDED":
      return { kind: "refunded", tradeNo };
    case "DECLINED":
    case "FAILED":
      return { kind: "closed" };
    default:
      return unavailable("not_understood");
  }
}

const refund = z.object({
  id: z.string(),
  status: z.string(),
  amount,
  custom_id: z.string().optional(),
});

/** PayPal keeps a request's id for 45 days: the same again is answered with the refund that was made. */
export async function refundCapture(
  call: PaypalCall,
  request: RefundRequest,
): Promise<RefundOutcome> {
  const answer = await call({
    method: "POST",
    path: `/v2/payments/captures/${encodeURIComponent(request.tradeNo)}/refund`,
    requestId: request.refundId,
    content: {
      amount: amountOf(request.money),
      custom_id: request.orderId,
      // Comes back in notices and statements: so this refund is told from one made at PayPal's desk.
      invoice_id: request.refundId,
      note_to_payer: cutToBytes(request.reason, 255),
    },
  });
  if (answer.kind === "failed") return refusal(answer);
  if (answer.kind !== "answered") return answer;
  const read = readAnswer(answer, refund);
  if (read.kind !== "read") return read;
  const { id, status, custom_id, amount: sent } = read.value;
  const sum = paypalMoney(sent);
  const isAsked =
    (custom_id ?? request.orderId) === request.orderId &&
    sum?.amountMinor === request.money.amountMinor &&
    sum.currency === request.money.currency;
  if (!isAsked) return unavailable("other_order");
  const refundNo = reference(id);
  if (status === "COMPLETED") return { kind: "done", refundNo };
  if (status === "PENDING") return { kind: "pending", refundNo };
  return { kind: "refused", reason: refusalReason(status) };
}

/** A currency without decimals takes none, not even zeros. */
function amountOf(money: Money): z.infer<typeof amount> {
  const whole = (SUMS.paypal.stepMinor as SumRule["stepMinor"])?.[money.currency] !== undefined;
  const text = formatDecimal(money);
  return { currency_code: money.currency, value: whole ? text.replace(/\.0+$/, "") : text };
}

/** Null for a currency that we do not know, or a sum with more digits than it has. */
export function paypalMoney(given: z.infer<typeof amount> | undefined): Money | null {
  const currency = CURRENCIES.find((candidate) => candidate === given?.currency_code);
  return currency === undefined ? null : sumOf(given?.value, currency);
}
