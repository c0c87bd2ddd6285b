import { Hono } from "hono";
import { z } from "zod";
import type { AppContext, AppEnv } from "../../../http/env.ts";
import { asTold, hexOf } from "../cashier/joined.ts";
import { toBase64 } from "../cashier/base64.ts";
import { keysOf, signText, verifyText } from "../cashier/keys.ts";
import { answerSign, answerText } from "../cashier/manners.ts";
import type { Speak } from "../cashier/notices.ts";
import {
  findTrade,
  openTrade,
  refundedMinor,
  refundTrade,
  type Trade,
} from "../cashier/trade-book.ts";
import { cashierUrl, type Simulated } from "../simulated.ts";
import { APP_ID, APP_SECRET, insideWechatRoutes } from "./inside-wechat.ts";
import { h5Routes, h5Url } from "./h5.ts";
import { tradeBill } from "./bill.ts";

const NAME = "wechat";
const MCH_ID = "1900000001";
const API_V3_KEY = "demo-wechat-api-v3-key-of-32-chr";
const KEY_ID = "PUB_KEY_ID_0190000000012026";
const SERIAL_NO = "5157F09EFDC096DE15EBE81A47057A7200000001";
const PREFIX = `/sandbox/${NAME}`;

type Answered = { readonly trade: Trade | null; readonly body: object } | Refused;
interface Refused {
  readonly status: 400 | 401 | 404;
  readonly code: string;
}
const refused = (status: Refused["status"], code: string): Refused => ({ status, code });

/** Over `METHOD\nURL\ntimestamp\nnonce\nbody\n`, by the merchant's key. */
async function isMerchant(c: AppContext, body: string): Promise<boolean> {
  const header = c.req.header("authorization") ?? "";
  const part = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(header)?.[1] ?? "";
  const { pathname, search } = new URL(c.req.url);
  const url = pathname.slice(PREFIX.length) + search;
  const text = `${c.req.method}\n${url}\n${part("timestamp")}\n${part("nonce_str")}\n${body}\n`;
  const { merchantPublic } = await keysOf(c.env.DB, NAME);
  const named = part("mchid") === MCH_ID && part("serial_no") === SERIAL_NO;
  return named && (await verifyText(text, part("signature"), merchantPublic));
}

/** What WeChat signs of an answer and of a notice alike: `timestamp\nnonce\nbody\n`. */
async function signed(c: AppContext, body: string): Promise<Record<string, string>> {
  const { gatewayPrivate } = await keysOf(c.env.DB, NAME);
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const nonce = crypto.randomUUID().replaceAll("-", "");
  return {
    "content-type": "application/json",
    "wechatpay-timestamp": timestamp,
    "wechatpay-nonce": nonce,
    "wechatpay-serial": KEY_ID,
    "wechatpay-signature": await signText(`${timestamp}\n${nonce}\n${body}\n`, gatewayPrivate),
  };
}

function asked(act: (c: AppContext, content: unknown) => Promise<Answered>) {
  return async (c: AppContext): Promise<Response> => {
    const sent = await c.req.text();
    if (!(await isMerchant(c, sent))) return no(c, refused(401, "SIGN_ERROR"));
    const answer = await act(c, sent === "" ? {} : JSON.parse(sent));
    if ("code" in answer) return no(c, answer);
    const body = answerText(c, answer.trade, answer.body);
    const headers = await signed(c, body);
    const sign = answerSign(c, headers["wechatpay-signature"] ?? "");
    return new Response(body, { headers: { ...headers, "wechatpay-signature": sign } });
  };
}

const no = (c: AppContext, { status, code }: Refused) =>
  c.json({ code, message: "the simulator says no" }, status);

const bytesOf = (text: string) => new TextEncoder().encode(text).length;

