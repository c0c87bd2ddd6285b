import { Hono } from "hono";
import type { AppContext, AppEnv } from "../../../http/env.ts";
import { asTold, hexOf } from "../cashier/joined.ts";
import { answerJson } from "../cashier/manners.ts";
import type { Speak } from "../cashier/notices.ts";
import type { Told } from "../cashier/plays.ts";
import {
  findTrade,
  openTrade,
  refundedMinor,
  refundTrade,
  type Refund,
  type Trade,
} from "../cashier/trade-book.ts";
import { webhookOf } from "../cashier/webhooks.ts";
import { requestFields } from "../cashier/request-fields.ts";
import { cashierUrl, type Simulated } from "../simulated.ts";
import { listMovements } from "./balance.ts";
import { updateDispute } from "./evidence.ts";

const NAME = "stripe";
/** Public on purpose: play money, on a developer's machine. */
const SECRET_KEY = "sk_test_kamidropSimulator";
const WEBHOOK_SECRET = "whsec_kamidropSimulator";

const no = (c: AppContext, status: 400 | 401 | 404, code: string) =>
  c.json(
    { error: { type: "invalid_request_error", code, message: "the simulator says no" } },
    status,
  );

function sessionOf(trade: Trade): object {
  const { trade_no, order_no, minor, state, return_url } = trade;
  const isPaid = state === "paid";
  return {
    id: `cs_test_${trade_no}`,
    object: "checkout.session",
    url: cashierUrl(return_url, NAME, order_no),
    client_reference_id: order_no,
    metadata: { order_id: order_no },
    amount_total: minor,
    currency: trade.currency.toLowerCase(),
    mode: "payment",
    status: isPaid ? "complete" : "open",
    payment_status: isPaid ? "paid" : "unpaid",
    payment_intent: isPaid ? `pi_${trade_no}` : null,
  };
}

/** A session by a form of `a[b][0]=…` names. */
async function createSession(c: AppContext): Promise<Response> {
  const fields = await requestFields(c);
  const field = (name: string) => fields[name] ?? "";
  const line = (name: string) => field(`line_items[0][price_data]${name}`);
  const minor = Number(line("[unit_amount]")) * Number(field("line_items[0][quantity]"));
  const orderNo = field("client_reference_id");
  if (orderNo === "" || !Number.isSafeInteger(minor) || minor < 1) {
    return no(c, 400, "parameter_missing");
  }
  if (!isTakenEnd(fields["expires_at"])) return no(c, 400, "parameter_invalid_integer");
  const trade = await openTrade(c.env.DB, {
    gateway: NAME,
    order_no: orderNo,
    title: line("[product_data][name]"),
    minor,
    currency: line("[currency]").toUpperCase(),
    notify_url: await webhookOf(c.env.DB, NAME),
    return_url: field("success_url"),
  });
  return answerJson(c, trade, sessionOf(trade));
}

/** "Anywhere from 30 minutes to 24 hours after Checkout Session creation." */
function isTakenEnd(expiresAt: string | undefined): boolean {
  if (expiresAt === undefined) return true;
  const seconds = Number(expiresAt) - Date.now() / 1_000;
  return seconds >= 30 * 60 && seconds <= 24 * 3_600;
}

async function readSession(c: AppContext): Promise<Response> {
  const trade = await findTrade(c.env.DB, NAME, c.req.param("id") ?? "");
  if (trade === null) return no(c, 404, "resource_missing");
  const intent = {
    id: `pi_${trade.trade_no}`,
    object: "payment_intent",
    status: "succeeded",
    latest_charge: { ...chargeOf(trade), refunded: refundedMinor(trade) === trade.minor },
  };
  const paid = trade.state === "paid" ? { payment_intent: intent } : {};
  return answerJson(c, trade, { ...sessionOf(trade), ...paid });
}

/** Whose order it is: the metadata that its session was opened with. */
async function readIntent(c: AppContext): Promise<Response> {
  const trade = await findTrade(c.env.DB, NAME, c.req.param("id") ?? "");
  if (trade?.state !== "paid") return no(c, 404, "resource_missing");
  const { trade_no, order_no, minor } = trade;
  return answerJson(c, trade, {
    id: `pi_${trade_no}`,
    object: "payment_intent",
    amount: minor,
    currency: trade.currency.toLowerCase(),
    metadata: { order_id: order_no },
    status: "succeeded",
  });
}

function chargeOf(trade: Trade): object {
  const { trade_no, order_no, minor } = trade;
  return {
    id: `ch_${trade_no}`,
    object: "charge",
    payment_intent: `pi_${trade_no}`,
    amount: minor,
    amount_refunded: refundedMinor(trade),
    currency: trade.currency.toLowerCase(),
    metadata: { order_id: order_no },
    created: Math.floor(Date.now() / 1_000),
  };
}

function refundOf(trade: Trade, { id, refundNo, minor }: Refund): object {
  return {
    id: `re_${refundNo}`,
    object: "refund",
    amount: minor,
    currency: trade.currency.toLowerCase(),
    payment_intent: `pi_${trade.trade_no}`,
    status: "succeeded",
    // One that was made at the desk has none.
    metadata: id.startsWith("desk-") ? {} : { refund_id: id, order_id: trade.order_no },
  };
}

async function listRefunds(c: AppContext): Promise<Response> {
  const trade = await findTrade(c.env.DB, NAME, c.req.query("payment_intent") ?? "");
  const data = trade?.refunds.map((made) => refundOf(trade, made)) ?? [];
  return c.json({ object: "list", data, has_more: false, url: "/v1/refunds" });
}

