import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import { z } from "zod";
import type { AppContext, AppEnv } from "../../../http/env.ts";
import { keysOf } from "../cashier/keys.ts";
import { answerJson } from "../cashier/manners.ts";
import { decimal, minorOf } from "../cashier/sums.ts";
import {
  findTrade,
  markTrade,
  openTrade,
  refundedMinor,
  refundTrade,
  type Trade,
} from "../cashier/trade-book.ts";
import { webhookOf } from "../cashier/webhooks.ts";
import { cashierUrl, type Simulated } from "../simulated.ts";
import { certify } from "./certificates.ts";
import { provideEvidence } from "./evidence.ts";
import { CERTIFICATE, captureId, orderId, speak, WEBHOOK_ID } from "./webhook.ts";

const NAME = "paypal";
/** Public on purpose: play money, on a developer's machine. */
const CLIENT_ID = "kamidrop-simulator";
const CLIENT_SECRET = "kamidrop-simulator-secret";
const TOKEN = "kamidrop-simulator-token";
/** For whom PayPal's test environment has its certificates made out. */
const SUBJECT = "messageverificationcerts.sandbox.paypal.com";
const BASIC = `Basic ${btoa(`${CLIENT_ID}:${CLIENT_SECRET}`)}`;

const no = (c: AppContext, status: 401 | 404 | 422, name: string, issue: string) =>
  c.json({ name, details: [{ issue }], message: "the simulator says no" }, status);
