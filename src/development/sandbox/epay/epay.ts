import { Hono } from "hono";
import type { AppContext, AppEnv } from "../../../http/env.ts";
import { md5Of, signedForm } from "../cashier/joined.ts";
import { answerJson, type Call } from "../cashier/manners.ts";
import type { Speak } from "../cashier/notices.ts";
import { requestFields } from "../cashier/request-fields.ts";
import type { Trade } from "../cashier/trade-book.ts";
import { refuseBuyer } from "../pages/refused-page.tsx";
import { cashierUrl, type Simulated } from "../simulated.ts";
import { act, refusal } from "./api.ts";
import { CURRENCY, noticeFields, openSubmitted, UNSIGNED } from "./both-versions.ts";
import { EPAY_MERCHANT } from "./merchant.ts";

const NAME = "epay";

/** The trade that a genuine request opens, or in the gateway's words what is wrong with it. */
async function open(c: AppContext): Promise<Trade | string> {
  const fields = await requestFields(c);
  const { pid, key } = EPAY_MERCHANT;
  if (fields["pid"] !== pid) return "商户不存在 (unknown pid)";
  if (fields["sign_type"] !== "MD5") return "签名类型不支持 (sign_type)";
  if (fields["sign"] !== (await md5Of(fields, UNSIGNED, key))) return "签名校验失败 (sign)";
  return openSubmitted(c, NAME, fields);
}

/** submit.php: a buyer who is sent here. */
async function submit(c: AppContext): Promise<Response> {
  const trade = await open(c);
  if (typeof trade === "string") return refuseBuyer(c, epaySandbox, trade);
  return c.redirect(cashierUrl(c.req.url, NAME, trade.order_no), 303);
}

/** mapi.php: the same for servers, which are told where to send the buyer. */
async function mapi(c: AppContext): Promise<Response> {
  const trade = await open(c);
  if (typeof trade === "string") return refusal(c, -1, trade);
  const payurl = cashierUrl(c.req.url, NAME, trade.order_no);
  return answerJson(c, trade, { code: 1, msg: "", trade_no: trade.trade_no, payurl });
}

/** By this merchant's key whoever it names, so that the number in it is what gives it away. */
const speak: Speak = async (_c, trade, told) => {
  const fields = noticeFields(trade, told, { own: EPAY_MERCHANT.pid, other: "1002" });
  if (fields === null) return null;
  const sign = await md5Of(fields, UNSIGNED, EPAY_MERCHANT.key);
  return { query: signedForm(fields, { sign, type: "MD5", as: told.signature }), headers: {} };
};

/** The buyer comes back with the fields of the notice, signed alike. */
async function returnUrl(c: AppContext, trade: Trade): Promise<string> {
  const { order_no: order, trade_no: tradeNo, minor, currency } = trade;
  const told = { what: "paid", order, tradeNo, minor, currency } as const;
  const notice = await speak(c, trade, { ...told, account: "own", signature: "genuine" });
  const url = new URL(trade.return_url);
  for (const [name, value] of notice?.query ?? []) url.searchParams.append(name, value);
  return url.href;
}

const CALL_OF: Readonly<Record<string, Call>> = { order: "query", refund: "refund" };

/** epay v1 from its own side, by its document ("彩虹易支付 开发文档", V1). */
export const epaySandbox: Simulated = {
  name: NAME,
  title: "易支付 · epay",
  about: {
    "zh-CN": "MD5 双向签名，通知走 GET。退款接口没有商户退款号。",
    en: "MD5 both ways, notices by GET. A refund has no number of the shop’s.",
  },
  can: ["refund", "list_signature"],
  currency: CURRENCY,
  credentials: async (c) => ({
    ...EPAY_MERCHANT,
    gateway_url: new URL(`/sandbox/${NAME}/`, c.req.url).href,
  }),
  routes: new Hono<AppEnv>()
    .on(["GET", "POST"], "/submit.php", (c) => submit(c))
    .post("/mapi.php", (c) => mapi(c))
    .on(["GET", "POST"], "/api.php", (c) => act(c)),
  callOf: async (_method, path, c) => {
    if (path.endsWith("/mapi.php")) return "open";
    return path.endsWith("/api.php")
      ? (CALL_OF[(await requestFields(c))["act"] ?? ""] ?? null)
      : null;
  },
  refuse: (c) => refusal(c, -1, "as chosen"),
  speak,
  returnUrl,
};
