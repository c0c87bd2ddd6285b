import { Hono } from "hono";
import type { OrderRefusal } from "../../flows/orders/order-refusal.ts";
import { showOrder } from "../../flows/orders/show-order.ts";
import { readIdempotencyKey, readJson, readQuery } from "../body.ts";
import { callerOf } from "../caller.ts";
import type { AppContext, AppEnv } from "../env.ts";
import { LIMIT_HEADERS, limitsOf, tooMany } from "../limits.ts";
import { noteVisit } from "../note-visit.ts";
import { describeRoute, json } from "../openapi/operation.ts";
import { payerOf, seenOf } from "../payer.ts";
import { placeCountedOrder } from "../place-counted-order.ts";
import { problem } from "../problem.ts";
import { shopClosed } from "../shop-closed.ts";
import { busy } from "../refuse.ts";
import { moneyJson, timeJson } from "./json.ts";
import { orderJson, placedOrderShape } from "./order-json.ts";
import { orderBody, wantedOrder } from "./order-request.ts";
import { shopQuery } from "./shop-query.ts";

export const placeOrderRoute = new Hono<AppEnv>().post("/", async (c) => {
  const deps = c.get("deps");
  const idempotencyKey = readIdempotencyKey(c);
  const body = await readJson(c, orderBody);
  const { merchant: slug = deps.settings.defaultMerchant } = readQuery(c, shopQuery);
  const merchant = await deps.shop(slug);
  if (merchant === null) return problem(c, "not_found");

  const placed = await placeCountedOrder(
    { ...deps, limits: limitsOf(c) },
    {
      ...wantedOrder(body, { merchantId: merchant.id, idempotencyKey, surface: seenOf(c).surface }),
      ticket: body.ticket ?? null,
      challenge: body.challenge ?? null,
      caller: await callerOf(c),
    },
  );
  if (!placed.ok) return refusal(c, placed.error);

  const { order, accessToken } = placed.value;
  noteVisit(c, order, "ordered");
  const view = await showOrder(deps, order, payerOf(c));
  c.header("location", `/api/v1/orders/${order.id}`);
  return c.json({ ...orderJson(view), access_token: accessToken }, 201);
});

/** The one map from what an order may be refused for to its HTTP answer and evidence. */
function refusal(c: AppContext, refused: OrderRefusal): Response | Promise<Response> {
  switch (refused.reason) {
    case "product_unknown":
      return problem(c, "not_found", { detail: "No such product." });
    case "busy":
      return busy(c, refused.retryAfterSeconds);
    case "sold_out":
      return problem(c, "sold_out", { available: refused.available });
    case "limit_reached":
      return problem(c, "limit_reached", { limit: refused.limit, scope: refused.scope });
    case "not_on_sale":
      return problem(c, "not_on_sale", { opens_at: timeJson(refused.opensAtMs) });
    case "price_changed":
      return problem(c, "price_changed", { amount: moneyJson(refused.money) });
    case "coupon_invalid":
      return problem(c, "coupon_invalid");
    case "payment_method_unavailable":
      return problem(c, "payment_method_unavailable", { payment_methods: refused.methods });
    case "variant_invalid":
      return problem(c, "variant_invalid", { variants: refused.variants });
    case "amount_too_large":
      return problem(c, "quantity_invalid", { limit_minor: refused.limitMinor });
    case "fields_invalid":
      return problem(c, "fields_invalid", { errors: refused.errors });
    case "idempotency_key_reused":
      return problem(c, "idempotency_key_reused");
    case "too_many_requests":
      return tooMany(c, refused.standing);
    case "challenge_required": {
      const { provider, siteKey } = refused.offer;
      return problem(c, "challenge_required", { provider, site_key: siteKey, action: "order" });
    }
    case "shop_closed":
      return shopClosed(c);
    case "risk_denied":
      return problem(c, "risk_denied");
    case "ticket_required":
      return problem(c, "ticket_required", {
        drop_id: refused.dropId,
        because: refused.because,
        poll_after_ms: null,
      });
    case "ticket_not_admitted":
      return problem(c, "ticket_not_admitted", {
        drop_id: refused.dropId,
        poll_after_ms: refused.pollAfterMs,
      });
    case "ticket_used":
      return problem(c, "ticket_used", { poll_after_ms: null });
    default:
      return refused satisfies never;
  }
}

describeRoute(placeOrderRoute, {
  name: "placeOrder",
  sells: true,
  summary: "Order, and hold the keys while it is paid",
  description:
    "The same key with the same body answers with the same order. What costs nothing is delivered in this answer.",
  idempotencyKey: "required",
  query: shopQuery,
  body: json(orderBody, {
    product_id: "starter-key",
    quantity: 1,
    email: "buyer@example.com",
    payment_method: "epay",
    locale: "en",
  }),
  answers: {
    201: {
      description: "The order, and the token that opens it.",
      schema: placedOrderShape,
      headers: { Location: "Where the order is.", ...LIMIT_HEADERS },
    },
  },
  problems: {
    orders_paused: "The shop takes no new orders for the moment.",
    not_found: "No such shop or product.",
    sold_out: "`available` are left.",
    limit_reached:
      "`limit` is the limit of the `scope`: one order, one buyer, or what a buyer or a network may hold unpaid (holds).",
    not_on_sale: "`opens_at` says when it will be, if it is known.",
    price_changed: "`expected_amount_minor` is not what it costs now: `amount`.",
    coupon_invalid: "No such coupon.",
    payment_method_unavailable: "`payment_methods` are those that are.",
    variant_invalid: "`variants` are those to choose from.",
    quantity_invalid: "The sum would be above `limit_minor`.",
    too_many_requests:
      "Of one network or one e-mail, by the shop's settings: `policy`. The same request may come again after `retry_after_seconds`.",
    challenge_required:
      "Let the widget of `provider` with `site_key` and `action` be solved, and send the same request, under the same key, with what it gives as `challenge`.",
    shop_closed: "The merchant has closed the shop for now; what was ordered goes on.",
    risk_denied: "The shop does not take this order. It says no more.",
    ticket_required:
      "`drop_id` is the drop whose ticket it takes; `because` says what is wrong with the one that came.",
    ticket_not_admitted: "The same request may be made again after `poll_after_ms`.",
    ticket_used: "Each ticket buys once, whatever becomes of its order.",
    fields_invalid: "`errors` names each field that is missing or not known.",
  },
});
