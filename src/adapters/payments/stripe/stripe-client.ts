import { Stripe } from "stripe";
import type { GatewayRefusal, GatewayUnavailable } from "../../../flows/payments/payment-ports.ts";
import { refusalReason } from "../fields.ts";
import { unavailable, type Outgoing } from "../outgoing.ts";

/** Carries an outcome of ours through the package, which knows only exceptions. */
class NotAnswered extends Error {
  override readonly name = "NotAnswered";
  readonly outcome: GatewayUnavailable;

  constructor(outcome: GatewayUnavailable) {
    super(outcome.reason);
    this.outcome = outcome;
  }
}

/** Stripe's own client over our one way out: it tries once, tells nobody about our machine, and waits as long as we do. */
export function makeStripe(secretKey: string, send: Outgoing): Stripe {
  return new Stripe(secretKey, {
    httpClient: Stripe.createFetchHttpClient(fetchBy(send)),
    maxNetworkRetries: 0,
    telemetry: false,
  });
}

function fetchBy(send: Outgoing): typeof fetch {
  return async (input, init) => {
    const answer = await send({
      method: init?.method === "POST" ? "POST" : "GET",
      url: String(input),
      headers: Object.fromEntries(new Headers(init?.headers)),
      ...(typeof init?.body === "string" && init.body !== "" ? { body: init.body } : {}),
    });
    if (answer.kind !== "answered") throw new NotAnswered(answer);
    // Of JSON that is no object the package makes a TypeError, which would look like a bug of ours.
    if (!/^\s*\{/.test(answer.text)) throw new NotAnswered(unavailable("not_understood"));
    return new Response(answer.text, { status: answer.status, headers: answer.headers });
  };
}

/** What the package threw, as the outcome that it is. A bug of ours is thrown on. */
export function outcomeOf(error: unknown): GatewayUnavailable | GatewayRefusal {
  const { errors } = Stripe;
  if (error instanceof errors.StripeConnectionError) {
    const { detail } = error;
    return detail instanceof NotAnswered ? detail.outcome : unavailable("network");
  }
  if (
    error instanceof errors.StripeAuthenticationError ||
    error instanceof errors.StripePermissionError
  ) {
    return unavailable("credentials");
  }
  // Asked too often, which comes as 400 too ("rate_limit"); or the same key is at work in another request of ours (409,
  // "idempotency_key_in_use"), which may be opening this very payment. Stripe's own packages try again.
  const isBusy = error instanceof errors.StripeError && error.statusCode === 409;
  if (isBusy || error instanceof errors.StripeRateLimitError) return unavailable("status");
  // The same key with other words: something of the order has changed since it was first opened.
  if (error instanceof errors.StripeIdempotencyError || error instanceof errors.StripeAPIError) {
    return unavailable("not_understood");
  }
  if (error instanceof errors.StripeError) {
    return {
      kind: "refused",
      reason: refusalReason(`${error.code ?? error.type} ${error.message}`),
    };
  }
  throw error;
}

/** Whether Stripe says that it has no such thing. */
export function isMissing(error: unknown): boolean {
  return error instanceof Stripe.errors.StripeError && error.code === "resource_missing";
}