const unprocessable = (c: AppContext, issue: string) => no(c, 422, "UNPROCESSABLE_ENTITY", issue);
const notFound = (c: AppContext) => no(c, 404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID");

const withToken = createMiddleware<AppEnv>(async (c, next) =>
  c.req.header("authorization") === `Bearer ${TOKEN}`
    ? next()
    : no(c, 401, "AUTHENTICATION_FAILURE", "INVALID_TOKEN"),
);

const STATES = { waiting: "PAYER_ACTION_REQUIRED", approved: "APPROVED", paid: "COMPLETED" };

function orderOf(trade: Trade): object {
  const { order_no: custom_id, return_url, state, currency, minor } = trade;
  const amount = { currency_code: currency, value: decimal(minor, currency) };
  const back = refundedMinor(trade);
  const status = back === 0 ? "COMPLETED" : back < minor ? "PARTIALLY_REFUNDED" : "REFUNDED";
  const create_time = new Date().toISOString();
  const taking = { id: captureId(trade.trade_no), status, amount, custom_id, create_time };
  const taken = state === "paid" ? { payments: { captures: [taking] } } : {};
  return {
    id: orderId(trade.trade_no),
    status: STATES[state],
    links: [{ rel: "payer-action", href: cashierUrl(return_url, NAME, custom_id), method: "GET" }],
    purchase_units: [{ custom_id, amount, ...taken }],
  };
}

const creation = z.object({
  intent: z.literal("CAPTURE"),
  purchase_units: z.tuple([
    z.object({
      custom_id: z.string().min(1).max(127),
      description: z.string().max(127).default(""),
      amount: z.object({ currency_code: z.string().length(3), value: z.string() }),
    }),
  ]),
  payment_source: z.object({
    paypal: z.object({ experience_context: z.object({ return_url: z.url() }) }),
  }),
});

async function create(c: AppContext): Promise<Response> {
  const parsed = creation.safeParse(await c.req.json());
  if (!parsed.success) return unprocessable(c, "INVALID_PARAMETER_SYNTAX");
  const [{ custom_id, description, amount }] = parsed.data.purchase_units;
  const minor = minorOf(amount.value, amount.currency_code);
  if (minor === null) return unprocessable(c, "DECIMAL_PRECISION");
  const trade = await openTrade(c.env.DB, {
    gateway: NAME,
    order_no: custom_id,
    title: description,
    minor,
    currency: amount.currency_code,
    notify_url: await webhookOf(c.env.DB, NAME),
    return_url: parsed.data.payment_source.paypal.experience_context.return_url,
  });
  return answerJson(c, trade, orderOf(trade));
}

const known = (c: AppContext) => findTrade(c.env.DB, NAME, c.req.param("id") ?? "");

async function read(c: AppContext): Promise<Response> {
  const trade = await known(c);
  return trade === null ? notFound(c) : answerJson(c, trade, orderOf(trade));
}

async function capture(c: AppContext): Promise<Response> {
  const trade = await known(c);
  if (trade === null) return notFound(c);
  if (trade.state === "waiting") return unprocessable(c, "ORDER_NOT_APPROVED");
  if (trade.state === "paid") return unprocessable(c, "ORDER_ALREADY_CAPTURED");
  await markTrade(c.env.DB, trade, "paid");
  return answerJson(c, trade, orderOf({ ...trade, state: "paid" }));
}

const refunding = z.object({ amount: z.object({ currency_code: z.string(), value: z.string() }) });

async function refund(c: AppContext): Promise<Response> {
  const trade = await known(c);
  const parsed = refunding.safeParse(await c.req.json());
  if (!parsed.success) return unprocessable(c, "INVALID_PARAMETER_SYNTAX");
  const { currency_code, value } = parsed.data.amount;
  const minor = currency_code === trade?.currency ? (minorOf(value, currency_code) ?? -1) : -1;
  const id = c.req.header("paypal-request-id") ?? crypto.randomUUID();
  const made = await refundTrade(c.env.DB, trade, { id, minor });
  if (made === "unknown" || trade === null) return notFound(c);
  if (typeof made === "string") return unprocessable(c, "CAPTURE_FULLY_REFUNDED");
  return answerJson(c, trade, {
    id: made.refundNo.toUpperCase(),
    status: "COMPLETED",
    amount: { currency_code, value: decimal(made.minor, currency_code) },
    custom_id: trade.order_no,
  });
}

export const paypalSandbox: Simulated = {
  name: NAME,
  title: "PayPal",
  about: {
    "zh-CN": "Orders v2：买家同意后由商店扣款；有争议。",
    en: "Orders v2: the buyer approves, the shop captures; disputes.",
  },
  can: ["refund", "tell_refunds", "tell_disputes", "name_currency"],
  currency: "USD",
  approves: true,
  host: "api-m.sandbox.paypal.com",
  tellsWebhook: true,
  isForMerchant: ({ pathname }, authorization) =>
    [BASIC, `Bearer ${TOKEN}`].includes(authorization) || pathname.endsWith(`/${CERTIFICATE}`),
  credentials: async () => ({
    client_id: CLIENT_ID,
    client_secret: CLIENT_SECRET,
    webhook_id: WEBHOOK_ID,
    environment: "sandbox",
  }),
  routes: new Hono<AppEnv>()
    .post("/v1/oauth2/token", (c) =>
      c.req.header("authorization") === BASIC
        ? c.json({ access_token: TOKEN, token_type: "Bearer", expires_in: 32_400 })
        : c.json({ error: "invalid_client" }, 401),
    )
    .get(`/v1/notifications/certs/${CERTIFICATE}`, async (c) => {
      return c.text(await chainOf(c));
    })
    .use("/v1/customer/*", withToken)
    .post("/v1/customer/disputes/:id/provide-evidence", (c) =>
      provideEvidence(c, { notFound, unprocessable }),
    )
    .use("/v2/*", withToken)
    .post("/v2/checkout/orders", (c) => create(c))
    .get("/v2/checkout/orders/:id", (c) => read(c))
    .post("/v2/checkout/orders/:id/capture", (c) => capture(c))
    .post("/v2/payments/captures/:id/refund", (c) => refund(c)),
  callOf: (method, path) => {
    if (path.endsWith("/v2/checkout/orders")) return "open";
    if (path.endsWith("/refund")) return "refund";
    return method === "GET" && path.includes("/v2/checkout/orders/") ? "query" : null;
  },
  refuse: (c) => unprocessable(c, "AS_CHOSEN"),
  speak,
};

const YEAR_MS = 365 * 86_400_000;

/** What PayPal serves: the certificate that webhooks are signed by, and its issuer's, which is a root here. */
async function chainOf(c: AppContext): Promise<string> {
  const [own, authority] = await Promise.all([
    keysOf(c.env.DB, NAME),
    keysOf(c.env.DB, `${NAME}-authority`),
  ]);
  const issuer = { name: "kamidrop simulator", privateKey: authority.gatewayPrivate };
  const time = { fromMs: Date.now() - YEAR_MS, untilMs: Date.now() + YEAR_MS };
  const certificates = await Promise.all([
    certify(issuer, { name: SUBJECT, publicKey: own.gatewayPublic, ...time, issues: false }),
    certify(issuer, {
      name: issuer.name,
      publicKey: authority.gatewayPublic,
      ...time,
      issues: true,
    }),
  ]);
  return certificates.join("");
}
