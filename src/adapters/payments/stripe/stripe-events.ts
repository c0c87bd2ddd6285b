import { z } from "zod";
import type { NoticeReading } from "../../../flows/payments/payment-ports.ts";
import { reference, signedButUnread } from "../fields.ts";
import { stripeMoney } from "./stripe-money.ts";

/** Characters of a gateway's word that are kept. */
const REASON_MAX = 80;

/** What Stripe's events say, once their signature has held. Those of no order of ours are ignored. */

const event = z.object({
  id: z.string(),
  type: z.string(),
  created: z.int().nonnegative().optional().catch(undefined),
  data: z.object({
    object: z.unknown(),
    previous_attributes: z.object({ amount_refunded: z.number() }).partial().nullish().catch(null),
  }),
});

const session = z.object({
  id: z.string(),
  client_reference_id: z.string().nullish(),
  payment_status: z.string(),
  payment_intent: z.string().nullish(),
  amount_total: z.int().nullish(),
  currency: z.string().nullish(),
});

const charge = z.object({
  payment_intent: z.string().nullish(),
  amount_refunded: z.int(),
  currency: z.string(),
  metadata: z.record(z.string(), z.string()).nullish(),
});

const dispute = z.object({
  id: z.string(),
  payment_intent: z.string().nullish(),
  charge: z.string().nullish(),
  amount: z.int(),
  currency: z.string(),
  status: z.string(),
  reason: z.string().nullish().catch(null),
  evidence_details: z.object({ due_by: z.int().positive().nullish() }).nullish().catch(null),
});

/** An event without its own time counts as said when it was signed. */
export function readEvent(received: unknown, signedAtSeconds: number): NoticeReading {
  const parsed = event.safeParse(received);
  if (!parsed.success) return { kind: "ignored", about: "no event" };
  const { id, type, created, data } = parsed.data;
  switch (type) {
    case "checkout.session.completed":
    case "checkout.session.async_payment_succeeded":
    case "checkout.session.async_payment_failed":
    case "checkout.session.expired":
      return readSession(type, data.object);
    case "charge.refunded":
      return readRefund(id, data.object, data.previous_attributes?.amount_refunded ?? 0);
    case "charge.dispute.created":
    case "charge.dispute.closed":
      return readDispute(type, created ?? signedAtSeconds, data.object);
    default:
      return { kind: "ignored", about: type.slice(0, 60) };
  }
}

/** "Completed" is not "paid": a bank transfer completes days before its money comes. */
function readSession(type: string, object: unknown): NoticeReading {
  const parsed = session.safeParse(object);
  if (!parsed.success) return signedButUnread("malformed");
  const { id, client_reference_id, payment_intent, payment_status, ...sum } = parsed.data;
  const orderRef = reference(client_reference_id);
  // A payment link or another shop of the same account: no order of ours.
  if (orderRef === null) return { kind: "ignored", about: type };
  const tradeNo = reference(payment_intent ?? id) ?? id;
  const about = { tradeNo, orderRef };
  const succeeded = type.endsWith(".completed") || type.endsWith(".async_payment_succeeded");
  if (!succeeded || payment_status !== "paid") {
    return { kind: "not_paid", ...about, status: `${type.slice(17)} ${payment_status}` };
  }
  const money = stripeMoney(sum.amount_total, sum.currency);
  return money === null
    ? { kind: "invalid", check: "amount", about }
    : { kind: "paid", ...about, money };
}

/** A charge tells the sum of all its refunds; what it told before makes this one. */
function readRefund(eventId: string, object: unknown, before: number): NoticeReading {
  const parsed = charge.safeParse(object);
  const tradeNo = reference(parsed.data?.payment_intent);
  if (!parsed.success || tradeNo === null) return { kind: "ignored", about: "charge.refunded" };
  const { metadata, amount_refunded, currency } = parsed.data;
  return {
    kind: "refunded",
    tradeNo,
    orderRef: reference(metadata?.["order_id"]),
    // The refund itself is not in the event: the event's own number keeps two refunds apart.
    refundNo: reference(eventId),
    numberedByNotice: true,
    money: stripeMoney(amount_refunded - before, currency),
  };
}

function readDispute(type: string, createdSeconds: number, object: unknown): NoticeReading {
  const parsed = dispute.safeParse(object);
  if (!parsed.success) return signedButUnread("malformed");
  const { id, payment_intent, charge: chargeId, amount, currency, status } = parsed.data;
  const tradeNo = reference(payment_intent ?? chargeId);
  if (tradeNo === null) return { kind: "ignored", about: type };
  const state = type.endsWith(".created") ? "opened" : status === "lost" ? "lost" : "won";
  const dueSeconds = parsed.data.evidence_details?.due_by ?? null;
  // A dispute names the charge and no order; the payment's number leads to it.
  return {
    kind: "disputed",
    tradeNo,
    orderRef: null,
    disputeNo: id,
    state,
    money: stripeMoney(amount, currency),
    saidAtMs: createdSeconds * 1_000,
    reason: parsed.data.reason?.slice(0, REASON_MAX) ?? null,
    evidenceDueAtMs: dueSeconds === null ? null : dueSeconds * 1_000,
  };
}
