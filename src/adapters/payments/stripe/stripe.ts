import { Stripe } from "stripe";
import { z } from "zod";
import type { Currency } from "../../../domain/money.ts";
import type { NoticeReading, RawNotice } from "../../../flows/payments/payment-ports.ts";
import { RECEIVED_ANSWERS } from "../answers.ts";
import { signedButUnread } from "../fields.ts";
import { defineGateway, type GatewayWorld } from "../gateway.ts";
import { makeStripe } from "./stripe-client.ts";
import {
  openSession,
  orderOfPayment,
  querySession,
  refundPayment,
  refundsOfPayment,
} from "./stripe-api.ts";
import { submitToStripe } from "./stripe-evidence.ts";
import { readEvent } from "./stripe-events.ts";
import { balanceChanges } from "./stripe-statement.ts";
import { SUMS } from "../../../domain/payments/sums.ts";
import type { GatewayOfSums } from "../exact-sums.ts";

/** The oldest that a signature may be, seconds: what Stripe's own libraries take. */
const AGE_SECONDS_MAX = 300;

const credentials = z.strictObject({
  /** A secret key, or a restricted one that may write Checkout Sessions, Refunds and Disputes, and read Payment Intents. */
  secret_key: z.string().regex(/^(sk|rk)_(live|test)_[0-9A-Za-z]{10,250}$/),
  /** Of the webhook endpoint that leads here. */
  webhook_secret: z.string().regex(/^whsec_[0-9A-Za-z+/=_-]{8,250}$/),
});

/** Stripe Checkout by Stripe's own package. No card data passes here. Rules: docs/payments.md. */
export const stripe = defineGateway({ credentials, sums: SUMS.stripe, make: makeStripeGateway });

function makeStripeGateway(
  { secret_key, webhook_secret }: z.infer<typeof credentials>,
  _currency: Currency,
  world: GatewayWorld,
): GatewayOfSums {
  const client = makeStripe(secret_key, world.send);
  const provider = Stripe.createSubtleCryptoProvider();

  async function read({ headers, body, receivedAtMs }: RawNotice): Promise<NoticeReading> {
    const signature = headers.get("stripe-signature") ?? "";
    let event: Stripe.Event;
    try {
      event = await client.webhooks.constructEventAsync(
        // Of an empty body the package complains as of a mistake of ours.
        body.byteLength === 0 ? " " : body,
        signature,
        webhook_secret,
        AGE_SECONDS_MAX,
        provider,
        receivedAtMs ?? world.clock.nowMs(),
      );
    } catch (error) {
      return refused(error);
    }
    return readEvent(event, signedAtSeconds(signature));
  }

  return {
    capabilities: {
      devices: ["desktop", "phone"],
      actions: ["redirect"],
      opensByCall: true,
      query: true,
      // 25 a second for each endpoint, and for all of a sandbox (docs.stripe.com/rate-limits); sales have the rest.
      queriesPerMinute: 600,
      refund: "partial",
      tellsRefunds: true,
      tellsDisputes: true,
    },
    open: (request) => openSession(client, world, request),
    read,
    query: (question) => querySession(client, question),
    refund: (request) => refundPayment(client, request),
    refundsOf: (question) => refundsOfPayment(client, question),
    orderOf: (tradeNo) => orderOfPayment(client, tradeNo),
    sendEvidence: (submission) => submitToStripe(client, submission),
    statement: (day) => balanceChanges(client, day),
    answers: RECEIVED_ANSWERS,
  };
}

/** When Stripe signed what it sent (`t=…`): of a signature that has held, so it is there. */
const signedAtSeconds = (signature: string): number =>
  Number(/(?:^|,)t=(\d+)/.exec(signature)?.[1]);

/** What the package throws on: a signature that does not hold, or what is signed and no event. */
function refused(error: unknown): NoticeReading {
  // The package parses after it has verified.
  if (error instanceof SyntaxError) return signedButUnread("malformed");
  if (!(error instanceof Stripe.errors.StripeSignatureVerificationError)) {
    return { kind: "invalid", check: "malformed" };
  }
  // It looks at the age of a signature that held.
  if (error.message.includes("tolerance")) return signedButUnread("stale");
  return { kind: "invalid", check: "signature" };
}
