import { Hono } from "hono";
import { z } from "zod";
import type { AppContext, AppEnv } from "../../../http/env.ts";
import { cashierOf } from "../cashier/cashier.tsx";
import type { Notice, Told } from "../cashier/notices.ts";
import { findTrade, markTrade, openTrade, type Trade } from "../cashier/trade-book.ts";
import { keysOf, signText, verifyText, type Keys } from "./keys.ts";

const APP_ID = "2021000000000001";
const SELLER_ID = "2088000000000001";

/** What Alipay signs of fields: sorted, joined, unencoded. Requests sign their `sign_type`, notices do not. */
function joined(fields: Readonly<Record<string, string>>, without: readonly string[]): string {
  return Object.entries(fields)
    .filter(([name, value]) => !without.includes(name) && value !== "")
    .map(([name, value]) => `${name}=${value}`)
    .toSorted()
    .join("&");
}

const content = z.object({
  out_trade_no: z.string().min(1).max(64),
  total_amount: z.string().default(""),
  subject: z.string().default(""),
  refund_amount: z.string().default(""),
});

/** gateway.do: by GET a buyer who is sent here, by POST a server that asks. */
async function gatewayDo(c: AppContext): Promise<Response> {
  const form = c.req.method === "POST" ? await c.req.parseBody() : {};
  const fields = Object.fromEntries(
    Object.entries({ ...c.req.query(), ...form }).map(([name, value]) => [name, String(value)]),
  );
  const keys = await keysOf(c.env.DB);
  const method = fields["method"] ?? "";
  const genuine =
    fields["app_id"] === APP_ID &&
    (await verifyText(joined(fields, ["sign"]), fields["sign"] ?? "", keys.merchantPublic));
  if (!genuine) return answer(keys, method, refusal("40002", "isv.invalid-signature"));
  const asked = content.safeParse(JSON.parse(fields["biz_content"] ?? "{}"));
  if (!asked.success) return answer(keys, method, refusal("40004", "isv.invalid-parameter"));
  return act(c, keys, method, fields, asked.data);
}

async function act(
  c: AppContext,
  keys: Keys,
  method: string,
  fields: Readonly<Record<string, string>>,
  asked: z.infer<typeof content>,
): Promise<Response> {
  const { out_trade_no } = asked;
  const open = () =>
    openTrade(c.env.DB, {
      gateway: "alipay",
      order_no: out_trade_no,
      title: asked.subject,
      sum: asked.total_amount,
      notify_url: fields["notify_url"] ?? "",
      return_url: fields["return_url"] ?? new URL("/", c.req.url).href,
    });
  const cashier = new URL(`/sandbox/alipay/cashier?order=${out_trade_no}`, c.req.url).href;
  switch (method) {
    case "alipay.trade.page.pay":
    case "alipay.trade.wap.pay":
      await open();
      return c.redirect(cashier, 303);
    case "alipay.trade.precreate":
      await open();
      return answer(keys, method, { ...done, out_trade_no, qr_code: cashier });
    case "alipay.trade.query":
      return answer(keys, method, queried(await findTrade(c.env.DB, "alipay", out_trade_no)));
    case "alipay.trade.refund":
      return answer(keys, method, await refunded(c, out_trade_no, asked.refund_amount));
    default:
      return answer(keys, method, refusal("40004", "isv.invalid-method"));
  }
}

const done = { code: "10000", msg: "Success" };
const refusal = (code: string, sub_code: string) => ({ code, msg: "Business Failed", sub_code });

function queried(trade: Trade | null): object {
  if (trade === null) return refusal("40004", "ACQ.TRADE_NOT_EXIST");
  const { trade_no, order_no: out_trade_no, sum: total_amount, state } = trade;
  const trade_status = {
    waiting: "WAIT_BUYER_PAY",
    paid: "TRADE_SUCCESS",
    refunded: "TRADE_CLOSED",
  };
  const paidAt = state === "waiting" ? {} : { send_pay_date: beijing() };
  return {
    ...done,
    ...paidAt,
    trade_no,
    out_trade_no,
    total_amount,
    trade_status: trade_status[state],
  };
}

/** The whole sum only: enough to see money go back once. */
async function refunded(c: AppContext, orderNo: string, sum: string): Promise<object> {
  const trade = await findTrade(c.env.DB, "alipay", orderNo);
  if (trade === null) return refusal("40004", "ACQ.TRADE_NOT_EXIST");
  if (trade.state === "waiting") return refusal("40004", "ACQ.TRADE_STATUS_ERROR");
  const changed = trade.state === "paid";
  if (changed) await markTrade(c.env.DB, trade, "refunded");
  const { trade_no, order_no: out_trade_no } = trade;
  return { ...done, trade_no, out_trade_no, refund_fee: sum, fund_change: changed ? "Y" : "N" };
}

/** Signed over its text with slashes escaped, as it comes from Alipay. */
async function answer(keys: Keys, method: string, body: object): Promise<Response> {
  const raw = JSON.stringify(body).replaceAll("/", "\\/");
  const sign = await signText(raw, keys.alipayPrivate);
  const name = `${method.replaceAll(".", "_")}_response`;
  return new Response(`{"${name}":${raw},"sign":"${sign}"}`, {
    headers: { "content-type": "application/json;charset=utf-8" },
  });
}

async function speak(c: AppContext, trade: Trade, told: Told): Promise<Notice> {
  const keys = await keysOf(c.env.DB);
  const fields: Record<string, string> = {
    gmt_create: beijing(),
    charset: "utf-8",
    subject: trade.title,
    notify_id: crypto.randomUUID(),
    notify_type: "trade_status_sync",
    notify_time: beijing(),
    app_id: told.account === "own" ? APP_ID : "2021000000000002",
    seller_id: SELLER_ID,
    version: "1.0",
    out_trade_no: told.order,
    trade_no: told.tradeNo,
    total_amount: told.sum,
    trade_status: told.paid ? "TRADE_SUCCESS" : "WAIT_BUYER_PAY",
  };
  const genuine = await signText(joined(fields, []), keys.alipayPrivate);
  const sign = { genuine, wrong: genuine.split("").toReversed().join(""), none: "" };
  const body = new URLSearchParams({ ...fields, sign: sign[told.signature], sign_type: "RSA2" });
  return {
    body: body.toString(),
    headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
  };
}

function beijing(): string {
  return new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 19).replace("T", " ");
}

/** The simulated Alipay under /sandbox/alipay/. `credentials`: what its one merchant's account is made of. */
export const alipaySandbox = new Hono<AppEnv>()
  .get("/credentials", async (c) => {
    const keys = await keysOf(c.env.DB);
    return c.json({
      app_id: APP_ID,
      private_key: keys.merchantPrivate,
      alipay_public_key: keys.alipayPublic,
      seller_id: SELLER_ID,
      gateway_url: new URL("/sandbox/alipay/gateway.do", c.req.url).href,
    });
  })
  .on(["GET", "POST"], "/gateway.do", gatewayDo)
  .route("/", cashierOf("alipay", speak));