async function createRefund(c: AppContext): Promise<Response> {
  const fields = await requestFields(c);
  const trade = await findTrade(c.env.DB, NAME, fields["payment_intent"] ?? "");
  const id = fields["metadata[refund_id]"] ?? c.req.header("idempotency-key") ?? "";
  const minor = fields["amount"] === undefined ? null : Number(fields["amount"]);
  const made = await refundTrade(c.env.DB, trade, { id, minor });
  if (made === "unknown" || trade === null) return no(c, 404, "resource_missing");
  if (typeof made === "string") return no(c, 400, "charge_already_refunded");
  return answerJson(c, trade, refundOf(trade, made));
}

/** `t=…,v1=…`: HMAC-SHA256 by the endpoint's secret over `t.body`. */
async function signatureOf(body: string, secret: string): Promise<{ t: number; v1: string }> {
  const t = Math.floor(Date.now() / 1_000);
  const bytes = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytes.encode(secret), algorithm, false, [
    "sign",
  ]);
  return { t, v1: hexOf(await crypto.subtle.sign("HMAC", key, bytes.encode(`${t}.${body}`))) };
}

const DAYS_FOR_EVIDENCE = 7;
let lastSecond = 0;

/** In life a bank's words are days apart; played at once, each is later than the one before. */
function nextSecond(): number {
  lastSecond = Math.max(lastSecond + 1, Math.floor(Date.now() / 1_000));
  return lastSecond;
}

const speak: Speak = async (_c, trade, told) => {
  const body = JSON.stringify({
    id: `evt_${crypto.randomUUID().replaceAll("-", "")}`,
    object: "event",
    created: nextSecond(),
    ...eventOf(trade, told),
  });
  const secret = told.account === "own" ? WEBHOOK_SECRET : "whsec_ofAnotherEndpoint";
  const { t, v1 } = await signatureOf(body, secret);
  const header = told.signature === "none" ? "" : `t=${t},v1=${asTold(v1, told.signature)}`;
  return { body, headers: { "content-type": "application/json", "stripe-signature": header } };
};

function eventOf(before: Trade, told: Told): object {
  const { order: order_no, tradeNo: trade_no, minor, currency } = told;
  const trade = { ...before, order_no, trade_no, minor, currency };
  switch (told.what) {
    case "paid":
    case "approved":
      return {
        type: "checkout.session.completed",
        data: { object: sessionOf({ ...trade, state: "paid" }) },
      };
    case "not_paid":
      return {
        type: "checkout.session.completed",
        data: { object: { ...sessionOf(trade), status: "complete", payment_status: "unpaid" } },
      };
    case "refunded":
      return {
        type: "charge.refunded",
        data: {
          object: { ...chargeOf(trade), amount_refunded: minor, refunded: true },
          previous_attributes: { amount_refunded: 0, refunded: false },
        },
      };
    case "dispute_opened":
      return { type: "charge.dispute.created", data: disputeOf(trade, "needs_response") };
    case "dispute_won":
      return { type: "charge.dispute.closed", data: disputeOf(trade, "won") };
    case "dispute_lost":
      return { type: "charge.dispute.closed", data: disputeOf(trade, "lost") };
    default:
      return told.what satisfies never;
  }
}

function disputeOf({ trade_no, minor, currency }: Trade, status: string): object {
  return {
    object: {
      id: `dp_${trade_no}`,
      object: "dispute",
      charge: `ch_${trade_no}`,
      payment_intent: `pi_${trade_no}`,
      amount: minor,
      currency: currency.toLowerCase(),
      reason: "fraudulent",
      evidence_details: { due_by: Math.floor(Date.now() / 1_000) + DAYS_FOR_EVIDENCE * 86_400 },
      status,
    },
  };
}

export const stripeSandbox: Simulated = {
  name: NAME,
  title: "Stripe Checkout",
  about: {
    "zh-CN": "Checkout 会话；Webhook 以 HMAC-SHA256 签名；有争议。",
    en: "Checkout Sessions; webhooks by HMAC-SHA256; disputes.",
  },
  can: ["refund", "tell_refunds", "tell_disputes", "name_currency"],
  currency: "CNY",
  host: "api.stripe.com",
  tellsWebhook: true,
  isForMerchant: (_url, authorization) => authorization === `Bearer ${SECRET_KEY}`,
  credentials: async () => ({ secret_key: SECRET_KEY, webhook_secret: WEBHOOK_SECRET }),
  routes: new Hono<AppEnv>()
    .use("/v1/*", async (c, next) =>
      c.req.header("authorization") === `Bearer ${SECRET_KEY}`
        ? next()
        : no(c, 401, "api_key_invalid"),
    )
    .post("/v1/checkout/sessions", (c) => createSession(c))
    .get("/v1/checkout/sessions/:id", (c) => readSession(c))
    .get("/v1/payment_intents/:id", (c) => readIntent(c))
    .get("/v1/balance_transactions", (c) => listMovements(c))
    .get("/v1/refunds", (c) => listRefunds(c))
    .post("/v1/disputes/:id", (c) => updateDispute(c, no))
    .post("/v1/refunds", (c) => createRefund(c)),
  callOf: (method, path) =>
    path.includes("/v1/checkout/sessions")
      ? method === "POST"
        ? "open"
        : "query"
      : path.endsWith("/v1/refunds") && method === "POST"
        ? "refund"
        : null,
  refuse: (c) => no(c, 400, "as_chosen"),
  speak,
};