/** As "Native下单", "H5下单" and "JSAPI下单" bound them (pay.weixin.qq.com/doc/v3/merchant/4012525171). */
const creation = z.object({
  appid: z.literal(APP_ID),
  mchid: z.literal(MCH_ID),
  description: z
    .string()
    .min(1)
    .refine((text) => bytesOf(text) <= 127),
  out_trade_no: z.string().regex(/^[\w*-]{6,32}$/),
  // "不能携带参数". Here it may be this machine's, which has no certificate.
  notify_url: z
    .url()
    .max(255)
    .regex(/^[^?#]+$/),
  time_expire: z.iso.datetime({ offset: true, local: false }).optional(),
  amount: z.object({ total: z.int().positive(), currency: z.literal("CNY") }),
  payer: z.object({ openid: z.string().min(1) }).optional(),
  scene_info: z
    .object({
      payer_client_ip: z.union([z.ipv4(), z.ipv6()]),
      h5_info: z.object({ type: z.string().min(1) }),
    })
    .optional(),
});

const create = asked(async (c, content) => {
  const parsed = creation.safeParse(content);
  if (!parsed.success) return refused(400, "PARAM_ERROR");
  const { out_trade_no, description, notify_url, amount, payer, scene_info } = parsed.data;
  const scene = c.req.param("scene");
  if (scene === "jsapi" && payer === undefined) return refused(400, "PARAM_ERROR");
  if (scene === "h5" && scene_info === undefined) return refused(400, "PARAM_ERROR");
  const known = await findTrade(c.env.DB, NAME, out_trade_no);
  // "ORDERPAID", and "201 商户订单号重复": the same number is the same payment, by the same words.
  const isOther = known?.title !== description || known.minor !== amount.total;
  if (known !== null && (known.state === "paid" || isOther)) return refused(400, "INVALID_REQUEST");
  const trade = await openTrade(c.env.DB, {
    gateway: NAME,
    order_no: out_trade_no,
    title: description,
    minor: amount.total,
    currency: amount.currency,
    notify_url,
    return_url: new URL(`/orders/${out_trade_no}`, notify_url).href,
  });
  const cashier = cashierUrl(notify_url, NAME, out_trade_no);
  if (scene === "native") return { trade, body: { code_url: cashier } };
  if (scene === "h5") return { trade, body: { h5_url: h5Url(notify_url, out_trade_no) } };
  return { trade, body: { prepay_id: `wx${trade.trade_no}` } };
});

const query = asked(async (c) => {
  const trade = await findTrade(c.env.DB, NAME, c.req.param("id") ?? "");
  if (trade === null) return refused(404, "ORDER_NOT_EXIST");
  const state = refundedMinor(trade) > 0 ? "REFUND" : "SUCCESS";
  return { trade, body: transaction(trade, trade.state === "waiting" ? "NOTPAY" : state) };
});

/** It has no number before it is paid. */
function transaction(trade: Trade, trade_state: string): object {
  const paid =
    trade_state === "NOTPAY"
      ? {}
      : { transaction_id: trade.trade_no, success_time: new Date().toISOString() };
  const { minor: total, currency } = trade;
  const out_trade_no = trade.order_no;
  return {
    appid: APP_ID,
    mchid: MCH_ID,
    out_trade_no,
    trade_state,
    ...paid,
    amount: { total, payer_total: total, currency, payer_currency: currency },
  };
}

const refunding = z.object({
  transaction_id: z.string(),
  out_refund_no: z.string().regex(/^[\w|*@-]{1,64}$/),
  reason: z
    .string()
    .min(1)
    .refine((text) => bytesOf(text) <= 80)
    .optional(),
  amount: z.object({ refund: z.int().positive(), total: z.int(), currency: z.literal("CNY") }),
});

const refund = asked(async (c, content) => {
  const parsed = refunding.safeParse(content);
  if (!parsed.success) return refused(400, "PARAM_ERROR");
  const { transaction_id, out_refund_no, amount } = parsed.data;
  const trade = await findTrade(c.env.DB, NAME, transaction_id);
  if (trade !== null && trade.minor !== amount.total) return refused(400, "PARAM_ERROR");
  const made = await refundTrade(c.env.DB, trade, { id: out_refund_no, minor: amount.refund });
  if (made === "unknown" || trade === null) return refused(404, "RESOURCE_NOT_EXISTS");
  if (typeof made === "string") return refused(400, "INVALID_REQUEST");
  const { order_no: out_trade_no } = trade;
  const refund_id = made.refundNo;
  return {
    trade,
    body: { refund_id, out_refund_no, out_trade_no, transaction_id, status: "SUCCESS" },
  };
});

/** Sealed with the APIv3 key, then signed over the sealed text. Disputes are told elsewhere. */
const speak: Speak = async (c, trade, told) => {
  if (told.what.startsWith("dispute")) return null;
  const mchid = told.account === "own" ? MCH_ID : "1900000002";
  const told_trade = {
    ...trade,
    order_no: told.order,
    trade_no: told.tradeNo,
    minor: told.minor,
    currency: told.currency,
  };
  const isRefund = told.what === "refunded";
  const content = isRefund
    ? {
        mchid,
        out_trade_no: told.order,
        transaction_id: told.tradeNo,
        out_refund_no: `desk-${told.tradeNo}`,
        refund_id: `re${told.tradeNo}`,
        refund_status: "SUCCESS",
        amount: { total: trade.minor, refund: told.minor },
      }
    : { ...transaction(told_trade, told.what === "paid" ? "SUCCESS" : "NOTPAY"), mchid };
  const body = JSON.stringify({
    id: crypto.randomUUID(),
    event_type: isRefund ? "REFUND.SUCCESS" : "TRANSACTION.SUCCESS",
    resource_type: "encrypt-resource",
    resource: await seal(JSON.stringify(content), isRefund ? "refund" : "transaction"),
  });
  const headers = await signed(c, body);
  const signature = asTold(headers["wechatpay-signature"] ?? "", told.signature);
  return { body, headers: { ...headers, "wechatpay-signature": signature } };
};

/** AES-256-GCM; the tag is at the end of the text, as SubtleCrypto has it too. */
async function seal(text: string, associated_data: string): Promise<object> {
  const bytes = new TextEncoder();
  const raw = bytes.encode(API_V3_KEY);
  const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt"]);
  const nonce = crypto.randomUUID().slice(0, 12);
  const algorithm = {
    name: "AES-GCM",
    iv: bytes.encode(nonce),
    additionalData: bytes.encode(associated_data),
  };
  const ciphertext = toBase64(await crypto.subtle.encrypt(algorithm, key, bytes.encode(text)));
  return { algorithm: "AEAD_AES_256_GCM", ciphertext, nonce, associated_data };
}

const MERCHANT = { appId: APP_ID, mchId: MCH_ID };
const NO_BILL = refused(400, "NO_STATEMENT_EXIST");

/** Where the day's bill is, and what it must be: the file itself is not signed. */
const findBill = asked(async (c) => {
  const day = c.req.query("bill_date") ?? "";
  const bill = await tradeBill(c.env.DB, MERCHANT, day);
  if (bill === null) return NO_BILL;
  const hash = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(bill));
  const download_url = `https://api.mch.weixin.qq.com/v3/billdownload/file?token=${day}`;
  return { trade: null, body: { hash_type: "SHA1", hash_value: hexOf(hash), download_url } };
});

async function downloadBill(c: AppContext): Promise<Response> {
  if (!(await isMerchant(c, ""))) return no(c, refused(401, "SIGN_ERROR"));
  const bill = await tradeBill(c.env.DB, MERCHANT, c.req.query("token") ?? "");
  return bill === null ? no(c, NO_BILL) : c.body(bill);
}

export const wechatSandbox: Simulated = {
  name: NAME,
  title: "微信支付 · WeChat Pay",
  about: {
    "zh-CN": "RSA 签名，通知内容以 APIv3 密钥加密；扫码、H5 与 JSAPI。",
    en: "RSA; notices are sealed with the APIv3 key. A code, h5, jsapi.",
  },
  can: ["refund", "tell_refunds", "name_currency", "sign_answers"],
  currency: "CNY",
  host: "api.mch.weixin.qq.com",
  alsoAt: ["api.weixin.qq.com"],
  isForMerchant: ({ searchParams }, authorization) =>
    authorization.includes(`mchid="${MCH_ID}"`) || searchParams.get("appid") === APP_ID,
  credentials: async (c) => {
    const keys = await keysOf(c.env.DB, NAME);
    return {
      appid: APP_ID,
      app_secret: APP_SECRET,
      mchid: MCH_ID,
      serial_no: SERIAL_NO,
      private_key: keys.merchantPrivate,
      api_v3_key: API_V3_KEY,
      public_key: keys.gatewayPublic,
      public_key_id: KEY_ID,
    };
  },
  routes: new Hono<AppEnv>()
    .route("/", insideWechatRoutes)
    .route("/", h5Routes)
    .post("/v3/pay/transactions/:scene{native|h5|jsapi}", create)
    .get("/v3/pay/transactions/out-trade-no/:id", query)
    .post("/v3/refund/domestic/refunds", refund)
    .get("/v3/bill/tradebill", findBill)
    .get("/v3/billdownload/file", (c) => downloadBill(c)),
  callOf: (method, path) =>
    path.endsWith("/sns/oauth2/access_token")
      ? "open"
      : path.endsWith("/v3/refund/domestic/refunds")
        ? "refund"
        : path.includes("/v3/pay/transactions/")
          ? method === "POST"
            ? "open"
            : "query"
          : null,
  refuse: (c) => no(c, refused(400, "RULE_LIMIT")),
  speak,
};
