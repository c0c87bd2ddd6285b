import { asTold } from "../cashier/joined.ts";
import { keysOf, signText } from "../cashier/keys.ts";
import type { Speak } from "../cashier/notices.ts";
import type { Told } from "../cashier/plays.ts";
import { decimal } from "../cashier/sums.ts";

export const WEBHOOK_ID = "0KAMIDROPSIMULATOR";
/** The name of the certificate at PayPal's own address, which development's calls are led away from. */
export const CERTIFICATE = "CERT-kamidrop-simulator";
const CERTIFICATE_URL = `https://api-m.sandbox.paypal.com/v1/notifications/certs/${CERTIFICATE}`;

export const orderId = (tradeNo: string) => `ORDER${tradeNo.toUpperCase()}`;
export const captureId = (tradeNo: string) => `CAPTURE${tradeNo.toUpperCase()}`;

/** Over `transmission id|time|webhook id|CRC-32 of the body`, by the certificate's key. */
export const speak: Speak = async (c, _trade, told) => {
  const body = JSON.stringify({
    id: `WH-${crypto.randomUUID()}`,
    event_version: "1.0",
    create_time: new Date().toISOString(),
    ...eventOf(told),
  });
  const [id, time] = [crypto.randomUUID(), new Date().toISOString()];
  const webhook = told.account === "own" ? WEBHOOK_ID : "0ANOTHERWEBHOOK";
  const { gatewayPrivate } = await keysOf(c.env.DB, "paypal");
  const text = `${id}|${time}|${webhook}|${checksum(new TextEncoder().encode(body))}`;
  return {
    body,
    headers: {
      "content-type": "application/json",
      "paypal-transmission-id": id,
      "paypal-transmission-time": time,
      "paypal-auth-algo": "SHA256withRSA",
      "paypal-cert-url": CERTIFICATE_URL,
      "paypal-transmission-sig": asTold(await signText(text, gatewayPrivate), told.signature),
    },
  };
};

function eventOf(told: Told): object {
  const { order: custom_id, tradeNo, minor, currency } = told;
  const amount = { currency_code: currency, value: decimal(minor, currency) };
  const id = captureId(tradeNo);
  switch (told.what) {
    case "approved":
      return {
        event_type: "CHECKOUT.ORDER.APPROVED",
        resource: {
          id: orderId(tradeNo),
          status: "APPROVED",
          purchase_units: [{ custom_id, amount }],
        },
      };
    case "paid":
      return {
        event_type: "PAYMENT.CAPTURE.COMPLETED",
        resource: { id, status: "COMPLETED", custom_id, amount },
      };
    case "not_paid":
      return {
        event_type: "PAYMENT.CAPTURE.PENDING",
        resource: { id, status: "PENDING", custom_id, amount },
      };
    case "refunded": {
      const up = `https://api-m.sandbox.paypal.com/v2/payments/captures/${id}`;
      return {
        event_type: "PAYMENT.CAPTURE.REFUNDED",
        resource: {
          id: `REFUND${tradeNo.toUpperCase()}`,
          status: "COMPLETED",
          custom_id,
          amount,
          links: [{ rel: "up", href: up }],
        },
      };
    }
    case "dispute_opened":
      return { event_type: "CUSTOMER.DISPUTE.CREATED", resource: disputeOf(told, undefined) };
    case "dispute_won":
    case "dispute_lost": {
      const outcome =
        told.what === "dispute_lost" ? "RESOLVED_BUYER_FAVOUR" : "RESOLVED_SELLER_FAVOUR";
      return { event_type: "CUSTOMER.DISPUTE.RESOLVED", resource: disputeOf(told, outcome) };
    }
    default:
      return told.what satisfies never;
  }
}

function disputeOf({ order, tradeNo, minor, currency }: Told, outcome_code: string | undefined) {
  return {
    dispute_id: `PP-D-${tradeNo.toUpperCase()}`,
    dispute_amount: { currency_code: currency, value: decimal(minor, currency) },
    disputed_transactions: [{ seller_transaction_id: captureId(tradeNo), custom: order }],
    ...(outcome_code === undefined ? {} : { dispute_outcome: { outcome_code } }),
  };
}

/** CRC-32 bit by bit (ISO 3309), with no table to be wrong in. */
function checksum(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
