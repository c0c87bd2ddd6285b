import { z } from "zod";
import type {
  GatewayUnavailable,
  NoticeReading,
  RawNotice,
} from "../../../flows/payments/payment-ports.ts";
import { crc32 } from "../signatures/crc32.ts";
import { reference, signedButUnread } from "../fields.ts";
import type { GatewayWorld } from "../gateway.ts";
import { unavailable } from "../outgoing.ts";
import { signingCertificate, type SigningCertificate } from "./paypal-certificate.ts";
import { paypalMoney } from "./paypal-orders.ts";
import type { PaypalAccount } from "./paypal-client.ts";

/** Where PayPal keeps the certificates of its webhooks: nobody else's are asked for, nor a test's for real money. */
const CERTIFICATE_URL: Readonly<Record<PaypalAccount["environment"], RegExp>> = {
  live: /^https:\/\/api(-m)?\.paypal\.com\/v1\/notifications\/certs\/[\w-]{1,120}$/,
  sandbox: /^https:\/\/api(-m)?\.sandbox\.paypal\.com\/v1\/notifications\/certs\/[\w-]{1,120}$/,
};
/** Certificates that an account keeps; PayPal uses one for years. */
const CERTIFICATES_MAX = 8;
/** So many addresses are asked in a minute at most, so that a flood of forged notices makes no other. */
const ADDRESSES_MAX = 20;
const WINDOW_MS = 60_000;
/** An address that did not answer is asked again after so long, one that has no certificate in the next window. */
const AGAIN_MS = 1_000;

export type CheckWebhook = (
  notice: RawNotice,
) => Promise<"genuine" | "signature" | GatewayUnavailable>;

/**
 * PayPal's signature: RSA-SHA256 over `transmission id|time|webhook id|CRC-32 of the body`, by a certificate
 * that a header names. The certificate comes over TLS from PayPal's own host, which is what makes it theirs; what of
 * it can be checked besides is checked (paypal-certificate.ts).
 */
export function makeCheckWebhook(
  { webhook_id, environment }: PaypalAccount,
  { send, clock }: GatewayWorld,
): CheckWebhook {
  const certificates = new Map<string, SigningCertificate>();
  let window = { untilMs: 0, askedAgainAtMs: new Map<string, number>() };

  async function certificateAt(url: string): Promise<SigningCertificate | GatewayUnavailable> {
    const known = certificates.get(url);
    if (known !== undefined) return known;
    if (!mayAsk(url)) return unavailable("signature");
    const answer = await send({ method: "GET", url, headers: { accept: "*/*" } });
    if (answer.kind !== "answered") {
      window.askedAgainAtMs.set(url, clock.nowMs() + AGAIN_MS);
      return answer;
    }
    const read = answer.status === 200 ? signingCertificate(answer.text) : null;
    if (read === null) {
      window.askedAgainAtMs.set(url, window.untilMs);
      return unavailable("not_understood");
    }
    const [oldest] = certificates.keys();
    if (certificates.size >= CERTIFICATES_MAX && oldest !== undefined) certificates.delete(oldest);
    certificates.set(url, read);
    return read;
  }

  /** Many notices may come before the first certificate is here: each asks, and one address counts once. */
  function mayAsk(url: string): boolean {
    const nowMs = clock.nowMs();
    if (nowMs >= window.untilMs) {
      window = { untilMs: nowMs + WINDOW_MS, askedAgainAtMs: new Map() };
    }
    const againAtMs = window.askedAgainAtMs.get(url);
    if (againAtMs !== undefined) return nowMs >= againAtMs;
    if (window.askedAgainAtMs.size >= ADDRESSES_MAX) return false;
    window.askedAgainAtMs.set(url, 0);
    return true;
  }

  return async ({ headers, body, receivedAtMs = clock.nowMs() }) => {
    const header = (name: string) => headers.get(`paypal-${name}`) ?? "";
    const [id, time] = [header("transmission-id"), header("transmission-time")];
    const url = header("cert-url");
    const named = header("auth-algo") === "SHA256withRSA" && CERTIFICATE_URL[environment].test(url);
    if (!named || id === "" || time === "" || body.byteLength === 0) return "signature";
    const certificate = await certificateAt(url);
    if ("kind" in certificate) return certificate;
    if (!certificate.isValidAt(receivedAtMs)) return "signature";
    const signed = `${id}|${time}|${webhook_id}|${crc32(body)}`;
    const isTheirs = await certificate.verify(signed, header("transmission-sig"));
    return isTheirs ? "genuine" : "signature";
  };
}

/** Characters of a gateway's word that are kept. */
const REASON_MAX = 80;

