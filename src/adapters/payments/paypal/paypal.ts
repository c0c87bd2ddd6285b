import { z } from "zod";
import type { Currency } from "../../../domain/money.ts";
import { RECEIVED_ANSWERS } from "../answers.ts";
import { defineGateway, type GatewayWorld } from "../gateway.ts";
import { makePaypalCall } from "./paypal-client.ts";
import { submitToPaypal } from "./paypal-evidence.ts";
import { captureOrder, createOrder, queryOrder, refundCapture } from "./paypal-orders.ts";
import { makeCheckWebhook, readWebhook } from "./paypal-webhook.ts";
import { SUMS } from "../../../domain/payments/sums.ts";
import type { GatewayOfSums } from "../exact-sums.ts";

const credentials = z.strictObject({
  client_id: z.string().regex(/^[\w-]{10,200}$/),
  client_secret: z.string().regex(/^[\w-]{10,200}$/),
  /** Of the webhook that leads here: it is part of what is signed. */
  webhook_id: z.string().regex(/^[0-9A-Z]{8,50}$/),
  environment: z.enum(["live", "sandbox"]).default("live"),
});

/** PayPal Orders v2: the buyer approves, then we capture. Rules: docs/payments.md. */
export const paypal = defineGateway({ credentials, sums: SUMS.paypal, make: makePaypal });

function makePaypal(
  account: z.infer<typeof credentials>,
  _currency: Currency,
  world: GatewayWorld,
): GatewayOfSums {
  const call = makePaypalCall(account, world);
  const check = makeCheckWebhook(account, world);
  return {
    capabilities: {
      devices: ["desktop", "phone"],
      actions: ["redirect"],
      opensByCall: true,
      query: true,
      refund: "partial",
      tellsRefunds: true,
      tellsDisputes: true,
    },
    open: (request) => createOrder(call, world, request),
    async read(notice) {
      const checked = await check(notice);
      if (checked === "genuine") return readWebhook(notice.body);
      return checked === "signature" ? { kind: "invalid", check: "signature" } : checked;
    },
    query: (question) => queryOrder(call, world, question),
    refund: (request) => refundCapture(call, request),
    settle: ({ tradeNo, orderRef }) => captureOrder(call, world, tradeNo, orderRef),
    sendEvidence: (submission) => submitToPaypal(call, submission),
    answers: RECEIVED_ANSWERS,
  };
}
