import { Hono } from "hono";
import type { AppContext, AppEnv } from "../../../http/env.ts";
import { joined, signedForm } from "../cashier/joined.ts";
import { keysOf, signText, verifyText } from "../cashier/keys.ts";
import { answerSign, answerText } from "../cashier/manners.ts";
import type { Speak } from "../cashier/notices.ts";
import { decimal, minorOf } from "../cashier/sums.ts";
import { findTrade, refundTrade, type Trade } from "../cashier/trade-book.ts";
import {
  CURRENCY,
  noticeFields,
  openSubmitted,
  statusOf,
  UNSIGNED,
  type Fields,
} from "../epay/both-versions.ts";
import { refuseBuyer } from "../pages/refused-page.tsx";
import { requestFields } from "../cashier/request-fields.ts";
import { cashierUrl, type Simulated } from "../simulated.ts";

const NAME = "epay-v2";
const PID = "2001";

/** The fields of a request whose signature holds; else what is wrong with it. */
async function genuine(c: AppContext): Promise<Fields | string> {
  const fields = await requestFields(c);
  const { merchantPublic } = await keysOf(c.env.DB, NAME);
  if (fields["pid"] !== PID) return "商户不存在";
  const base = joined(fields, UNSIGNED);
  return (await verifyText(base, fields["sign"] ?? "", merchantPublic)) ? fields : "签名校验失败";
}

/** api/pay/submit: a buyer who is sent here. */
async function submit(c: AppContext): Promise<Response> {
  const fields = await genuine(c);
  const trade = typeof fields === "string" ? fields : await openSubmitted(c, NAME, fields);
  if (typeof trade === "string") return refuseBuyer(c, epayV2Sandbox, trade);
  return c.redirect(cashierUrl(c.req.url, NAME, trade.order_no), 303);
}

const no = (c: AppContext, msg: string) => c.json({ code: -1, msg });

/** What a server asks, and what is answered: signed by the platform, with the time. */
function asked(act: (c: AppContext, fields: Fields) => Promise<[Trade, Fields] | string>) {
  return async (c: AppContext): Promise<Response> => {
    const fields = await genuine(c);
    if (typeof fields === "string") return no(c, fields);
    const done = await act(c, fields);
    if (typeof done === "string") return no(c, done);
    const [trade, answer] = done;
    const timestamp = String(Math.floor(Date.now() / 1_000));
    const told = JSON.parse(
      answerText(c, trade, { code: "0", msg: "success", ...answer, timestamp }),
    ) as Fields;
    const { gatewayPrivate } = await keysOf(c.env.DB, NAME);
    const sign = answerSign(c, await signText(joined(told, UNSIGNED), gatewayPrivate));
    return c.json({ ...told, code: 0, sign, sign_type: "RSA" });
  };
}

const create = asked(async (c, fields) => {
  const trade = await openSubmitted(c, NAME, fields);
  if (typeof trade === "string") return trade;
  const pay_info = cashierUrl(c.req.url, NAME, trade.order_no);
  return [trade, { trade_no: trade.trade_no, pay_type: "jump", pay_info }];
});

const query = asked(async (c, fields) => {
  const trade = await findTrade(c.env.DB, NAME, fields["out_trade_no"] ?? "");
  if (trade === null) return "订单号不存在";
  const { trade_no, order_no, minor } = trade;
  const status = String(statusOf(trade));
  return [
    trade,
    { trade_no, out_trade_no: order_no, money: decimal(minor, CURRENCY), status, pid: PID },
  ];
});

const refund = asked(async (c, fields) => {
  const trade = await findTrade(c.env.DB, NAME, fields["out_trade_no"] ?? "");
  const id = fields["out_refund_no"] ?? "";
  const minor = minorOf(fields["money"], CURRENCY) ?? -1;
  const made = await refundTrade(c.env.DB, trade, { id, minor });
  if (typeof made === "string" || trade === null) return `退款失败 ${String(made)}`;
  return [
    trade,
    {
      trade_no: trade.trade_no,
      out_refund_no: id,
      refund_no: made.refundNo,
      money: decimal(made.minor, CURRENCY),
    },
  ];
});

const speak: Speak = async (c, trade, told) => {
  const said = noticeFields(trade, told, { own: PID, other: "2002" });
  if (said === null) return null;
  const fields = { ...said, timestamp: String(Math.floor(Date.now() / 1_000)) };
  const { gatewayPrivate } = await keysOf(c.env.DB, NAME);
  const sign = await signText(joined(fields, UNSIGNED), gatewayPrivate);
  return { query: signedForm(fields, { sign, type: "RSA", as: told.signature }), headers: {} };
};

export const epayV2Sandbox: Simulated = {
  name: NAME,
  title: "易支付 V2 · epay v2",
  about: {
    "zh-CN": "RSA-SHA256 双向签名，应答也签名。",
    en: "RSA-SHA256 both ways; answers are signed too.",
  },
  can: ["refund", "list_signature", "sign_answers"],
  currency: CURRENCY,
  credentials: async (c) => {
    const keys = await keysOf(c.env.DB, NAME);
    return {
      pid: PID,
      private_key: keys.merchantPrivate,
      platform_public_key: keys.gatewayPublic,
      gateway_url: new URL(`/sandbox/${NAME}/`, c.req.url).href,
      open_by: "api",
    };
  },
  routes: new Hono<AppEnv>()
    .on(["GET", "POST"], "/api/pay/submit", (c) => submit(c))
    .post("/api/pay/create", (c) => create(c))
    .post("/api/pay/query", (c) => query(c))
    .post("/api/pay/refund", (c) => refund(c)),
  callOf: (_method, path) =>
    path.endsWith("/create")
      ? "open"
      : path.endsWith("/query")
        ? "query"
        : path.endsWith("/refund")
          ? "refund"
          : null,
  refuse: (c) => no(c, "as chosen"),
  speak,
};