const amount = z.object({ currency_code: z.string(), value: z.string() });
const event = z.object({
  event_type: z.string(),
  create_time: z.string().optional().catch(undefined),
  resource: z.unknown(),
});
const approvedOrder = z.object({
  id: z.string(),
  purchase_units: z.array(z.object({ custom_id: z.string().optional() })).min(1),
});
const captureOrRefund = z.object({
  id: z.string(),
  status: z.string(),
  custom_id: z.string().optional(),
  invoice_id: z.string().optional(),
  amount: amount.optional(),
  links: z.array(z.object({ rel: z.string(), href: z.string() })).default([]),
});
const dispute = z.object({
  dispute_id: z.string(),
  dispute_outcome: z.object({ outcome_code: z.string() }).partial().optional(),
  dispute_amount: amount.optional(),
  reason: z.string().nullish().catch(null),
  seller_response_due_date: z.string().nullish().catch(null),
  disputed_transactions: z
    .array(z.object({ seller_transaction_id: z.string(), custom: z.string().optional() }))
    .min(1),
});

/** What an event says, once its signature has held. Those of no order of ours are ignored. */
export function readWebhook(body: Uint8Array): NoticeReading {
  const parsed = event.safeParse(parseJson(body));
  if (!parsed.success) return signedButUnread("malformed");
  const { event_type: type, create_time, resource } = parsed.data;
  switch (type) {
    case "CHECKOUT.ORDER.APPROVED":
      return readApproved(resource);
    case "PAYMENT.CAPTURE.COMPLETED":
    case "PAYMENT.CAPTURE.PENDING":
    case "PAYMENT.CAPTURE.DENIED":
    case "PAYMENT.CAPTURE.DECLINED":
      return readCapture(type, resource);
    case "PAYMENT.CAPTURE.REFUNDED":
    case "PAYMENT.CAPTURE.REVERSED":
      return readRefund(resource);
    case "CUSTOMER.DISPUTE.CREATED":
    case "CUSTOMER.DISPUTE.RESOLVED":
      return readDispute(type, timeOf(create_time) ?? 0, resource);
    default:
      return { kind: "ignored", about: type.slice(0, 60) };
  }
}

function readApproved(resource: unknown): NoticeReading {
  const parsed = approvedOrder.safeParse(resource);
  if (!parsed.success) return signedButUnread("malformed");
  const tradeNo = reference(parsed.data.id);
  const orderRef = reference(parsed.data.purchase_units[0]?.custom_id);
  if (tradeNo === null || orderRef === null) return { kind: "ignored", about: "another's order" };
  return { kind: "approved", tradeNo, orderRef };
}

function readCapture(type: string, resource: unknown): NoticeReading {
  const parsed = captureOrRefund.safeParse(resource);
  if (!parsed.success) return signedButUnread("malformed");
  const tradeNo = reference(parsed.data.id);
  const orderRef = reference(parsed.data.custom_id);
  if (tradeNo === null || orderRef === null) return { kind: "ignored", about: "another's order" };
  const about = { tradeNo, orderRef };
  const { status } = parsed.data;
  if (type !== "PAYMENT.CAPTURE.COMPLETED" || status !== "COMPLETED") {
    return { kind: "not_paid", ...about, status: `${type.slice(16)} ${status}` };
  }
  const money = paypalMoney(parsed.data.amount);
  return money === null
    ? { kind: "invalid", check: "amount", about }
    : { kind: "paid", ...about, money };
}

/** The resource is the refund; its link "up" is the capture that went back. */
function readRefund(resource: unknown): NoticeReading {
  const parsed = captureOrRefund.safeParse(resource);
  if (!parsed.success) return signedButUnread("malformed");
  const { id, custom_id, invoice_id, links, amount: sent } = parsed.data;
  const refundId = reference(invoice_id);
  const up = links.find(({ rel }) => rel === "up")?.href ?? "";
  const tradeNo = reference(/\/captures\/([^/?]+)$/.exec(up)?.[1]);
  return {
    kind: "refunded",
    // A reversal names the capture itself.
    tradeNo: tradeNo ?? reference(id) ?? "unknown",
    orderRef: reference(custom_id),
    refundNo: tradeNo === null ? null : reference(id),
    ...(refundId === null ? {} : { refundId }),
    money: paypalMoney(sent),
  };
}

function readDispute(type: string, saidAtMs: number, resource: unknown): NoticeReading {
  const parsed = dispute.safeParse(resource);
  if (!parsed.success) return signedButUnread("malformed");
  const { dispute_id, dispute_outcome, dispute_amount, disputed_transactions } = parsed.data;
  const [transaction] = disputed_transactions;
  const lost = dispute_outcome?.outcome_code === "RESOLVED_BUYER_FAVOUR";
  const closed = type.endsWith("RESOLVED");
  return {
    kind: "disputed",
    tradeNo: reference(transaction?.seller_transaction_id) ?? "unknown",
    orderRef: reference(transaction?.custom),
    disputeNo: reference(dispute_id) ?? "unknown",
    state: closed ? (lost ? "lost" : "won") : "opened",
    money: paypalMoney(dispute_amount),
    saidAtMs,
    reason: parsed.data.reason?.slice(0, REASON_MAX) ?? null,
    evidenceDueAtMs: timeOf(parsed.data.seller_response_due_date),
  };
}

/** RFC 3339, as PayPal writes times; null where there is none. */
function timeOf(text: string | null | undefined): number | null {
  const atMs = Date.parse(text ?? "");
  return Number.isSafeInteger(atMs) && atMs >= 0 ? atMs : null;
}

/** Undefined where it is no JSON in UTF-8: a schema refuses that. */
function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
