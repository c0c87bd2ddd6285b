import { Hono } from "hono";
import { z } from "zod";
import type { AppContext, AppEnv } from "../../../http/env.ts";
import { beijingTime } from "../cashier/beijing-time.ts";
import { joined, signedForm } from "../cashier/joined.ts";
import { keysOf, signText, verifyText, type Keys } from "../cashier/keys.ts";
import { answerSign, answerText, type Call } from "../cashier/manners.ts";
import type { Speak } from "../cashier/notices.ts";
import { decimal, minorOf } from "../cashier/sums.ts";
import {
  findTrade,
  openTrade,
  refundedMinor,
  refundTrade,
  type Trade,
} from "../cashier/trade-book.ts";
import { requestFields } from "../cashier/request-fields.ts";
import { cashierUrl, type Simulated } from "../simulated.ts";
import { businessBill } from "./bill.ts";

const NAME = "alipay";
const APP_ID = "2021000000000001";
const SELLER_ID = "2088000000000001";

/** As its documents bound them, and "-", which is in numbers of genuine notices; no "/", "=", "&" in a subject. */
const content = z.object({
  out_trade_no: z.string().regex(/^[\w-]{1,64}$/),
  total_amount: z.string().default(""),
  subject: z
    .string()
    .regex(/^[^/=&]{0,256}$/)
    .default(""),
  time_expire: z
    .string()
    .regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
    .optional(),
  product_code: z.string().optional(),
  refund_amount: z.string().default(""),
  refund_reason: z.string().max(256).optional(),
  out_request_no: z.string().max(64).default(""),
});

/** What a merchant signs for each way to pay; another one's is refused. */
const PRODUCTS: Readonly<Record<string, string>> = {
  "alipay.trade.page.pay": "FAST_INSTANT_TRADE_PAY",
  "alipay.trade.wap.pay": "QUICK_WAP_WAY",
};

const CURRENCY = "CNY";
const refusal = (code: string, sub_code: string) => ({ code, msg: "Business Failed", sub_code });
const done = { code: "10000", msg: "Success" };

/** gateway.do: by GET a buyer who is sent here, by POST a server that asks. Requests sign their `sign_type`. */
async function gatewayDo(c: AppContext): Promise<Response> {
  const fields = await requestFields(c);
  const keys = await keysOf(c.env.DB, NAME);
  const method = fields["method"] ?? "";
  const genuine =
    fields["app_id"] === APP_ID &&
    (await verifyText(joined(fields, ["sign"]), fields["sign"] ?? "", keys.merchantPublic));
  if (!genuine) return answer(c, keys, method, null, refusal("40002", "isv.invalid-signature"));
  if (method === BILL) return answer(c, keys, method, null, await foundBill(c, fields));
  const asked = content.safeParse(JSON.parse(fields["biz_content"] ?? "{}"));
  const product = PRODUCTS[method];
  const fits = product === undefined || asked.data?.product_code === product;
  if (!asked.success || !fits) {
    return answer(c, keys, method, null, refusal("40004", "ACQ.INVALID_PARAMETER"));
  }
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
      gateway: NAME,
      order_no: out_trade_no,
      title: asked.subject,
      minor: minorOf(asked.total_amount, CURRENCY) ?? 0,
      currency: CURRENCY,
      notify_url: fields["notify_url"] ?? "",
      return_url: fields["return_url"] ?? new URL("/", c.req.url).href,
    });
  const cashier = cashierUrl(c.req.url, NAME, out_trade_no);
  const known = () => findTrade(c.env.DB, NAME, out_trade_no);
  switch (method) {
    case "alipay.trade.page.pay":
    case "alipay.trade.wap.pay":
      await open();
      return c.redirect(cashier, 303);
    case "alipay.trade.precreate":
      return answer(c, keys, method, await open(), { ...done, out_trade_no, qr_code: cashier });
    case "alipay.trade.query": {
      const trade = await known();
      return answer(c, keys, method, trade, queried(trade));
    }
    case "alipay.trade.refund": {
      const trade = await known();
      return answer(c, keys, method, trade, await refunded(c, trade, asked));
    }
    case "alipay.trade.fastpay.refund.query": {
      const trade = await known();
      return answer(c, keys, method, trade, foundRefund(trade, asked));
    }
    default:
      return answer(c, keys, method, null, refusal("40004", "isv.invalid-method"));
  }
}

const BILL = "alipay.data.dataservice.bill.downloadurl.query";
/** Its address has no secret: what is downloaded there is play money's. */
const BILL_HOST = "dwbillcenter.alipay.com";
const billAsked = z.object({ bill_type: z.literal("trade"), bill_date: z.iso.date() });

async function foundBill(c: AppContext, fields: Readonly<Record<string, string>>): Promise<object> {
  const asked = billAsked.safeParse(JSON.parse(fields["biz_content"] ?? "{}"));
  if (!asked.success) return refusal("40004", "isv.invalid-parameter");
  const { bill_date } = asked.data;
  const bill = await businessBill(c.env.DB, SELLER_ID, bill_date);
  if (bill === null) return refusal("40004", "isp.bill_not_exist");
  const query = new URLSearchParams({ bizType: "trade", simulator: APP_ID, day: bill_date });
  const bill_download_url = `http://${BILL_HOST}/downloadBillFile.resource?${query}`;
  return { ...done, bill_download_url };
}

async function downloadBill(c: AppContext): Promise<Response> {
  const bill = await businessBill(c.env.DB, SELLER_ID, c.req.query("day") ?? "");
  return bill === null ? c.notFound() : c.body(bill, 200, { "content-type": "application/zip" });
}

function queried(trade: Trade | null): object {
  if (trade === null) return refusal("40004", "ACQ.TRADE_NOT_EXIST");
  const { trade_no, order_no: out_trade_no, minor, state, paid_at_ms } = trade;
  const isBack = state === "paid" && refundedMinor(trade) === minor;
  const trade_status =
    state === "waiting" ? "WAIT_BUYER_PAY" : isBack ? "TRADE_CLOSED" : "TRADE_SUCCESS";
  const paidAt = paid_at_ms === null ? {} : { send_pay_date: beijingTime(paid_at_ms) };
  const total_amount = decimal(minor, CURRENCY);
  return { ...done, ...paidAt, trade_no, out_trade_no, total_amount, trade_status };
}

/** `refund_fee` is all that has gone back of this trade. */
async function refunded(
  c: AppContext,
  before: Trade | null,
  { refund_amount, out_request_no: id }: z.infer<typeof content>,
): Promise<object> {
  const minor = minorOf(refund_amount, CURRENCY) ?? -1;
  const made = await refundTrade(c.env.DB, before, { id, minor });
  const after = before === null ? null : await findTrade(c.env.DB, NAME, before.order_no);
  if (made === "unknown" || before === null || after === null) {
    return refusal("40004", "ACQ.TRADE_NOT_EXIST");
  }
  if (made === "not_paid") return refusal("40004", "ACQ.TRADE_STATUS_ERROR");
  if (made === "too_much") return refusal("40004", "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL");
  const fund_change = before.refunds.some((known) => known.id === id) ? "N" : "Y";
  const refund_fee = decimal(refundedMinor(after), CURRENCY);
  const { trade_no, order_no: out_trade_no } = after;
  return { ...done, trade_no, out_trade_no, refund_fee, fund_change };
}

/** What it does not know is answered without a number. */
function foundRefund(
  trade: Trade | null,
  { out_trade_no, out_request_no }: z.infer<typeof content>,
): object {
  const made = trade?.refunds.find(({ id }) => id === out_request_no);
  if (made === undefined) return done;
  const refund_amount = decimal(made.minor, CURRENCY);
  return { ...done, out_trade_no, out_request_no, refund_amount, refund_status: "REFUND_SUCCESS" };
}

/** Signed over its text with slashes escaped, as it comes from Alipay. */
async function answer(
  c: AppContext,
  keys: Keys,
  method: string,
  trade: Trade | null,
  body: object,
): Promise<Response> {
  const raw = answerText(c, trade, body).replaceAll("/", "\\/");
  const sign = answerSign(c, await signText(raw, keys.gatewayPrivate));
  const name = `${method.replaceAll(".", "_")}_response`;
  return new Response(`{"${name}":${raw},"sign":"${sign}"}`, {
    headers: { "content-type": "application/json;charset=utf-8" },
  });
}

/** Notices do not sign their `sign_type`. Disputes are told elsewhere. */
const speak: Speak = async (c, trade, told) => {
  if (told.what.startsWith("dispute")) return null;
  const keys = await keysOf(c.env.DB, NAME);
  const sum = decimal(told.minor, told.currency);
  const now = beijingTime(Date.now());
  const fields: Record<string, string> = {
    gmt_create: now,
    charset: "utf-8",
    subject: trade.title,
    notify_id: crypto.randomUUID(),
    notify_type: "trade_status_sync",
    notify_time: now,
    app_id: told.account === "own" ? APP_ID : "2021000000000002",
    seller_id: SELLER_ID,
    version: "1.0",
    out_trade_no: told.order,
    trade_no: told.tradeNo,
    total_amount: sum,
    trade_status: STATUSES[told.what] ?? "TRADE_SUCCESS",
    ...(told.what === "refunded"
      ? { refund_fee: sum, gmt_refund: now, out_biz_no: `desk-${trade.trade_no}` }
      : {}),
  };
  const sign = await signText(joined(fields, []), keys.gatewayPrivate);
  return {
    body: signedForm(fields, { sign, type: "RSA2", as: told.signature }).toString(),
    headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
  };
};

const STATUSES: Readonly<Record<string, string>> = {
  not_paid: "WAIT_BUYER_PAY",
  refunded: "TRADE_CLOSED",
};

const CALL_OF: Readonly<Record<string, Call>> = {
  "alipay.trade.precreate": "open",
  "alipay.trade.query": "query",
  "alipay.trade.refund": "refund",
};

export const alipaySandbox: Simulated = {
  name: NAME,
  title: "支付宝 · Alipay",
  about: {
    "zh-CN": "RSA2 双向签名；网页、手机网页与扫码。",
    en: "RSA2 both ways; page, wap, or a code to scan.",
  },
  can: ["refund", "tell_refunds", "list_signature", "sign_answers"],
  currency: CURRENCY,
  credentials: async (c) => {
    const keys = await keysOf(c.env.DB, NAME);
    return {
      app_id: APP_ID,
      private_key: keys.merchantPrivate,
      alipay_public_key: keys.gatewayPublic,
      seller_id: SELLER_ID,
      gateway_url: new URL(`/sandbox/${NAME}/gateway.do`, c.req.url).href,
    };
  },
  host: BILL_HOST,
  isForMerchant: ({ searchParams }) => searchParams.get("simulator") === APP_ID,
  routes: new Hono<AppEnv>()
    .on(["GET", "POST"], "/gateway.do", (c) => gatewayDo(c))
    .get("/downloadBillFile.resource", (c) => downloadBill(c)),
  callOf: async (_method, _path, c) => CALL_OF[(await requestFields(c))["method"] ?? ""] ?? null,
  refuse: async (c) => {
    const { method = "" } = await requestFields(c);
    const keys = await keysOf(c.env.DB, NAME);
    return answer(c, keys, method, null, refusal("40004", "ACQ.AS_CHOSEN"));
  },
  speak,
};
